/** BPF_MAP_TYPE_LRU_PERCPU_HASH. An LRU hash whose values are one a CPU; kernel/bpf/hashtab.c. */
import type { MapTypeFacts } from "./map-type.js";

export const lruPercpuHash = {
  id: 10,
  since: "4.10",
  bpfman: "lru_per_cpu_hash",
  typescript: { class: "LruPerCpuHashMap", shape: "keyed" },
  key: "bytes",
  value: "bytes",
  perCpu: true,
  sleepable: true,
  user: "keyed",
} as const satisfies MapTypeFacts;
