/** BPF_MAP_TYPE_PERCPU_ARRAY. An array whose values are one a CPU; kernel/bpf/arraymap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const percpuArray = {
  id: 6,
  since: "4.6",
  bpfman: "per_cpu_array",
  typescript: { class: "PerCpuArray", shape: "indexed" },
  key: "index",
  value: "bytes",
  perCpu: true,
  sleepable: true,
  user: "array",
} as const satisfies MapTypeFacts;
