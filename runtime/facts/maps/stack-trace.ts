/** BPF_MAP_TYPE_STACK_TRACE. Call stacks by the number that bpf_get_stackid gives; kernel/bpf/stackmap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const stackTrace = {
  id: 7,
  since: "4.6",
  key: "bytes",
  value: "stack",
  perCpu: false,
  helpers: ["get_stackid"],
  sleepable: false,
} as const satisfies MapTypeFacts;
