/**
 * A packet filter for one network device. In: frames (Ethernet, up to two VLAN tags, IPv4 or IPv6). Out: a verdict, a
 * count per source address, a count per reason and, for each drop, an event in a ring buffer.
 *
 * What it does not understand passes: a filter that nobody told to drop something must not drop it.
 */
import {
  atomic,
  type Bytes,
  type be16,
  type be32,
  config,
  EtherType,
  EthHdr,
  HashMap,
  htons,
  IpProto,
  Ipv4Hdr,
  type Ipv4Prefix,
  Ipv6ExtHdr,
  Ipv6FragHdr,
  Ipv6Hdr,
  type Ipv6Prefix,
  ktimeGetNs,
  LpmTrie,
  LruHashMap,
  ntohs,
  PerCpuArray,
  RingBuf,
  sizeOf,
  struct,
  u8,
  type u16,
  u32,
  u64,
  VlanHdr,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

/** Why a packet was dropped; `None` is a packet that passed. */
export enum DropReason {
  None = 0,
  /** The source address is in the block list. */
  BlockedSource = 1,
  /** A port rule says so. */
  PortRule = 2,
  /** The destination port is `blockedPort`. */
  BlockedPort = 3,
}

/** What a port rule does with a packet. `Allow` wins over `blockedPort`. */
export enum RuleAction {
  Allow = 0,
  Drop = 1,
}

/** Traffic of one source address. */
@struct
export class FlowStats {
  packets!: u64;
  bytes!: u64;
  dropped!: u64;
  /** Nanoseconds since boot. */
  lastSeen!: u64;
}

/** One dropped packet. */
@struct
export class DropEvent {
  /** Nanoseconds since boot. */
  ts!: u64;
  /** IPv6 source; zero for IPv4. */
  saddr6!: Bytes<16>;
  /** IPv4 source; zero for IPv6. */
  saddr!: be32;
  /** Destination port; zero where there is none. */
  dport!: u16;
  /** Id of the outer VLAN tag; zero without one. */
  vlan!: u16;
  proto!: u8;
  /** A {@link DropReason}. */
  reason!: u8;
  /** 4 or 6. */
  version!: u8;
}

/** Key of a port rule. */
@struct
export class PortKey {
  port!: u16;
  /** {@link IpProto.Tcp} or {@link IpProto.Udp}. */
  proto!: u8;
}

/** A port rule and how often it matched. */
@struct
export class PortRule {
  hits!: u64;
  /** A {@link RuleAction}. */
  action!: u8;
}

/** Source and destination port: the first four bytes of TCP and of UDP. */
@struct
class Ports {
  source!: be16;
  dest!: be16;
}

/** Tags that are looked through: one for 802.1Q, two for QinQ. */
const MAX_VLAN_TAGS = 2;
/** IPv6 extension headers that are looked through. */
const MAX_EXTENSIONS = 6;

export class Firewall {
  /** Per source, least recently seen evicted. */
  static readonly stats = new LruHashMap<be32, FlowStats>(10_000);
  static readonly stats6 = new LruHashMap<Bytes<16>, FlowStats>(10_000);
  /** Block lists: prefix to number of hits. */
  static readonly blocked = new LpmTrie<Ipv4Prefix, u64>(4_096);
  static readonly blocked6 = new LpmTrie<Ipv6Prefix, u64>(4_096);
  static readonly ports = new HashMap<PortKey, PortRule>(1_024);
  static readonly events = new RingBuf<DropEvent>(1 << 18);
  /** Packets by {@link DropReason}. */
  static readonly verdicts = new PerCpuArray<u64>(4);
  /** Drops that the ring buffer had no room to report. */
  static eventsLost: u64 = 0n;
  /** TCP and UDP port to drop; 0 for none. */
  @config static blockedPort: u16 = 0;

  @xdp static filter(ctx: XdpContext): XdpAction {
    const reason = Firewall.inspect(ctx);
    const counter = Firewall.verdicts.lookup(reason);
    if (counter) counter.value += 1n;
    return reason === DropReason.None ? XdpAction.Pass : XdpAction.Drop;
  }

  /** Finds the network header behind the VLAN tags. */
  private static inspect(ctx: XdpContext): DropReason {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return DropReason.None;
    let proto = eth.proto;
    let offset = sizeOf(EthHdr);
    let vlan: u16 = 0;
    for (let tags = 0; tags < MAX_VLAN_TAGS; tags++) {
      if (proto !== htons(EtherType.Vlan) && proto !== htons(EtherType.QinQ)) break;
      const tag = ctx.packet.at(VlanHdr, offset);
      if (!tag) return DropReason.None;
      if (tags === 0) vlan = tag.id;
      proto = tag.proto;
      offset += sizeOf(VlanHdr);
    }
    if (proto === htons(EtherType.Ipv4)) return Firewall.ipv4(ctx, u32(offset), vlan);
    if (proto === htons(EtherType.Ipv6)) return Firewall.ipv6(ctx, u32(offset), vlan);
    return DropReason.None;
  }

  private static ipv4(ctx: XdpContext, offset: u32, vlan: u16): DropReason {
    const ip = ctx.packet.at(Ipv4Hdr, offset);
    if (!ip || ip.ihl < 5) return DropReason.None;
    const stats = Firewall.stats.lookupOrInit(ip.saddr, { packets: 0n, bytes: 0n, dropped: 0n, lastSeen: 0n });
    if (stats) Firewall.count(stats, ctx.length);

    let reason = DropReason.None;
    let dport: u16 = 0;
    const rule = Firewall.blocked.lookup({ prefixLength: 32, address: ip.saddr });
    if (rule) {
      atomic.add(rule, 1n);
      reason = DropReason.BlockedSource;
    } else if (ip.fragmentOffset === 0 && (ip.protocol === IpProto.Tcp || ip.protocol === IpProto.Udp)) {
      const ports = ctx.packet.at(Ports, offset + ip.headerLength);
      if (!ports) return DropReason.None;
      dport = ntohs(ports.dest);
      reason = Firewall.portReason(dport, ip.protocol);
    }
    if (reason === DropReason.None) return reason;

    if (stats) atomic.add(stats.dropped, 1n);
    const event = Firewall.events.reserve();
    if (!event) {
      atomic.add(Firewall.eventsLost, 1n);
      return reason;
    }
    event.ts = ktimeGetNs();
    event.saddr = ip.saddr;
    event.dport = dport;
    event.vlan = vlan;
    event.proto = ip.protocol;
    event.reason = u8(reason);
    event.version = 4;
    Firewall.events.submit(event);
    return reason;
  }

  private static ipv6(ctx: XdpContext, start: u32, vlan: u16): DropReason {
    const ip = ctx.packet.at(Ipv6Hdr, start);
    if (!ip) return DropReason.None;
    const stats = Firewall.stats6.lookupOrInit(ip.saddr, { packets: 0n, bytes: 0n, dropped: 0n, lastSeen: 0n });
    if (stats) Firewall.count(stats, ctx.length);

    let next = ip.nextHeader;
    let offset = start + sizeOf(Ipv6Hdr);
    let firstFragment = true;
    for (let i = 0; i < MAX_EXTENSIONS; i++) {
      if (next === IpProto.Fragment) {
        const fragment = ctx.packet.at(Ipv6FragHdr, offset);
        if (!fragment) return DropReason.None;
        firstFragment = firstFragment && fragment.fragmentOffset === 0;
        next = fragment.nextHeader;
        offset += sizeOf(Ipv6FragHdr);
      } else if (next === IpProto.HopByHop || next === IpProto.Routing || next === IpProto.DestOptions) {
        const extension = ctx.packet.at(Ipv6ExtHdr, offset);
        if (!extension) return DropReason.None;
        next = extension.nextHeader;
        offset += extension.byteLength;
      } else break;
    }

    let reason = DropReason.None;
    let dport: u16 = 0;
    const rule = Firewall.blocked6.lookup({ prefixLength: 128, address: ip.saddr });
    if (rule) {
      atomic.add(rule, 1n);
      reason = DropReason.BlockedSource;
    } else if (firstFragment && (next === IpProto.Tcp || next === IpProto.Udp)) {
      const ports = ctx.packet.at(Ports, offset);
      if (!ports) return DropReason.None;
      dport = ntohs(ports.dest);
      reason = Firewall.portReason(dport, next);
    }
    if (reason === DropReason.None) return reason;

    if (stats) atomic.add(stats.dropped, 1n);
    const event = Firewall.events.reserve();
    if (!event) {
      atomic.add(Firewall.eventsLost, 1n);
      return reason;
    }
    event.ts = ktimeGetNs();
    event.saddr6 = ip.saddr;
    event.dport = dport;
    event.vlan = vlan;
    event.proto = next;
    event.reason = u8(reason);
    event.version = 6;
    Firewall.events.submit(event);
    return reason;
  }

  /** Counts of one source are shared between CPUs. */
  private static count(stats: FlowStats, length: u32): void {
    atomic.add(stats.packets, 1n);
    atomic.add(stats.bytes, u64(length));
    stats.lastSeen = ktimeGetNs();
  }

  private static portReason(port: u16, proto: u8): DropReason {
    const rule = Firewall.ports.lookup({ port, proto });
    if (rule) {
      atomic.add(rule.hits, 1n);
      return rule.action === RuleAction.Drop ? DropReason.PortRule : DropReason.None;
    }
    return Firewall.blockedPort !== 0 && port === Firewall.blockedPort ? DropReason.BlockedPort : DropReason.None;
  }
}
