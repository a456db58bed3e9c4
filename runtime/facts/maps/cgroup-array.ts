/** BPF_MAP_TYPE_CGROUP_ARRAY. Cgroups that tasks and sockets are tested against; kernel/bpf/arraymap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const cgroupArray = {
  id: 8,
  since: "4.8",
  key: "index",
  value: "cgroup",
  perCpu: false,
  helpers: ["skb_under_cgroup", "current_task_under_cgroup"],
  sleepable: false,
} as const satisfies MapTypeFacts;
