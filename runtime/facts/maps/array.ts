/** BPF_MAP_TYPE_ARRAY. Values by index, all there from the start; kernel/bpf/arraymap.c. */
import type { MapTypeFacts } from "./map-type.js";

export const array = {
  id: 2,
  since: "3.19",
  typescript: { class: "ArrayMap", shape: "indexed" },
  key: "index",
  value: "bytes",
  perCpu: false,
  sleepable: true,
  user: "array",
} as const satisfies MapTypeFacts;
