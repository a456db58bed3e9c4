// A DNS name, byte by byte up to its longest, 255 bytes: labels, lower case, a hash.
import {
  ArrayMap,
  type be16,
  EtherType,
  EthHdr,
  htons,
  IpProto,
  Ipv4Hdr,
  struct,
  UdpHdr,
  type u8,
  u32,
  type u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
class U8 {
  value!: u8;
}
@struct
class DnsHdr {
  id!: be16;
  flags!: be16;
  qd!: be16;
  an!: be16;
  ns!: be16;
  ar!: be16;
}
export class P {
  static readonly seen = new ArrayMap<u64>(256);
  @xdp static run(ctx: XdpContext): XdpAction {
    const c = ctx.packet.cursor();
    const eth = c.next(EthHdr);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = c.next(Ipv4Hdr);
    if (!ip || ip.protocol !== IpProto.Udp) return XdpAction.Pass;
    const udp = c.next(UdpHdr);
    if (!udp) return XdpAction.Pass;
    const dns = c.next(DnsHdr);
    if (!dns) return XdpAction.Pass;
    let hash: u32 = 5381;
    let left = 0;
    let length = 0;
    for (let i = 0; i < 255; i++) {
      const ch = c.next(U8);
      if (!ch) return XdpAction.Drop;
      if (left === 0) {
        if (ch.value === 0) break;
        if (ch.value > 63) return XdpAction.Drop;
        left = ch.value;
      } else {
        left--;
        let v = ch.value;
        if (v >= 65 && v <= 90) v += 32;
        hash = u32(hash * 33 + v);
      }
      length++;
    }
    const n = P.seen.lookup(u32(length));
    if (n) n.value += 1n;
    return (hash & 1) === 0 ? XdpAction.Pass : XdpAction.Tx;
  }
}
