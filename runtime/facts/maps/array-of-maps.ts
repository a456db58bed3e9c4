/** BPF_MAP_TYPE_ARRAY_OF_MAPS. Maps of one shape by index; kernel/bpf/map_in_map.c. */
import type { MapTypeFacts } from "./map-type.js";

export const arrayOfMaps = {
  id: 12,
  since: "4.12",
  key: "index",
  value: "map",
  perCpu: false,
  helpers: ["map_lookup_elem"],
  sleepable: true,
} as const satisfies MapTypeFacts;
