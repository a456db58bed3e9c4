// Packet access: at() with constant and computed offsets, the cursor, writes, header getters, byte order.
import {
  ArrayMap,
  type be16,
  type be32,
  EtherType,
  EthHdr,
  htonl,
  htons,
  IpProto,
  Ipv4Hdr,
  ntohl,
  ntohs,
  type Packet,
  struct,
  TcpHdr,
  type u8,
  u32,
  u64,
  VlanHdr,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class In {
  dest!: be16;
  dest2!: be32;
  src!: be16;
  src2!: be32;
  proto!: be16;
  tci!: be16;
  inner!: be16;
}
// bytes: 0102030405060708090a0b0c 8100 2064 0800 46000030abcd4000400600000a0000010a000002 01020304 01bb0050000000010000000250120000 00000000 aabbcc
// The last three bytes leave less than a header behind.

@struct
class Option {
  kind!: u8;
  length!: u8;
}

export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void {
    const r = P.out.lookup(i);
    if (r) r.value = v;
  }
  static ipv4(packet: Packet, offset: u32): Ipv4Hdr | undefined {
    return packet.at(Ipv4Hdr, offset);
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const cursor = ctx.packet.cursor();
    const eth = cursor.next(EthHdr);
    if (!eth) return XdpAction.Aborted;
    P.put(0, u64(ntohs(eth.proto))); //= 0x8100n
    P.put(1, u64(eth.source[5])); //= 0x0cn
    let proto = eth.proto;
    for (let i = 0; i < 2; i++) {
      if (proto !== htons(EtherType.Vlan)) break;
      const vlan = cursor.next(VlanHdr);
      if (!vlan) return XdpAction.Drop;
      P.put(2, u64(vlan.id)); //= 100n
      P.put(3, u64(vlan.priority)); //= 1n
      P.put(4, u64(vlan.dropEligible)); //= 0n
      proto = vlan.proto;
    }
    P.put(5, u64(proto === htons(EtherType.Ipv4))); //= 1n
    P.put(6, u64(cursor.offset)); //= 18n
    const ip = cursor.peek(Ipv4Hdr);
    if (!ip) return XdpAction.Drop;
    P.put(7, u64(ip.version)); //= 4n
    P.put(8, u64(ip.headerLength)); //= 24n
    P.put(9, u64(ntohl(ip.saddr))); //= 0x0a000001n
    P.put(10, u64(ip.dontFragment)); //= 1n
    P.put(11, u64(ip.protocol === IpProto.Tcp)); //= 1n
    cursor.skip(ip.headerLength);
    const tcp = cursor.next(TcpHdr);
    if (!tcp) return XdpAction.Drop;
    P.put(12, u64(ntohs(tcp.source))); //= 443n
    P.put(13, u64(ntohs(tcp.dest))); //= 80n
    P.put(14, u64(tcp.syn) * 10n + u64(tcp.ack)); //= 11n
    P.put(15, u64(tcp.headerLength)); //= 20n
    P.put(16, u64(ntohl(tcp.seq) + ntohl(tcp.ackSeq))); //= 3n
    const again = P.ipv4(ctx.packet, u32(ntohs(eth.proto) - 0x8100 + 18));
    P.put(17, again ? u64(ntohl(again.daddr)) : 0n); //= 0x0a000002n
    P.put(18, u64(ctx.length)); //= 65n
    P.put(19, u64(ctx.packet.length)); //= 65n
    P.put(20, ctx.packet.at(EthHdr, 52) ? 1n : 0n); //= 0n
    P.put(21, ctx.packet.at(EthHdr, 51) ? 1n : 0n); //= 1n
    P.put(22, ctx.packet.at(Option, ip.headerLength * 1000) ? 1n : 0n); //= 0n
    const option = ctx.packet.at(Option, 38);
    P.put(23, option ? u64(option.kind) * 256n + u64(option.length) : 0n); //= 0x0102n
    ip.ttl -= 1;
    ip.daddr = htonl(0xc0a80001);
    tcp.dest = htons(8080);
    eth.dest[0] = 0xff;
    return ip.ttl > 0 ? XdpAction.Tx : XdpAction.Drop;
  }
}
