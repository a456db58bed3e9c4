/**
 * Context structs: what each property of a context class is in the kernel's struct. One row per property; offsets and
 * sizes are bytes. Source: include/uapi/linux/bpf.h (struct xdp_md, struct __sk_buff).
 */
import { type HirType, INT } from "../hir/types.js";

export interface ContextField {
  readonly kernelName: string;
  readonly offset: number;
  readonly size: number;
  /** The type programs see; narrower than `size` for network-order ids that the kernel keeps in 32 bits. */
  readonly type: HirType;
  readonly writable?: boolean;
  /** Elements, for `cb`. */
  readonly count?: number;
}

export interface ContextLayout {
  readonly struct: string;
  readonly data: number;
  readonly dataEnd: number;
  readonly fields: Readonly<Record<string, ContextField>>;
}

const u32 = (kernelName: string, offset: number, writable = false): ContextField => ({
  kernelName,
  offset,
  size: 4,
  type: INT.u32,
  ...(writable ? { writable } : {}),
});

export const CONTEXTS: Readonly<Record<"xdp" | "skb", ContextLayout>> = {
  xdp: {
    struct: "xdp_md",
    data: 0,
    dataEnd: 4,
    fields: {
      ingressIfindex: u32("ingress_ifindex", 12),
      rxQueueIndex: u32("rx_queue_index", 16),
      egressIfindex: u32("egress_ifindex", 20),
    },
  },
  skb: {
    struct: "__sk_buff",
    data: 76,
    dataEnd: 80,
    fields: {
      length: u32("len", 0),
      packetType: u32("pkt_type", 4),
      mark: u32("mark", 8, true),
      queueMapping: u32("queue_mapping", 12, true),
      protocol: { kernelName: "protocol", offset: 16, size: 4, type: INT.be16 },
      vlanPresent: u32("vlan_present", 20),
      vlanTci: u32("vlan_tci", 24),
      vlanProto: { kernelName: "vlan_proto", offset: 28, size: 4, type: INT.be16 },
      priority: u32("priority", 32, true),
      ingressIfindex: u32("ingress_ifindex", 36),
      ifindex: u32("ifindex", 40),
      tcIndex: u32("tc_index", 44, true),
      cb: { kernelName: "cb", offset: 48, size: 4, type: INT.u32, writable: true, count: 5 },
      hash: u32("hash", 68),
      tcClassid: u32("tc_classid", 72, true),
      napiId: u32("napi_id", 84),
      tstamp: { kernelName: "tstamp", offset: 152, size: 8, type: INT.u64, writable: true },
      wireLength: u32("wire_len", 160),
      gsoSegs: u32("gso_segs", 164),
      gsoSize: u32("gso_size", 176),
    },
  },
};
