/** BPF_MAP_TYPE_STACK. Last in, first out; kernel/bpf/queue_stack_maps.c. */
import type { MapTypeFacts } from "./map-type.js";

export const stack = {
  id: 23,
  since: "4.20",
  key: "none",
  value: "bytes",
  perCpu: false,
  helpers: ["map_push_elem", "map_pop_elem", "map_peek_elem"],
  sleepable: true,
} as const satisfies MapTypeFacts;
