// Checksums and bytes of a packet in the types that they have: fields as they are, options by name, bytes in place.
import { ArrayMap, be16, type be32, type FixedArray, htonl, htons, Ipv4Hdr, ntohl, ntohs, type SkBuff, struct, TcAction, tc, u16, u32, u64, UdpHdr } from "ebpftsc";

// bytes: 010203040506 0708090a0b0c 0800 4500002e00004000401126bd0a0000010a000002 04d2 0035 001a 0000 000102030405060708090a0b0c0d0e0f1011

@struct class Words { all!: FixedArray<be16, 10> }
const IP = 14;
const UDP = 34;
const OPTIONS = { pseudoHeader: true, mangledZero: true };

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  /** The folded sum of an IPv4 header, its checksum included: 0xffff when that is right. */
  static sum(skb: SkBuff): u32 {
    const words = skb.packet.at(Words, IP);
    if (!words) return 0;
    let sum = 0;
    for (const w of words.all) sum += ntohs(w);
    return u32((sum & 0xffff) + (sum >> 16));
  }
  static address(skb: SkBuff): be32 {
    const ip = skb.packet.at(Ipv4Hdr, IP);
    return ip ? ip.saddr : htonl(0);
  }

  @tc("ingress") static run(skb: SkBuff): TcAction {
    P.put(0, u64(P.sum(skb))); //= 0xffffn
    const next = htonl(0xc0a80101);
    P.put(1, u64(skb.l3CsumReplace(IP + 10, P.address(skb), next))); //= 0n
    P.put(2, u64(skb.storeBytes(IP + 12, next, { recomputeChecksum: true }))); //= 0n
    P.put(3, u64(P.sum(skb))); //= 0xffffn
    P.put(4, u64(ntohl(P.address(skb)))); //= 0xc0a80101n
    P.put(5, u64(skb.l4CsumReplace(UDP + 6, htonl(0x0a000001), next, OPTIONS))); //= 0n
    P.put(6, u64(skb.l4CsumReplace(UDP + 6, htons(53), htons(5353), { mangledZero: true }))); //= 0n
    P.put(7, u64(skb.storeBytes(UDP + 2, htons(5353)))); //= 0n
    P.put(8, u64(skb.storeBytes(UDP + 10, [1, 2, 3, skb.length & 0x7f]))); //= 0n
    P.put(9, u64(skb.storeBytes(UDP + 14, u16(0x0102)))); //= 0n
    const udp = skb.packet.at(UdpHdr, UDP);
    if (!udp) return TcAction.Shot;
    P.put(10, u64(ntohs(udp.dest))); //= 5353n
    // What was 0, no checksum, stays so: that is what mangledZero means to UDP.
    P.put(11, u64(ntohs(udp.checksum))); //= 0n
    return TcAction.Ok;
  }
}
