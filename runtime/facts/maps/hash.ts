/** BPF_MAP_TYPE_HASH. Keys to values, of a number that is fixed at creation; kernel/bpf/hashtab.c. */
import type { MapTypeFacts } from "./map-type.js";

export const hash = {
  id: 1,
  since: "3.19",
  typescript: { class: "HashMap", shape: "keyed" },
  key: "bytes",
  value: "bytes",
  perCpu: false,
  sleepable: true,
  user: "keyed",
} as const satisfies MapTypeFacts;
