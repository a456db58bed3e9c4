/** BPF_MAP_TYPE_PERF_EVENT_ARRAY. Perf events, one a CPU, that programs write records to; kernel/bpf/arraymap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const perfEventArray = {
  id: 4,
  since: "4.3",
  key: "index",
  value: "event",
  perCpu: false,
  helpers: ["perf_event_read", "perf_event_output", "perf_event_read_value", "skb_output", "xdp_output"],
  sleepable: false,
} as const satisfies MapTypeFacts;
