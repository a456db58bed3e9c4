/** BPF_MAP_TYPE_LRU_HASH. A hash that makes room by dropping what was used longest ago; kernel/bpf/hashtab.c. */
import type { MapTypeFacts } from "./map-type.js";

export const lruHash = {
  id: 9,
  since: "4.10",
  typescript: { class: "LruHashMap", shape: "keyed" },
  key: "bytes",
  value: "bytes",
  perCpu: false,
  sleepable: true,
  user: "keyed",
} as const satisfies MapTypeFacts;
