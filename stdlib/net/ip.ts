/** IPv4 and IPv6 headers (RFC 791, RFC 8200). Source: include/uapi/linux/ip.h, ipv6.h, in.h. */
import { type be16, type be32, ntohl, ntohs, u8, u16, u32 } from "../int.js";
import { type Bytes, struct } from "../memory.js";

/** IP protocol numbers (IPPROTO_*). */
export enum IpProto {
  HopByHop = 0,
  Icmp = 1,
  Igmp = 2,
  Ipip = 4,
  Tcp = 6,
  Udp = 17,
  Ipv6 = 41,
  Routing = 43,
  Fragment = 44,
  Gre = 47,
  Esp = 50,
  Ah = 51,
  Icmpv6 = 58,
  NoNext = 59,
  DestOptions = 60,
  Sctp = 132,
}

/** IPv4 header without options, 20 bytes. */
@struct
export class Ipv4Hdr {
  versionIhl!: u8;
  tos!: u8;
  totalLength!: be16;
  id!: be16;
  fragment!: be16;
  ttl!: u8;
  protocol!: u8;
  checksum!: be16;
  saddr!: be32;
  daddr!: be32;
  /** 4. */
  get version(): u8 {
    return u8(this.versionIhl >> 4);
  }
  /** Header length in 32-bit words: 5 without options. */
  get ihl(): u8 {
    return u8(this.versionIhl & 0x0f);
  }
  /** Header length in bytes, options included: 20 to 60 when valid. */
  get headerLength(): u8 {
    return u8((this.versionIhl & 0x0f) * 4);
  }
  /** Differentiated services code point, 6 bits. */
  get dscp(): u8 {
    return u8(this.tos >> 2);
  }
  /** Explicit congestion notification, 2 bits. */
  get ecn(): u8 {
    return u8(this.tos & 3);
  }
  /** Offset of this fragment in bytes. */
  get fragmentOffset(): u16 {
    return u16((ntohs(this.fragment) & 0x1fff) * 8);
  }
  get dontFragment(): boolean {
    return (ntohs(this.fragment) & 0x4000) !== 0;
  }
  get moreFragments(): boolean {
    return (ntohs(this.fragment) & 0x2000) !== 0;
  }
  /** Whether this is a piece of a fragmented packet: only the first one has the next header. */
  get isFragment(): boolean {
    return (ntohs(this.fragment) & 0x3fff) !== 0;
  }
}

/** IPv6 header, 40 bytes. */
@struct
export class Ipv6Hdr {
  versionClassFlow!: be32;
  payloadLength!: be16;
  nextHeader!: u8;
  hopLimit!: u8;
  saddr!: Bytes<16>;
  daddr!: Bytes<16>;
  /** 6. */
  get version(): u8 {
    return u8(ntohl(this.versionClassFlow) >> 28);
  }
  get trafficClass(): u8 {
    return u8(ntohl(this.versionClassFlow) >> 20);
  }
  get flowLabel(): u32 {
    return u32(ntohl(this.versionClassFlow) & 0xfffff);
  }
}

/** Start of IPv6 extension headers (hop-by-hop, routing, destination options), 2 bytes, and their length. */
@struct
export class Ipv6ExtHdr {
  nextHeader!: u8;
  /** In units of 8 bytes, the first not counted. */
  length!: u8;
  /** Bytes of the whole extension header. */
  get byteLength(): u16 {
    return u16((this.length + 1) * 8);
  }
}

/** IPv6 fragment header, 8 bytes. */
@struct
export class Ipv6FragHdr {
  nextHeader!: u8;
  reserved!: u8;
  fragment!: be16;
  id!: be32;
  get fragmentOffset(): u16 {
    return u16(ntohs(this.fragment) & 0xfff8);
  }
  get moreFragments(): boolean {
    return (ntohs(this.fragment) & 1) !== 0;
  }
}

/** Key of an LPM trie over IPv4 addresses: 8 bytes. */
@struct
export class Ipv4Prefix {
  /** Bits of the prefix, 0 to 32. */
  prefixLength!: u32;
  address!: be32;
}

/** Key of an LPM trie over IPv6 addresses: 20 bytes. */
@struct
export class Ipv6Prefix {
  /** Bits of the prefix, 0 to 128. */
  prefixLength!: u32;
  address!: Bytes<16>;
}
