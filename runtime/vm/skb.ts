/**
 * What a test run gives an skb from its frame, as the kernel's bpf_prog_test_run_skb and eth_type_trans do: lengths,
 * protocol, packet type, and for programs above the link layer the packet without its Ethernet header.
 */
import type { Context } from "./context/context.js";
import type { Packet } from "./packet.js";

export const ETH_HLEN = 14;
/** NET_SKB_PAD + NET_IP_ALIGN on x86. */
export const SKB_HEADROOM = 64;
/** First EtherType; below it the field is a length. */
const ETH_P_802_3_MIN = 0x600;
const ETH_P_802_3 = 0x0001;
const ETH_P_802_2 = 0x0004;
/** Interface of a test run's packets. */
export const LOOPBACK = 1;
const PacketType = { Host: 0, Broadcast: 1, Multicast: 2, OtherHost: 3 } as const;

const swap16 = (v: number): number => ((v & 0xff) << 8) | ((v >> 8) & 0xff);

/** The EtherType of a frame, in host order, or the kernel's number for frames that carry a length instead. */
export function frameProtocol(frame: Uint8Array): number {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (type >= ETH_P_802_3_MIN) return type;
  return frame[14] === 0xff && frame[15] === 0xff ? ETH_P_802_3 : ETH_P_802_2;
}

/** PACKET_* of a frame (include/uapi/linux/if_packet.h). */
export function packetType(frame: Uint8Array): number {
  const first = frame[0] ?? 0;
  let same = true;
  for (let i = 1; i < 6; i++) same &&= frame[i] === first;
  if (same && first === 0xff) return PacketType.Broadcast;
  if ((first & 1) !== 0) return PacketType.Multicast;
  // The test device is loopback, whose address is all zero.
  return same && first === 0 ? PacketType.Host : PacketType.OtherHost;
}

/** {@link frameProtocol} as __sk_buff shows it: network order. */
export function frameProtocolWord(frame: Uint8Array): number {
  return swap16(frameProtocol(frame));
}

/** Fields of __sk_buff that follow from the frame, as words of the context, in the order of {@link FRAME_FIELDS}. */
export function frameWords(frame: Uint8Array, length: number): readonly [number, number, number, number] {
  return [length, frameProtocolWord(frame), packetType(frame), LOOPBACK];
}
export const FRAME_FIELDS = ["len", "protocol", "pkt_type", "ifindex"] as const;

/** Fields of __sk_buff that follow from the frame; fields that the test set stay. */
export function describeFrame(context: Context, frame: Uint8Array, packet: Packet, given: ReadonlySet<string>): void {
  const words = frameWords(frame, packet.length);
  for (const [i, name] of FRAME_FIELDS.entries()) if (i === 0 || !given.has(name)) context.set(name, words[i] ?? 0);
}
