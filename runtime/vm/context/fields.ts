/** Context structs as tables: field, offset, size, what the program may do. Offsets: include/uapi/linux/bpf.h. */

/** A field; sizes are in bytes. `pointer` fields load as 64-bit pointers of the named kind. */
export interface ContextField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** May a program of the type write it? */
  readonly writable: boolean;
  readonly pointer?: "data" | "data_end" | "data_meta" | "object" | "socket";
}

const field = (name: string, offset: number, size = 4, writable = false): ContextField => ({
  name,
  offset,
  size,
  writable,
});
const pointer = (name: string, offset: number, kind: NonNullable<ContextField["pointer"]>, size = 4): ContextField => ({
  name,
  offset,
  size,
  writable: false,
  pointer: kind,
});

/** struct xdp_md */
export const XDP_FIELDS: readonly ContextField[] = [
  pointer("data", 0, "data"),
  pointer("data_end", 4, "data_end"),
  pointer("data_meta", 8, "data_meta"),
  field("ingress_ifindex", 12),
  field("rx_queue_index", 16),
  field("egress_ifindex", 20),
];
export const XDP_BYTES = 24;

/** struct __sk_buff; what sched_cls programs may write. */
export const SKB_FIELDS: readonly ContextField[] = [
  field("len", 0),
  field("pkt_type", 4),
  field("mark", 8, 4, true),
  field("queue_mapping", 12, 4, true),
  field("protocol", 16),
  field("vlan_present", 20),
  field("vlan_tci", 24),
  field("vlan_proto", 28),
  field("priority", 32, 4, true),
  field("ingress_ifindex", 36),
  field("ifindex", 40),
  field("tc_index", 44, 4, true),
  field("cb0", 48, 4, true),
  field("cb1", 52, 4, true),
  field("cb2", 56, 4, true),
  field("cb3", 60, 4, true),
  field("cb4", 64, 4, true),
  field("hash", 68),
  field("tc_classid", 72, 4, true),
  pointer("data", 76, "data"),
  pointer("data_end", 80, "data_end"),
  field("napi_id", 84),
  field("family", 88),
  field("remote_ip4", 92),
  field("local_ip4", 96),
  field("remote_ip6_0", 100),
  field("remote_ip6_1", 104),
  field("remote_ip6_2", 108),
  field("remote_ip6_3", 112),
  field("local_ip6_0", 116),
  field("local_ip6_1", 120),
  field("local_ip6_2", 124),
  field("local_ip6_3", 128),
  field("remote_port", 132),
  field("local_port", 136),
  pointer("data_meta", 140, "data_meta"),
  pointer("flow_keys", 144, "object", 8),
  field("tstamp", 152, 8, true),
  field("wire_len", 160),
  field("gso_segs", 164),
  pointer("sk", 168, "socket", 8),
  field("gso_size", 176),
  field("tstamp_type", 180, 1),
  field("hwtstamp", 184, 8),
];
export const SKB_BYTES = 192;
/** Offset of `sk`. */
export const SKB_SOCKET = 168;

/** struct pt_regs of x86-64, and the registers that carry the first six arguments. */
export const PT_REGS = [
  "r15",
  "r14",
  "r13",
  "r12",
  "bp",
  "bx",
  "r11",
  "r10",
  "r9",
  "r8",
  "ax",
  "cx",
  "dx",
  "si",
  "di",
  "orig_ax",
  "ip",
  "cs",
  "flags",
  "sp",
  "ss",
] as const; // prettier-ignore
export const PT_REGS_ARGUMENTS = ["di", "si", "dx", "cx", "r8", "r9"] as const;
