/** BPF_MAP_TYPE_HASH_OF_MAPS. Maps of one shape by key; kernel/bpf/map_in_map.c. */
import type { MapTypeFacts } from "./map-type.js";

export const hashOfMaps = {
  id: 13,
  since: "4.12",
  key: "bytes",
  value: "map",
  perCpu: false,
  helpers: ["map_lookup_elem"],
  sleepable: true,
} as const satisfies MapTypeFacts;
