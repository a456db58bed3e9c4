/** BPF_MAP_TYPE_SK_STORAGE. A value a socket; net/core/bpf_sk_storage.c. */
import type { MapTypeFacts } from "./map-type.js";

export const skStorage = {
  id: 24,
  since: "5.2",
  key: "owner",
  value: "bytes",
  perCpu: false,
  needs: ["BPF_F_NO_PREALLOC"],
  helpers: ["sk_storage_get", "sk_storage_delete", "kptr_xchg"],
  sleepable: true,
} as const satisfies MapTypeFacts;
