/** BPF_MAP_TYPE_PERCPU_HASH. A hash whose values are one a CPU; kernel/bpf/hashtab.c. */
import type { MapTypeFacts } from "./map-type.js";

export const percpuHash = {
  id: 5,
  since: "4.6",
  bpfman: "per_cpu_hash",
  typescript: { class: "PerCpuHashMap", shape: "keyed" },
  key: "bytes",
  value: "bytes",
  perCpu: true,
  sleepable: true,
  user: "keyed",
} as const satisfies MapTypeFacts;
