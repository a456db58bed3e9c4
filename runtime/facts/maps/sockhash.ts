/** BPF_MAP_TYPE_SOCKHASH. Sockets by key; net/core/sock_map.c. */
import type { MapTypeFacts } from "./map-type.js";

export const sockhash = {
  id: 18,
  since: "4.18",
  key: "bytes",
  value: "socket",
  perCpu: false,
  helpers: ["sock_hash_update", "sk_redirect_hash", "msg_redirect_hash", "sk_select_reuseport", "map_lookup_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
