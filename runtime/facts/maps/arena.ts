/** BPF_MAP_TYPE_ARENA. Pages that programs and user space share; kernel/bpf/arena.c. */
import type { MapTypeFacts } from "./map-type.js";

export const arena = {
  id: 33,
  since: "6.9",
  key: "none",
  value: "pages",
  perCpu: false,
  sleepable: true,
} as const satisfies MapTypeFacts;
