/** Programs of sockets and their messages. */
import type { ProgramTypeFacts } from "./program-type.js";

/** BPF_PROG_TYPE_SOCK_OPS. */
export const sockOps: ProgramTypeFacts = {
  id: 13,
  since: "4.13",
  // biome-ignore format: a table
  sections: [
    ["sockops", "cgroup_sock_ops", "4.13"],
  ],
  context: { program: "bpf_sock_ops", kernel: "bpf_sock_ops_kern" },
  packet: "read",
  kfuncs: "cgroup",
  testRun: false,
};

/** BPF_PROG_TYPE_SK_SKB. */
export const skSkb: ProgramTypeFacts = {
  id: 14,
  since: "4.14",
  // biome-ignore format: a table
  sections: [
    ["sk_skb/stream_parser", "sk_skb_stream_parser", "4.14"],
    ["sk_skb/stream_verdict", "sk_skb_stream_verdict", "4.14"],
    ["sk_skb/verdict", "sk_skb_verdict", "5.13"],
    ["sk_skb", undefined, "4.14"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "write",
  kfuncs: "sk_skb",
  testRun: false,
};

/** BPF_PROG_TYPE_SK_MSG. */
export const skMsg: ProgramTypeFacts = {
  id: 16,
  since: "4.17",
  // biome-ignore format: a table
  sections: [
    ["sk_msg", "sk_msg_verdict", "4.17"],
  ],
  context: { program: "sk_msg_md", kernel: "sk_msg" },
  packet: "write",
  testRun: false,
};

/** BPF_PROG_TYPE_SK_REUSEPORT. */
export const skReuseport: ProgramTypeFacts = {
  id: 21,
  since: "4.19",
  // biome-ignore format: a table
  sections: [
    ["sk_reuseport/migrate", "sk_reuseport_select_or_migrate", "5.14"],
    ["sk_reuseport", "sk_reuseport_select", "4.19"],
  ],
  context: { program: "sk_reuseport_md", kernel: "sk_reuseport_kern" },
  packet: "read",
  testRun: false,
};

/** BPF_PROG_TYPE_SK_LOOKUP. */
export const skLookup: ProgramTypeFacts = {
  id: 30,
  since: "5.9",
  // biome-ignore format: a table
  sections: [
    ["sk_lookup", "sk_lookup", "5.9"],
  ],
  context: { program: "bpf_sk_lookup", kernel: "bpf_sk_lookup_kern" },
  packet: "none",
  testRun: true,
};
