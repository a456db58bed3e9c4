/** BPF_MAP_TYPE_QUEUE. First in, first out; kernel/bpf/queue_stack_maps.c. */
import type { MapTypeFacts } from "./map-type.js";

export const queue = {
  id: 22,
  since: "4.20",
  key: "none",
  value: "bytes",
  perCpu: false,
  helpers: ["map_push_elem", "map_pop_elem", "map_peek_elem"],
  sleepable: true,
} as const satisfies MapTypeFacts;
