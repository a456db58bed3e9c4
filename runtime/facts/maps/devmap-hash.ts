/** BPF_MAP_TYPE_DEVMAP_HASH. Network devices by key; kernel/bpf/devmap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const devmapHash = {
  id: 25,
  since: "5.4",
  key: "bytes",
  value: "device",
  perCpu: false,
  helpers: ["redirect_map", "map_lookup_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
