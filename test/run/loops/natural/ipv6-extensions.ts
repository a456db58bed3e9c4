// IPv6 extension headers: a chain of ten, walked in a function of its own.
import {
  ArrayMap,
  type Cursor,
  EtherType,
  EthHdr,
  htons,
  IpProto,
  Ipv6Hdr,
  struct,
  UdpHdr,
  type u8,
  type u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
class Ext {
  next!: u8;
  len!: u8;
}

export class P {
  static readonly seen = new ArrayMap<u64>(64);
  static skipExtensions(c: Cursor, first: u8): number {
    let proto: u8 = first;
    for (let i = 0; i < 10; i++) {
      switch (proto) {
        case 0:
        case 43:
        case 60:
        case 135: {
          const h = c.next(Ext);
          if (!h) return -1;
          c.skip((h.len + 1) * 8 - 2);
          proto = h.next;
          break;
        }
        case 44: {
          const h = c.next(Ext);
          if (!h) return -1;
          c.skip(6);
          proto = h.next;
          break;
        }
        case 51: {
          const h = c.next(Ext);
          if (!h) return -1;
          c.skip((h.len + 2) * 4 - 2);
          proto = h.next;
          break;
        }
        default:
          return proto;
      }
    }
    return -1;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const c = ctx.packet.cursor();
    const eth = c.next(EthHdr);
    if (!eth || eth.proto !== htons(EtherType.Ipv6)) return XdpAction.Pass;
    const ip = c.next(Ipv6Hdr);
    if (!ip) return XdpAction.Pass;
    const proto = P.skipExtensions(c, ip.nextHeader as u8);
    if (proto < 0) return XdpAction.Drop;
    if (proto !== IpProto.Udp) return XdpAction.Pass;
    const udp = c.next(UdpHdr);
    if (!udp) return XdpAction.Drop;
    return udp.dest === htons(53) ? XdpAction.Tx : XdpAction.Pass;
  }
}
