// IP-in-IP encapsulation: grows the packet, writes a header with its checksum, keeps the inner packet.
import {
  type be16,
  type be32,
  config,
  EtherType,
  EthHdr,
  HashMap,
  htonl,
  htons,
  IpProto,
  Ipv4Hdr,
  ntohl,
  ntohs,
  struct,
  u16,
  type u32,
  type u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
class Tunnel {
  remote!: be32;
  packets!: u64;
}
@struct
class Words {
  w!: be16;
}

export class Ipip {
  static readonly tunnels = new HashMap<be32, Tunnel>(64);
  @config static local: u32 = 0x0a636301;
  @config static fallback: u32 = 0x0a636302;

  static checksum(ctx: XdpContext): be16 {
    let sum = 0;
    for (let i = 0; i < 10; i++) {
      const word = ctx.packet.at(Words, 14 + i * 2);
      if (!word) return htons(0);
      sum += ntohs(word.w);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return htons(u16(~sum));
  }

  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const inner = ctx.packet.at(Ipv4Hdr, 14);
    if (inner?.ihl !== 5) return XdpAction.Pass;
    const total = u16(ntohs(inner.totalLength) + 20);
    const key = inner.daddr;
    const tos = inner.tos;
    const tunnel = Ipip.tunnels.lookupOrInit(key, { remote: htonl(Ipip.fallback), packets: 0n });
    if (!tunnel) return XdpAction.Aborted;
    tunnel.packets += 1n;
    const kept = new EthHdr();
    kept.dest = eth.source;
    kept.source = eth.dest;
    kept.proto = eth.proto;
    if (ctx.adjustHead(-20)) return XdpAction.Drop;
    const outerEth = ctx.packet.at(EthHdr, 0);
    const ip = ctx.packet.at(Ipv4Hdr, 14);
    if (!outerEth || !ip) return XdpAction.Drop;
    outerEth.dest = kept.dest;
    outerEth.source = kept.source;
    outerEth.proto = kept.proto;
    ip.versionIhl = 0x45;
    ip.tos = tos;
    ip.totalLength = htons(total);
    ip.id = htons(0);
    ip.fragment = htons(0x4000);
    ip.ttl = 64;
    ip.protocol = IpProto.Ipip;
    ip.checksum = htons(0);
    ip.saddr = htonl(Ipip.local);
    ip.daddr = tunnel.remote;
    ip.checksum = Ipip.checksum(ctx);
    return ntohl(key) === 0 ? XdpAction.Drop : XdpAction.Tx;
  }
}
