// A DNS query counter: walks the labels of a name of computed length, byte by byte, inside the packet.
import {
  ArrayMap,
  type Bytes,
  type be16,
  EtherType,
  EthHdr,
  htons,
  IpProto,
  Ipv4Hdr,
  LruHashMap,
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
class DnsHdr {
  id!: be16;
  flags!: be16;
  questions!: be16;
  answers!: be16;
  authority!: be16;
  additional!: be16;
}
@struct
class Byte {
  value!: u8;
}
@struct
class Name {
  text!: Bytes<32>;
}

const MAX_NAME = 31;

export class Dns {
  static readonly names = new LruHashMap<Name, u64>(1024);
  static readonly lengths = new ArrayMap<u64>(64);

  @xdp static run(ctx: XdpContext): XdpAction {
    const cur = ctx.packet.cursor();
    const eth = cur.next(EthHdr);
    if (eth?.proto !== htons(EtherType.Ipv4)) return XdpAction.Pass;
    const ip = cur.next(Ipv4Hdr);
    if (!ip || ip.protocol !== IpProto.Udp) return XdpAction.Pass;
    cur.skip(ip.headerLength - 20);
    const udp = cur.next(UdpHdr);
    if (!udp || udp.dest !== htons(53)) return XdpAction.Pass;
    const dns = cur.next(DnsHdr);
    if (!dns || dns.questions === htons(0)) return XdpAction.Drop;
    const name = new Name();
    let left = 0;
    let length = 0;
    for (let i = 0; i < MAX_NAME; i++) {
      const byte = cur.next(Byte);
      if (!byte) return XdpAction.Drop;
      let c = byte.value;
      if (left === 0) {
        if (c === 0) break;
        left = c + 1;
        c = 46;
      } else if (c >= 65 && c <= 90) c += 32;
      name.text[i] = c;
      left--;
      length++;
    }
    const count = Dns.names.lookupOrInit(name, 0n);
    if (count) count.value += 1n;
    const slot = Dns.lengths.lookup(u32(length));
    if (slot) slot.value += 1n;
    return length > 24 ? XdpAction.Drop : XdpAction.Pass;
  }
}
