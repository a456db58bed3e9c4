/** BPF_MAP_TYPE_CGROUP_STORAGE. One value a cgroup and program; deprecated for cgrp_storage; kernel/bpf/local_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const cgroupStorage = {
  id: 19,
  since: "4.19",
  key: "cgroup",
  value: "bytes",
  perCpu: false,
  helpers: ["get_local_storage"],
  sleepable: false,
} as const satisfies MapTypeFacts;
