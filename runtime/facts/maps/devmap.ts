/** BPF_MAP_TYPE_DEVMAP. Network devices by index, for XDP redirects; kernel/bpf/devmap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const devmap = {
  id: 14,
  since: "4.14",
  key: "index",
  value: "device",
  perCpu: false,
  helpers: ["redirect_map", "map_lookup_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
