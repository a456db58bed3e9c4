/** Helpers that change where a packet begins and ends. Limits and errors follow net/core/filter.c. */
import { Errno } from "../errno.js";
import { ETH_HLEN, frameProtocol } from "../skb.js";
import type { HelperCall, HelperTable } from "./call.js";

/** sizeof(struct xdp_frame), which the kernel keeps at the start of the buffer. */
const XDP_FRAME_BYTES = 40;
/** Largest metadata: skb_shared_info.meta_len is a byte. */
const MAX_META = 255;
/** BPF_SKB_MAX_LEN: SKB_MAX_ALLOC of 4 KiB pages. */
const MAX_SKB = 16064;
const ETH_P_IP = 0x0800;
const ETH_P_IPV6 = 0x86dd;
const swap16 = (v: number): number => ((v & 0xff) << 8) | ((v >> 8) & 0xff);

const setLength = (call: HelperCall): void => call.run.context.set("len", call.run.packet.length);
/** The skb's protocol in host order. */
const protocol = (call: HelperCall): number => swap16(call.run.context.get("protocol"));
const setProtocol = (call: HelperCall, value: number): void => call.run.context.set("protocol", swap16(value));

const Room = { Net: 0, Mac: 1 } as const;

function adjustRoom(call: HelperCall): number {
  const by = call.int(2);
  const mode = call.u32(3);
  const { packet } = call.run;
  const proto = protocol(call);
  if (Math.abs(by) > 0xfff) return Errno.EFAULT;
  if (proto !== ETH_P_IP && proto !== ETH_P_IPV6) return Errno.ENOTSUPP;
  const network = proto === ETH_P_IP ? 20 : 40;
  if (mode !== Room.Net && mode !== Room.Mac) return Errno.ENOTSUPP;
  const link = call.run.kind.link ? ETH_HLEN : 0;
  const offset = link + (mode === Room.Net ? network : 0);
  const inner = packet.length - link;
  if (by < 0 && (-by >= inner || inner + by < network)) return Errno.ENOTSUPP;
  if (by > 0 && packet.length + by > MAX_SKB) return Errno.ENOTSUPP;
  packet.splice(offset, by);
  setLength(call);
  return 0;
}

export const packetShapeHelpers = {
  xdp_adjust_head(call) {
    const { packet } = call.run;
    const by = call.int(2);
    const metaBytes = packet.data - packet.meta;
    const data = packet.data + by;
    if (data < packet.hardStart + XDP_FRAME_BYTES + metaBytes || data > packet.end - ETH_HLEN) return Errno.EINVAL;
    if (metaBytes > 0) call.run.memory.u8.copyWithin(packet.meta + by, packet.meta, packet.data);
    packet.reshape(packet.meta + by, data, packet.end);
    return 0;
  },
  xdp_adjust_tail(call) {
    const { packet } = call.run;
    const by = call.int(2);
    const end = packet.end + by;
    if (end > packet.hardEnd || end < packet.data + ETH_HLEN) return Errno.EINVAL;
    if (by > 0) call.run.memory.u8.fill(0, packet.end, end);
    packet.reshape(packet.meta, packet.data, end);
    return 0;
  },
  xdp_adjust_meta(call) {
    const { packet } = call.run;
    const meta = packet.meta + call.int(2);
    if (meta < packet.hardStart + XDP_FRAME_BYTES || meta > packet.data) return Errno.EINVAL;
    const bytes = packet.data - meta;
    if ((bytes & 3) !== 0 || bytes > MAX_META) return Errno.EACCES;
    packet.reshape(meta, packet.data, packet.end);
    return 0;
  },
  skb_change_tail(call) {
    const { packet, kind, memory } = call.run;
    const length = call.u32(2);
    if (!call.isNull(3) || length > MAX_SKB || length < (kind.link ? ETH_HLEN : 0)) return Errno.EINVAL;
    const end = packet.data + length;
    if (end > packet.end) memory.u8.fill(0, packet.end, end);
    packet.reshape(packet.data, packet.data, end);
    setLength(call);
    return 0;
  },
  skb_change_head(call) {
    const { packet } = call.run;
    const room = call.u32(2);
    if (!call.isNull(3) || packet.length + room > MAX_SKB) return Errno.EINVAL;
    packet.splice(0, room);
    packet.networkGap += room;
    setLength(call);
    return 0;
  },
  skb_change_proto(call) {
    const to = swap16(call.u32(2) & 0xffff);
    if (!call.isNull(3)) return Errno.EINVAL;
    const from = protocol(call);
    const link = call.run.kind.link ? ETH_HLEN : 0;
    // The IPv6 header is 20 bytes longer than IPv4's without options.
    if (from === ETH_P_IP && to === ETH_P_IPV6) call.run.packet.splice(link, 20);
    else if (from === ETH_P_IPV6 && to === ETH_P_IP) {
      if (call.run.packet.length < link + 20) return Errno.ENOTSUPP;
      call.run.packet.splice(link, -20);
    } else return Errno.ENOTSUPP;
    setProtocol(call, to);
    setLength(call);
    return 0;
  },
  skb_change_type(call) {
    const type = call.u32(2);
    // Only between types a received packet can have (skb_pkt_type_ok).
    if (call.run.context.get("pkt_type") > 3 || type > 3) return Errno.EINVAL;
    call.run.context.set("pkt_type", type);
    return 0;
  },
  skb_adjust_room: adjustRoom,
  skb_vlan_push(call) {
    const wanted = call.u32(2) & 0xffff;
    const proto = swap16(wanted) === 0x88a8 ? wanted : swap16(0x8100);
    const { context, packet, memory } = call.run;
    if (context.get("vlan_present") !== 0) {
      // The tag beside the packet goes into it; the new one takes its place.
      packet.splice(ETH_HLEN - 2, 4);
      const at = packet.data + ETH_HLEN - 2;
      memory.view.setUint16(at, swap16(context.get("vlan_proto")));
      memory.view.setUint16(at + 2, context.get("vlan_tci"));
      setProtocol(call, swap16(context.get("vlan_proto")));
      setLength(call);
    } else packet.reshape(packet.data, packet.data, packet.end);
    context.set("vlan_present", 1);
    context.set("vlan_proto", proto);
    context.set("vlan_tci", call.u32(3) & 0xffff);
    return 0;
  },
  skb_vlan_pop(call) {
    const { context, packet, memory } = call.run;
    const tagged = (): boolean => [0x8100, 0x88a8].includes(protocol(call));
    const popTag = (): number => {
      const tci = memory.view.getUint16(packet.data + ETH_HLEN);
      packet.splice(ETH_HLEN - 2, -4);
      // Never before the end of the link header (__skb_vlan_pop).
      packet.networkGap = Math.max(0, packet.networkGap - 4);
      setProtocol(call, frameProtocol(packet.bytes));
      setLength(call);
      return tci;
    };
    if (context.get("vlan_present") !== 0) {
      context.set("vlan_present", 0);
      context.set("vlan_tci", 0);
      context.set("vlan_proto", 0);
    } else {
      if (!tagged()) return 0;
      if (packet.length < ETH_HLEN + 4) return Errno.ENOMEM;
      popTag();
    }
    if (tagged() && packet.length >= ETH_HLEN + 4) {
      // The next tag moves out of the packet to the place beside it.
      const proto = protocol(call);
      const tci = popTag();
      context.set("vlan_present", 1);
      context.set("vlan_proto", swap16(proto));
      context.set("vlan_tci", tci);
    } else packet.reshape(packet.data, packet.data, packet.end);
    return 0;
  },
} satisfies HelperTable;
