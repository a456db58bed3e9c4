/** BPF_MAP_TYPE_SOCKMAP. Sockets by index, for redirects of messages and streams; net/core/sock_map.c. */
import type { MapTypeFacts } from "./map-type.js";

export const sockmap = {
  id: 15,
  since: "4.14",
  key: "index",
  value: "socket",
  perCpu: false,
  helpers: ["sk_redirect_map", "sock_map_update", "msg_redirect_map", "sk_select_reuseport", "map_lookup_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
