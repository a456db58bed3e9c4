// TCP options: forty rounds over a cursor, with flags and a struct that the kinds fill.
import {
  ArrayMap,
  type be16,
  EtherType,
  EthHdr,
  htons,
  IpProto,
  Ipv4Hdr,
  ntohs,
  range,
  struct,
  TcpHdr,
  type u8,
  type u16,
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
class U16 {
  value!: be16;
}

class Options {
  mss!: u16;
  wscale!: u8;
  sack!: u8;
  ts!: u32;
}
export class P {
  static readonly seen = new ArrayMap<u64>(64);
  @xdp static run(ctx: XdpContext): XdpAction {
    const c = ctx.packet.cursor();
    const eth = c.next(EthHdr);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = c.next(Ipv4Hdr);
    if (!ip || ip.protocol !== IpProto.Tcp) return XdpAction.Pass;
    c.skip(ip.headerLength - 20);
    const tcp = c.next(TcpHdr);
    if (!tcp) return XdpAction.Pass;
    const o = new Options();
    const end = c.offset + tcp.headerLength - 20;
    let sackOk = false;
    let bad = false;
    loop: for (const i of range(40)) {
      if (c.offset >= end) break;
      const kind = c.next(U8);
      if (!kind) break;
      switch (kind.value) {
        case 0:
          break loop;
        case 1:
          continue;
        case 2: {
          c.skip(1);
          const v = c.next(U16);
          if (!v) return XdpAction.Drop;
          o.mss = ntohs(v.value);
          break;
        }
        case 3: {
          c.skip(1);
          const v = c.next(U8);
          if (!v) return XdpAction.Drop;
          o.wscale = v.value;
          break;
        }
        case 4:
          sackOk = true;
          c.skip(1);
          o.sack = 1;
          break;
        default: {
          const length = c.next(U8);
          if (!length || length.value < 2) {
            bad = true;
            break loop;
          }
          c.skip(length.value - 2);
          if (length.value > 20) o.ts = u32(i);
        }
      }
    }
    if (bad) return XdpAction.Drop;
    const n = P.seen.lookup(o.wscale & 63);
    if (n) n.value += o.mss > 1000 && sackOk ? 2n : 1n;
    return o.mss > 1000 || o.ts > 3 ? XdpAction.Tx : XdpAction.Pass;
  }
}
