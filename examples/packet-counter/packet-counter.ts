/**
 * Counts packets and bytes by protocol and direction, per CPU: received ones before the network stack sees them (XDP),
 * sent ones behind it (traffic control). Every packet goes on its way.
 */
import {
  EtherType,
  EthHdr,
  htons,
  Ipv4Hdr,
  Ipv6Hdr,
  ntohs,
  type Packet,
  PerCpuArray,
  PerCpuHashMap,
  type SkBuff,
  struct,
  TcAction,
  tc,
  type u16,
  type u32,
  u64,
  XdpAction,
  type XdpContext,
  xdp,
} from "ebpftsc";

@struct
export class Counter {
  packets!: u64;
  bytes!: u64;
}

/** What {@link PacketCounter.protocolOf} gives for packets that are not IP. */
const NOT_IP = -1;

export class PacketCounter {
  /** Received and sent IP packets by protocol number: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6, … */
  static readonly received = new PerCpuArray<Counter>(256);
  static readonly sent = new PerCpuArray<Counter>(256);
  /** Packets that are not IP, both directions, by EtherType (host order). */
  static readonly others = new PerCpuHashMap<u16, Counter>(64);

  @xdp static receive(ctx: XdpContext): XdpAction {
    const protocol = PacketCounter.protocolOf(ctx.packet, ctx.length);
    if (protocol !== NOT_IP) {
      const counter = PacketCounter.received.lookup(protocol);
      if (counter) PacketCounter.count(counter, ctx.length);
    }
    return XdpAction.Pass;
  }

  @tc("egress") static send(skb: SkBuff): TcAction {
    const protocol = PacketCounter.protocolOf(skb.packet, skb.length);
    if (protocol !== NOT_IP) {
      const counter = PacketCounter.sent.lookup(protocol);
      if (counter) PacketCounter.count(counter, skb.length);
    }
    return TcAction.Ok;
  }

  /** The IP protocol number, or {@link NOT_IP}; those others are counted here. */
  private static protocolOf(packet: Packet, length: u32): number {
    const cursor = packet.cursor();
    const eth = cursor.next(EthHdr);
    if (!eth) return NOT_IP;
    switch (eth.proto) {
      case htons(EtherType.Ipv4):
        return cursor.next(Ipv4Hdr)?.protocol ?? NOT_IP;
      case htons(EtherType.Ipv6):
        return cursor.next(Ipv6Hdr)?.nextHeader ?? NOT_IP;
      default: {
        const counter = PacketCounter.others.lookupOrInit(ntohs(eth.proto), { packets: 0n, bytes: 0n });
        if (counter) PacketCounter.count(counter, length);
        return NOT_IP;
      }
    }
  }

  /** Each CPU has its own counters, so plain additions lose nothing. */
  private static count(counter: Counter, length: u32): void {
    counter.packets += 1n;
    counter.bytes += u64(length);
  }
}
