/** BPF_MAP_TYPE_TASK_STORAGE. A value a task; kernel/bpf/bpf_task_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const taskStorage = {
  id: 29,
  since: "5.11",
  key: "owner",
  value: "bytes",
  perCpu: false,
  needs: ["BPF_F_NO_PREALLOC"],
  helpers: ["task_storage_get", "task_storage_delete", "kptr_xchg"],
  sleepable: true,
} as const satisfies MapTypeFacts;
