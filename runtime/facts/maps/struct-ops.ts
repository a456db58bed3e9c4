/** BPF_MAP_TYPE_STRUCT_OPS. Functions that the kernel calls through one of its own tables; kernel/bpf/bpf_struct_ops.c. */
import type { MapTypeFacts } from "./map-type.js";

export const structOps = {
  id: 26,
  since: "5.6",
  key: "bytes",
  value: "operations",
  perCpu: false,
  sleepable: false,
  absent: "there is no kernel that would call its functions",
} as const satisfies MapTypeFacts;
