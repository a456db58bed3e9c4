/** BPF_MAP_TYPE_PROG_ARRAY. Programs that bpf_tail_call goes to; kernel/bpf/arraymap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const progArray = {
  id: 3,
  since: "4.2",
  key: "index",
  value: "program",
  perCpu: false,
  helpers: ["tail_call"],
  sleepable: false,
} as const satisfies MapTypeFacts;
