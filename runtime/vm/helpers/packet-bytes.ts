/** Helpers that copy packet bytes: skb and XDP load and store, pull. */
import { Errno } from "../errno.js";
import { ETH_HLEN } from "../skb.js";
import type { HelperCall, HelperTable } from "./call.js";

const MAX_INT = 0x7fff_ffff;
const StoreFlag = { RecomputeChecksum: 1, InvalidateHash: 2 } as const;
const Header = { Mac: 0, Net: 1 } as const;

/** Place of a range of the packet counted from its data, or undefined when it leaves it. */
export function skbRange(call: HelperCall, offset: number, length: number): number | undefined {
  const { packet } = call.run;
  return offset >= 0 && offset + length <= packet.length ? packet.data + offset : undefined;
}

function load(call: HelperCall, from: number | undefined, to: number, length: number): number {
  const { u8 } = call.run.memory;
  if (from === undefined) {
    u8.fill(0, to, to + length);
    return Errno.EFAULT;
  }
  u8.copyWithin(to, from, from + length);
  return 0;
}

export const packetByteHelpers = {
  skb_load_bytes(call) {
    const [offset, length] = [call.u32(2), call.size(4)];
    const to = call.writable(3, length);
    return load(call, offset > MAX_INT ? undefined : skbRange(call, offset, length), to, length);
  },
  skb_load_bytes_relative(call) {
    const [offset, length, header] = [call.u32(2), call.size(4), call.u32(5)];
    const to = call.writable(3, length);
    const link = call.run.kind.link;
    // Above the link layer the frame's Ethernet header lies before data and is not part of the packet any more.
    const start =
      header === Header.Mac ? (link ? 0 : undefined) : header === Header.Net ? (link ? ETH_HLEN : 0) : undefined;
    const from = start === undefined || offset > 0xffff ? undefined : skbRange(call, start + offset, length);
    return load(call, from, to, length);
  },
  skb_store_bytes(call) {
    const [offset, length] = [call.u32(2), call.size(4)];
    const from = call.readable(3, length);
    if (call.u64(5) & ~BigInt(StoreFlag.RecomputeChecksum | StoreFlag.InvalidateHash)) return Errno.EINVAL;
    const to = offset > MAX_INT ? undefined : skbRange(call, offset, length);
    if (to === undefined) return Errno.EFAULT;
    call.run.memory.u8.copyWithin(to, from, from + length);
    stale(call);
    return 0;
  },
  skb_pull_data(call) {
    const length = call.u32(2);
    stale(call);
    return length > call.run.packet.length ? Errno.ENOMEM : 0;
  },
  xdp_load_bytes(call) {
    const [offset, length] = [call.u32(2), call.size(4)];
    const to = call.writable(3, length);
    const from = skbRange(call, offset, length);
    if (from === undefined) return Errno.EINVAL;
    call.run.memory.u8.copyWithin(to, from, from + length);
    return 0;
  },
  xdp_store_bytes(call) {
    const [offset, length] = [call.u32(2), call.size(4)];
    const from = call.readable(3, length);
    const to = skbRange(call, offset, length);
    if (to === undefined) return Errno.EINVAL;
    call.run.memory.u8.copyWithin(to, from, from + length);
    return 0;
  },
  xdp_get_buff_len: (call) => call.give(BigInt(call.run.packet.length)),
} satisfies HelperTable;

/** Packet pointers from before the call must not be used again: moves the packet. */
export function stale(call: HelperCall): void {
  const { packet } = call.run;
  packet.reshape(packet.meta, packet.data, packet.end);
}
