/** BPF_MAP_TYPE_CPUMAP. CPUs by index, for XDP redirects; kernel/bpf/cpumap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const cpumap = {
  id: 16,
  since: "4.15",
  key: "index",
  value: "cpu",
  perCpu: false,
  helpers: ["redirect_map"],
  sleepable: false,
} as const satisfies MapTypeFacts;
