/** BPF_MAP_TYPE_REUSEPORT_SOCKARRAY. Listening sockets that a reuseport program picks from; kernel/bpf/reuseport_array.c. */
import type { MapTypeFacts } from "./map-type.js";

export const reuseportSockarray = {
  id: 20,
  since: "4.19",
  key: "index",
  value: "socket",
  perCpu: false,
  helpers: ["sk_select_reuseport"],
  sleepable: false,
} as const satisfies MapTypeFacts;
