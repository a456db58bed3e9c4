/** BPF_MAP_TYPE_USER_RINGBUF. Records from user space to programs; kernel/bpf/ringbuf.c. */
import type { MapTypeFacts } from "./map-type.js";

export const userRingbuf = {
  id: 31,
  since: "6.1",
  key: "none",
  value: "record",
  perCpu: false,
  helpers: ["user_ringbuf_drain"],
  sleepable: true,
} as const satisfies MapTypeFacts;
