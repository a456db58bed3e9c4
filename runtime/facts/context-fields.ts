/** Since which kernel a context has a field. Input: program type (enum bpf_prog_type) and byte. Output: "5.18"; nothing for fields of 5.15. */

/** Context fields that came after 5.15: by program types, first byte and one past the last. */
const FIELDS: readonly { types: readonly number[]; from: number; to: number; since: string }[] = [
  // struct __sk_buff: tstamp_type, hwtstamp.
  { types: [1, 3, 4, 8, 10, 11, 12, 14, 19], from: 180, to: 184, since: "5.18" },
  { types: [1, 3, 4, 8, 10, 11, 12, 14, 19], from: 184, to: 192, since: "5.16" },
  // struct bpf_sk_lookup: ingress_ifindex.
  { types: [30], from: 64, to: 68, since: "5.17" },
  // struct bpf_sock_ops: skb_hwtstamp.
  { types: [13], from: 216, to: 224, since: "6.2" },
];

export function fieldSince(type: number, offset: number): string | undefined {
  return FIELDS.find((f) => f.types.includes(type) && offset >= f.from && offset < f.to)?.since;
}
