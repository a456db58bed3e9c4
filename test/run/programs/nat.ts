// Source NAT on egress: a port mapping, rewritten addresses, checksums by the kernel's helpers.
import {
  ArrayMap,
  atomic,
  type be16,
  type be32,
  config,
  EtherType,
  HashMap,
  htonl,
  htons,
  IpProto,
  Ipv4Hdr,
  type SkBuff,
  struct,
  TcAction,
  TcpHdr,
  tc,
  UdpHdr,
  type u8,
  u16,
  u32,
  type u64,
} from "ebpftsc";

@struct
class Flow {
  saddr!: be32;
  sport!: be16;
  proto!: u8;
}

const IP = 14;

export class Nat {
  static readonly flows = new HashMap<Flow, u16>(4096);
  static readonly stats = new ArrayMap<u64>(4);
  @config static outside: u32 = 0xc0a80101;
  static nextPort: u32 = 20000;

  static count(i: u32): void {
    const s = Nat.stats.lookup(i);
    if (s) atomic.add(s, 1n);
  }

  @tc("egress") static run(skb: SkBuff): TcAction {
    if (skb.protocol !== htons(EtherType.Ipv4)) return TcAction.Ok;
    const ip = skb.packet.at(Ipv4Hdr, IP);
    if (ip?.ihl !== 5 || (ip.protocol !== IpProto.Tcp && ip.protocol !== IpProto.Udp)) return TcAction.Ok;
    const proto = ip.protocol;
    const old = ip.saddr;
    const l4 = IP + 20;
    const checksumAt = proto === IpProto.Tcp ? l4 + 16 : l4 + 6;
    let sport: be16;
    if (proto === IpProto.Tcp) {
      const tcp = skb.packet.at(TcpHdr, l4);
      if (!tcp) return TcAction.Shot;
      sport = tcp.source;
    } else {
      const udp = skb.packet.at(UdpHdr, l4);
      if (!udp) return TcAction.Shot;
      sport = udp.source;
    }
    const flow: Flow = { saddr: old, sport, proto };
    let port = Nat.flows.lookup(flow)?.value ?? 0;
    if (!port) {
      port = (Nat.nextPort++ % 40000) + 10000;
      Nat.flows.update(flow, u16(port));
      Nat.count(1);
    }
    const address = htonl(Nat.outside);
    const changed = htons(u16(port));
    skb.l4CsumReplace(u32(checksumAt), old, address, { pseudoHeader: true });
    skb.l4CsumReplace(u32(checksumAt), sport, changed);
    skb.l3CsumReplace(IP + 10, old, address);
    if (skb.storeBytes(IP + 12, address) || skb.storeBytes(l4, changed)) return TcAction.Shot;
    Nat.count(0);
    return TcAction.Ok;
  }
}
