/**
 * fast-check arbitraries of packets. They are built from fields, so shrinking makes fields simpler and the packet stays
 * well-formed; `any` adds packets that are almost right and ones that are noise.
 */
import fc from "fast-check";
import {
  EtherType,
  type EthFields,
  frameBytes,
  type IcmpFields,
  type Ipv4Fields,
  type Ipv6Fields,
  ipBytes,
  type Layers,
  Protocol,
  type TcpFields,
  type UdpFields,
  type VlanFields,
} from "./build.js";

export type TransportName = "tcp" | "udp" | "icmp";

/** A packet and the fields it was built from. */
export interface PacketOf<Ip> {
  /** The frame, from its Ethernet header on. */
  readonly bytes: Uint8Array;
  readonly eth: EthFields;
  readonly vlans: readonly VlanFields[];
  readonly ip: Ip;
  readonly payload: Uint8Array;
  toString(): string;
}
type Transport<P extends TransportName> = P extends "tcp"
  ? { readonly tcp: TcpFields }
  : P extends "udp"
    ? { readonly udp: UdpFields }
    : { readonly icmp: IcmpFields };
type AnyTransport = {
  readonly tcp?: TcpFields | undefined;
  readonly udp?: UdpFields | undefined;
  readonly icmp?: IcmpFields | undefined;
};
type WithTransport<P extends TransportName | undefined> = P extends TransportName ? Transport<P> : AnyTransport;

export interface PacketOptions<P extends TransportName | undefined = undefined> {
  /** Only this protocol; default: any of the three, and others. */
  readonly proto?: P;
  /** VLAN tags: a number of them, or up to two by default. */
  readonly vlans?: 0 | 1 | 2;
  /** Longest payload in bytes; default 64. */
  readonly maxPayload?: number;
}

/** A frame that need not be well-formed; `kind` says how it was made. */
export interface AnyPacket {
  readonly kind: "ipv4" | "ipv6" | "nearly" | "noise";
  readonly bytes: Uint8Array;
  toString(): string;
}

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
/** Options of IPv4 and TCP: whole words of no-operation. */
const options = fc.integer({ min: 0, max: 10 }).map((words) => new Uint8Array(words * 4).fill(1));
/** Ports that programs care about turn up often. */
const port = fc.oneof(fc.constantFrom(22, 53, 80, 443), u16);

const vlan = fc.record({ protocol: fc.constantFrom<0x8100 | 0x88a8>(0x8100, 0x88a8), tci: u16 });
const tcp = fc.record({
  source: port,
  destination: port,
  sequence: u32,
  acknowledgment: u32,
  flags: u8,
  window: u16,
  options,
});
const udp = fc.record({ source: port, destination: port });
const icmp = fc.record({ type: u8, code: u8, rest: u32 });

type Upper = AnyTransport & { readonly protocol: number };

function upper(proto: TransportName | undefined, version: 4 | 6): fc.Arbitrary<Upper> {
  const made: Readonly<Record<TransportName, fc.Arbitrary<Upper>>> = {
    tcp: tcp.map((fields) => ({ tcp: fields, protocol: Protocol.tcp })),
    udp: udp.map((fields) => ({ udp: fields, protocol: Protocol.udp })),
    icmp: icmp.map((fields) => ({ icmp: fields, protocol: version === 4 ? Protocol.icmp : Protocol.icmpv6 })),
  };
  if (proto !== undefined) return made[proto];
  const other = fc.constantFrom(2, 47, 50, 132, 253).map((protocol): Upper => ({ protocol }));
  return fc.oneof(
    { weight: 4, arbitrary: made.tcp },
    { weight: 4, arbitrary: made.udp },
    { weight: 2, arbitrary: made.icmp },
    { weight: 1, arbitrary: other },
  );
}

const ipv4Header = fc.record({
  version: fc.constant<4>(4),
  tos: u8,
  id: u16,
  fragment: fc.constantFrom(0, 0x4000),
  ttl: fc.integer({ min: 1, max: 255 }),
  source: u32,
  destination: u32,
  options,
});
const ipv6Header = fc.record({
  version: fc.constant<6>(6),
  trafficClass: u8,
  flowLabel: fc.integer({ min: 0, max: 0xfffff }),
  hopLimit: fc.integer({ min: 1, max: 255 }),
  source: bytes(16),
  destination: bytes(16),
});

const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

function build<Ip extends Ipv4Fields | Ipv6Fields>(
  header: fc.Arbitrary<Omit<Ip, "protocol">>,
  version: 4 | 6,
  { proto, vlans, maxPayload = 64 }: PacketOptions<TransportName | undefined>,
): fc.Arbitrary<PacketOf<Ip> & AnyTransport> {
  const tags =
    vlans === undefined ? fc.array(vlan, { maxLength: 2 }) : fc.array(vlan, { minLength: vlans, maxLength: vlans });
  return fc
    .record({
      destination: bytes(6),
      source: bytes(6),
      vlans: tags,
      header,
      upper: upper(proto, version),
      payload: fc.uint8Array({ maxLength: maxPayload }),
    })
    .map((p) => {
      const { protocol, ...transport } = p.upper;
      const ip = { ...p.header, protocol } as Ip;
      const eth = {
        destination: p.destination,
        source: p.source,
        type: version === 4 ? EtherType.ipv4 : EtherType.ipv6,
      };
      const layers: Layers = { ip, ...transport, payload: p.payload };
      const frame = frameBytes(eth, p.vlans, ipBytes(layers));
      return { bytes: frame, eth, vlans: p.vlans, ip, ...transport, payload: p.payload, toString: () => hex(frame) };
    });
}

/** IPv4 packets with right lengths and checksums. @example packets.ipv4({ proto: "tcp" }) */
function ipv4<P extends TransportName | undefined = undefined>(
  options_: PacketOptions<P> = {},
): fc.Arbitrary<PacketOf<Ipv4Fields> & WithTransport<P>> {
  return build<Ipv4Fields>(ipv4Header, 4, options_) as fc.Arbitrary<PacketOf<Ipv4Fields> & WithTransport<P>>;
}

/** IPv6 packets with right lengths and checksums. */
function ipv6<P extends TransportName | undefined = undefined>(
  options_: PacketOptions<P> = {},
): fc.Arbitrary<PacketOf<Ipv6Fields> & WithTransport<P>> {
  return build<Ipv6Fields>(ipv6Header, 6, options_) as fc.Arbitrary<PacketOf<Ipv6Fields> & WithTransport<P>>;
}

const asAny = (kind: AnyPacket["kind"], data: Uint8Array): AnyPacket => ({
  kind,
  bytes: data,
  toString: () => `${kind} ${hex(data)}`,
});

/** Well-formed packets with a few bytes changed, or cut anywhere behind the Ethernet header. */
function nearly(): fc.Arbitrary<AnyPacket> {
  return fc
    .record({
      packet: fc.oneof(ipv4(), ipv6()),
      edits: fc.array(fc.record({ at: fc.nat(200), value: u8 }), { maxLength: 4 }),
      cut: fc.option(fc.nat(120)),
    })
    .map(({ packet, edits, cut }) => {
      const changed = packet.bytes.slice();
      for (const { at, value } of edits) changed[14 + (at % Math.max(1, changed.length - 14))] = value;
      return asAny("nearly", cut === null ? changed : changed.subarray(0, Math.max(14, changed.length - cut)));
    });
}

/** Any frame of at least 14 bytes: well-formed, almost so, or noise. */
function any(): fc.Arbitrary<AnyPacket> {
  return fc.oneof(
    ipv4().map((p) => asAny("ipv4", p.bytes)),
    ipv6().map((p) => asAny("ipv6", p.bytes)),
    nearly(),
    fc.uint8Array({ minLength: 14, maxLength: 256 }).map((data) => asAny("noise", data)),
  );
}

/** Arbitraries of packets for fast-check. */
export const packets = { ipv4, ipv6, nearly, any } as const;
