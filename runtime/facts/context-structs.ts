/**
 * The context structs of packet programs with all their members (include/uapi/linux/bpf.h, 6.18). Pointer members, which the
 * kernel declares with 64-bit alignment, are 64-bit numbers here: only names and places are compared.
 */

/** A struct: its bytes, and name, offset in bytes, bits and count of each member. */
export interface KernelStruct {
  readonly size: number;
  readonly members: readonly (readonly [name: string, offset: number, bits: 8 | 16 | 32 | 64, count: number])[];
}

const words = (first: number, names: string): (readonly [string, number, 32, number])[] =>
  names.split(" ").map((name, i) => [name, first + i * 4, 32, 1]);

export const CONTEXT_STRUCTS: Readonly<Record<string, KernelStruct>> = {
  xdp_md: { size: 24, members: words(0, "data data_end data_meta ingress_ifindex rx_queue_index egress_ifindex") },
  __sk_buff: {
    size: 192,
    members: [
      ...words(0, "len pkt_type mark queue_mapping protocol vlan_present vlan_tci vlan_proto priority"),
      ...words(36, "ingress_ifindex ifindex tc_index"),
      ["cb", 48, 32, 5],
      ...words(68, "hash tc_classid data data_end napi_id family remote_ip4 local_ip4"),
      ["remote_ip6", 100, 32, 4],
      ["local_ip6", 116, 32, 4],
      ...words(132, "remote_port local_port data_meta"),
      ["flow_keys", 144, 64, 1],
      ["tstamp", 152, 64, 1],
      ...words(160, "wire_len gso_segs"),
      ["sk", 168, 64, 1],
      ["gso_size", 176, 32, 1],
      ["tstamp_type", 180, 8, 1],
      ["hwtstamp", 184, 64, 1],
    ],
  },
};
