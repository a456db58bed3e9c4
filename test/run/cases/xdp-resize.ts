// Helpers that move the packet's ends: bounds are read again, headers found again.
import { ArrayMap, type be16, type Bytes, csumDiff, csumFold, EthHdr, htons, Ipv4Hdr, ntohs, type Packet, struct, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";

@struct class Tag { tci!: be16; proto!: be16 }
@struct class Words { a!: u32; b!: u32 }
// bytes: 010203040506 0708090a0b0c 0800 4500002e00004000401100000a0000010a000002 04d20035001a0000 000102030405060708090a0b0c0d0e0f1011

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  /** Pushes an 802.1Q tag: a function that moves the packet for its caller. */
  static push(ctx: XdpContext, id: u32): boolean {
    const old = ctx.packet.at(EthHdr, 0);
    if (!old) return false;
    const kept = new EthHdr();
    kept.dest = old.dest;
    kept.source = old.source;
    kept.proto = old.proto;
    if (ctx.adjustHead(-4) !== 0) return false;
    const eth = ctx.packet.at(EthHdr, 0);
    const tag = ctx.packet.at(Tag, 14);
    if (!eth || !tag) return false;
    tag.proto = kept.proto;
    tag.tci = htons(id & 0xfff);
    eth.dest = kept.dest;
    eth.source = kept.source;
    eth.proto = htons(0x8100);
    return true;
  }
  static size(packet: Packet): u32 {
    return packet.length;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    P.put(0, u64(ctx.length)); //= 60n
    P.put(1, u64(P.push(ctx, 5))); //= 1n
    P.put(2, u64(ctx.length)); //= 64n
    P.put(3, u64(P.size(ctx.packet))); //= 64n
    const ip = ctx.packet.at(Ipv4Hdr, 18);
    if (!ip) return XdpAction.Aborted;
    P.put(4, u64(ip.ttl)); //= 64n
    P.put(5, u64(ctx.adjustTail(-10))); //= 0n
    P.put(6, u64(ctx.packet.length)); //= 54n
    P.put(7, u64(ctx.adjustTail(-100))); //= -22n
    const words: Words = { a: 1, b: 2 };
    P.put(8, u64(ctx.storeBytes(20, words))); //= 0n
    const back = new Words();
    P.put(9, u64(ctx.loadBytes(20, back))); //= 0n
    P.put(10, u64(back.a) * 10n + u64(back.b)); //= 12n
    P.put(11, u64(csumDiff(undefined, words, 0))); //= 3n
    P.put(12, u64(csumFold(csumDiff(undefined, words, 0)))); //= 0xfffcn
    P.put(13, u64(ctx.adjustMeta(-8))); //= 0n
    P.put(14, ctx.bufferLength()); //= 54n
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Drop;
    P.put(15, u64(ntohs(eth.proto))); //= 0x8100n
    const mac: Bytes<6> = [1, 1, 1, 1, 1, 1];
    eth.source = mac;
    return XdpAction.Pass;
  }
}
