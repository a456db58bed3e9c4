/** BPF_MAP_TYPE_INODE_STORAGE. A value an inode; kernel/bpf/bpf_inode_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const inodeStorage = {
  id: 28,
  since: "5.10",
  key: "owner",
  value: "bytes",
  perCpu: false,
  needs: ["BPF_F_NO_PREALLOC"],
  helpers: ["inode_storage_get", "inode_storage_delete", "kptr_xchg"],
  sleepable: true,
} as const satisfies MapTypeFacts;
