/** Fields -> frames: Ethernet, VLAN tags, IPv4 or IPv6, TCP, UDP or ICMP, with lengths and checksums as they must be. */

export interface EthFields {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** EtherType of what follows all VLAN tags. */
  readonly type: number;
}
export interface VlanFields {
  readonly protocol: 0x8100 | 0x88a8;
  /** Priority, drop bit and id. */
  readonly tci: number;
}
export interface Ipv4Fields {
  readonly version: 4;
  readonly tos: number;
  readonly id: number;
  /** Flags and fragment offset: 0x4000 is "don't fragment". */
  readonly fragment: number;
  readonly ttl: number;
  readonly protocol: number;
  /** Addresses as numbers in host order. */
  readonly source: number;
  readonly destination: number;
  /** A multiple of 4 bytes, at most 40. */
  readonly options: Uint8Array;
}
export interface Ipv6Fields {
  readonly version: 6;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly hopLimit: number;
  readonly protocol: number;
  /** 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}
export interface TcpFields {
  readonly source: number;
  readonly destination: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  readonly flags: number;
  readonly window: number;
  /** A multiple of 4 bytes, at most 40. */
  readonly options: Uint8Array;
}
export interface UdpFields {
  readonly source: number;
  readonly destination: number;
}
export interface IcmpFields {
  readonly type: number;
  readonly code: number;
  readonly rest: number;
}

export const Protocol = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
export const EtherType = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;

/** Internet checksum (RFC 1071) over big-endian words. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  let odd = 0;
  for (const part of parts) {
    for (const byte of part) {
      sum += odd === 0 ? byte << 8 : byte;
      odd ^= 1;
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

/** Big-endian bytes: [value, size] pairs and byte strings. */
export function pack(...parts: readonly (readonly [number, 1 | 2 | 4] | Uint8Array)[]): Uint8Array {
  const out: number[] = [];
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      out.push(...part);
      continue;
    }
    const [value, size] = part;
    for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) out.push((value >>> shift) & 0xff);
  }
  return Uint8Array.from(out);
}

/** Network and transport layers of a packet. */
export interface Layers {
  readonly ip: Ipv4Fields | Ipv6Fields;
  readonly tcp?: TcpFields | undefined;
  readonly udp?: UdpFields | undefined;
  readonly icmp?: IcmpFields | undefined;
  readonly payload: Uint8Array;
}

function pseudoHeader(ip: Ipv4Fields | Ipv6Fields, length: number): Uint8Array {
  if (ip.version === 4) return pack([ip.source, 4], [ip.destination, 4], [ip.protocol, 2], [length, 2]);
  return pack(ip.source, ip.destination, [length, 4], [ip.protocol, 4]);
}

function withChecksum(segment: Uint8Array, at: number, ...before: readonly Uint8Array[]): Uint8Array {
  const sum = checksum(...before, segment);
  segment.set(pack([sum, 2]), at);
  return segment;
}

function transport({ ip, tcp, udp, icmp, payload }: Layers): Uint8Array {
  if (tcp !== undefined) {
    const offset = ((20 + tcp.options.length) / 4) << 4;
    const segment = pack(
      [tcp.source, 2],
      [tcp.destination, 2],
      [tcp.sequence, 4],
      [tcp.acknowledgment, 4],
      [offset, 1],
      [tcp.flags, 1],
      [tcp.window, 2],
      [0, 4],
      tcp.options,
      payload,
    ); // prettier-ignore
    return withChecksum(segment, 16, pseudoHeader(ip, segment.length));
  }
  if (udp !== undefined) {
    const datagram = pack([udp.source, 2], [udp.destination, 2], [8 + payload.length, 2], [0, 2], payload);
    const sum = checksum(pseudoHeader(ip, datagram.length), datagram);
    // 0 means that there is no checksum (RFC 768): a computed 0 goes out as 0xffff.
    datagram.set(pack([sum === 0 ? 0xffff : sum, 2]), 6);
    return datagram;
  }
  if (icmp !== undefined) {
    const message = pack([icmp.type, 1], [icmp.code, 1], [0, 2], [icmp.rest, 4], payload);
    return ip.version === 4 ? withChecksum(message, 2) : withChecksum(message, 2, pseudoHeader(ip, message.length));
  }
  return payload;
}

/** The IP packet. */
export function ipBytes(layers: Layers): Uint8Array {
  const body = transport(layers);
  const { ip } = layers;
  if (ip.version === 6) {
    const first = 0x6000_0000 + ip.trafficClass * 0x10_0000 + ip.flowLabel;
    return pack(
      [first >>> 0, 4],
      [body.length, 2],
      [ip.protocol, 1],
      [ip.hopLimit, 1],
      ip.source,
      ip.destination,
      body,
    );
  }
  const words = 5 + ip.options.length / 4;
  const header = pack(
    [0x40 + words, 1],
    [ip.tos, 1],
    [words * 4 + body.length, 2],
    [ip.id, 2],
    [ip.fragment, 2],
    [ip.ttl, 1],
    [ip.protocol, 1],
    [0, 2],
    [ip.source, 4],
    [ip.destination, 4],
    ip.options,
  ); // prettier-ignore
  return pack(withChecksum(header, 10), body);
}

/** The frame. */
export function frameBytes(eth: EthFields, vlans: readonly VlanFields[], body: Uint8Array): Uint8Array {
  const tags = vlans.flatMap((tag) => [[tag.protocol, 2] as const, [tag.tci, 2] as const]);
  return pack(eth.destination, eth.source, ...tags, [eth.type, 2], body);
}
