/** BPF_MAP_TYPE_BLOOM_FILTER. A set that answers "perhaps" or "no"; kernel/bpf/bloom_filter.c. */
import type { MapTypeFacts } from "./map-type.js";

export const bloomFilter = {
  id: 30,
  since: "5.16",
  key: "none",
  value: "bytes",
  perCpu: false,
  helpers: ["map_push_elem", "map_peek_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
