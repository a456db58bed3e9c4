/** BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE. The same with a value a CPU; kernel/bpf/local_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const percpuCgroupStorage = {
  id: 21,
  since: "4.20",
  bpfman: "per_cpu_cgroup_storage",
  key: "cgroup",
  value: "bytes",
  perCpu: true,
  helpers: ["get_local_storage"],
  sleepable: false,
} as const satisfies MapTypeFacts;
