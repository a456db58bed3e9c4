/** BPF_MAP_TYPE_RINGBUF. Records from programs to one reader, in order; kernel/bpf/ringbuf.c. */
import type { MapTypeFacts } from "./map-type.js";

export const ringbuf = {
  id: 27,
  since: "5.8",
  typescript: { class: "RingBuf", shape: "ring" },
  key: "none",
  value: "record",
  perCpu: false,
  helpers: [
    "ringbuf_output",
    "ringbuf_reserve",
    "ringbuf_query",
    "ringbuf_reserve_dynptr",
    "ringbuf_submit_dynptr",
    "ringbuf_discard_dynptr",
  ],
  sleepable: true,
  user: "ring",
} as const satisfies MapTypeFacts;
