/** BPF_MAP_TYPE_CGRP_STORAGE. A value a cgroup; kernel/bpf/bpf_cgrp_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const cgrpStorage = {
  id: 32,
  since: "6.2",
  key: "owner",
  value: "bytes",
  perCpu: false,
  needs: ["BPF_F_NO_PREALLOC"],
  helpers: ["cgrp_storage_get", "cgrp_storage_delete", "kptr_xchg"],
  sleepable: true,
} as const satisfies MapTypeFacts;
