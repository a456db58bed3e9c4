// TCP options: a loop over variable-length items with a computed offset, and a rewrite of the MSS.
import {
  ArrayMap,
  type be16,
  EtherType,
  EthHdr,
  htons,
  IpProto,
  Ipv4Hdr,
  ntohs,
  type Packet,
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
class OptionHdr {
  kind!: u8;
  length!: u8;
}
@struct
class Mss {
  kind!: u8;
  length!: u8;
  value!: be16;
}

const END = 0;
const NOP = 1;
const MSS = 2;
const MAX_MSS: u16 = 1300;

export class Clamp {
  static readonly seen = new ArrayMap<u64>(2);

  static clamp(packet: Packet, from: u32, bytes: u32): boolean {
    let offset = from;
    const end = from + bytes;
    for (let i = 0; i < 10; i++) {
      if (offset >= end) return false;
      const option = packet.at(OptionHdr, offset);
      if (!option || option.kind === END) return false;
      if (option.kind === NOP) {
        offset += 1;
        continue;
      }
      if (option.kind === MSS) {
        const mss = packet.at(Mss, offset);
        if (!mss || ntohs(mss.value) <= MAX_MSS) return false;
        mss.value = htons(MAX_MSS);
        return true;
      }
      if (option.length < 2) return false;
      offset += option.length;
    }
    return false;
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = ctx.packet.at(Ipv4Hdr, 14);
    if (!ip || ip.protocol !== IpProto.Tcp) return XdpAction.Pass;
    const at = 14 + ip.headerLength;
    const tcp = ctx.packet.at(TcpHdr, at);
    if (!tcp?.syn) return XdpAction.Pass;
    const size = tcp.headerLength;
    if (size <= 20) return XdpAction.Pass;
    const changed = Clamp.clamp(ctx.packet, u32(at + 20), u32(size - 20));
    const counter = Clamp.seen.lookup(changed ? 1 : 0);
    if (counter) counter.value++;
    return changed ? XdpAction.Tx : XdpAction.Pass;
  }
}
