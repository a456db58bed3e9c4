/** Since which kernel a context has a field. Input: program type (enum bpf_prog_type) and byte. Output: "5.18"; nothing for fields of 5.15. */
import { programTypes } from "./program-types/ids.js";

// biome-ignore format: a list
const SKB = programTypes(
  "socket_filter", "sched_cls", "sched_act", "cgroup_skb", "lwt_in", "lwt_out", "lwt_xmit", "sk_skb", "lwt_seg6local",
);

/** Context fields that came after 5.15: by program types, first byte and one past the last. */
const FIELDS: readonly { types: ReadonlySet<number>; from: number; to: number; since: string }[] = [
  // struct __sk_buff: tstamp_type, hwtstamp.
  { types: SKB, from: 180, to: 184, since: "5.18" },
  { types: SKB, from: 184, to: 192, since: "5.16" },
  // struct bpf_sk_lookup: ingress_ifindex.
  { types: programTypes("sk_lookup"), from: 64, to: 68, since: "5.17" },
  // struct bpf_sock_ops: skb_hwtstamp.
  { types: programTypes("sock_ops"), from: 216, to: 224, since: "6.2" },
];

export function fieldSince(type: number, offset: number): string | undefined {
  return FIELDS.find((f) => f.types.has(type) && offset >= f.from && offset < f.to)?.since;
}
