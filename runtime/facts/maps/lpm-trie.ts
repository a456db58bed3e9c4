/** BPF_MAP_TYPE_LPM_TRIE. Values by longest matching prefix; kernel/bpf/lpm_trie.c. */
import type { MapTypeFacts } from "./map-type.js";

export const lpmTrie = {
  id: 11,
  since: "4.11",
  typescript: { class: "LpmTrie", shape: "keyed" },
  key: "prefix",
  value: "bytes",
  perCpu: false,
  needs: ["BPF_F_NO_PREALLOC"],
  sleepable: false,
  user: "keyed",
} as const satisfies MapTypeFacts;
