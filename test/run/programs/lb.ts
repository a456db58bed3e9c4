// A layer-4 load balancer: connection table, incremental checksums, headers found by a cursor over IPv4 options.
import {
  ArrayMap,
  type Bytes,
  type be16,
  type be32,
  config,
  EtherType,
  EthHdr,
  htons,
  IcmpHdr,
  IcmpType,
  IpProto,
  Ipv4Hdr,
  LruHashMap,
  ntohl,
  ntohs,
  struct,
  TcpHdr,
  UdpHdr,
  type u8,
  u16,
  u32,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";
@struct
export class Backend {
  ip!: be32;
  mac!: Bytes<6>;
  weight!: u16;
}
@struct
export class Conn {
  saddr!: be32;
  daddr!: be32;
  sport!: be16;
  dport!: be16;
  proto!: u8;
}
export class Lb {
  static readonly backends = new ArrayMap<Backend>(16);
  static readonly conns = new LruHashMap<Conn, u32>(65536);
  @config static vip: u32 = 0x0a000001;
  @config static count: u32 = 4;
  static fixup(check: be16, from: u32, to: u32): be16 {
    let sum =
      (~ntohs(check) & 0xffff) + (~(from >> 16) & 0xffff) + (~(from & 0xffff) & 0xffff) + (to >> 16) + (to & 0xffff);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return htons(u16(~sum));
  }
  static hash(c: Conn): u32 {
    let h = u32(ntohl(c.saddr));
    h ^= ntohl(c.daddr);
    h = u32(h * 0x9e3779b1);
    h ^= u32(ntohs(c.sport) << 16) | ntohs(c.dport);
    return h;
  }
  @xdp static run(ctx: XdpContext): XdpAction {
    const cur = ctx.packet.cursor();
    const eth = cur.next(EthHdr);
    if (!eth || eth.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = cur.next(Ipv4Hdr);
    if (!ip || ip.headerLength < 20 || ip.isFragment) return XdpAction.Pass;
    if (ntohl(ip.daddr) !== Lb.vip) return XdpAction.Pass;
    if (ip.headerLength > 20) cur.skip(ip.headerLength - 20);
    const key = new Conn();
    key.saddr = ip.saddr;
    key.daddr = ip.daddr;
    key.proto = ip.protocol;
    let tcp: TcpHdr | undefined;
    let udp: UdpHdr | undefined;
    switch (ip.protocol) {
      case IpProto.Tcp:
        tcp = cur.next(TcpHdr);
        if (!tcp) return XdpAction.Drop;
        key.sport = tcp.source;
        key.dport = tcp.dest;
        break;
      case IpProto.Udp:
        udp = cur.next(UdpHdr);
        if (!udp) return XdpAction.Drop;
        key.sport = udp.source;
        key.dport = udp.dest;
        break;
      case IpProto.Icmp: {
        const icmp = cur.next(IcmpHdr);
        if (icmp?.type === IcmpType.EchoRequest) return XdpAction.Pass;
        return XdpAction.Drop;
      }
      default:
        return XdpAction.Pass;
    }
    let index = Lb.conns.lookup(key)?.value ?? 0xffff;
    if (index === 0xffff) {
      index = Lb.hash(key) % Lb.count;
      Lb.conns.update(key, u32(index));
    }
    const backend = Lb.backends.lookup(u32(index));
    if (!backend) return XdpAction.Aborted;
    const old = ntohl(ip.daddr);
    const to = ntohl(backend.ip);
    ip.daddr = backend.ip;
    ip.checksum = Lb.fixup(ip.checksum, old, to);
    if (tcp) tcp.checksum = Lb.fixup(tcp.checksum, old, to);
    else if (udp && udp.checksum !== htons(0)) udp.checksum = Lb.fixup(udp.checksum, old, to);
    eth.dest = backend.mac;
    return XdpAction.Tx;
  }
}
