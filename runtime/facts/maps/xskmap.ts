/** BPF_MAP_TYPE_XSKMAP. AF_XDP sockets by queue, for XDP redirects; net/xdp/xskmap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const xskmap = {
  id: 17,
  since: "4.18",
  key: "index",
  value: "socket",
  perCpu: false,
  helpers: ["redirect_map", "map_lookup_elem"],
  sleepable: false,
} as const satisfies MapTypeFacts;
