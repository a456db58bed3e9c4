/** ICMP and ICMPv6 headers (RFC 792, RFC 4443, RFC 4861). Source: include/uapi/linux/icmp.h, icmpv6.h. */
import type { be16, u8 } from "../int.js";
import { struct } from "../memory.js";

export enum IcmpType {
  EchoReply = 0,
  DestUnreachable = 3,
  Redirect = 5,
  EchoRequest = 8,
  TimeExceeded = 11,
  ParameterProblem = 12,
}

export enum Icmpv6Type {
  DestUnreachable = 1,
  PacketTooBig = 2,
  TimeExceeded = 3,
  ParameterProblem = 4,
  EchoRequest = 128,
  EchoReply = 129,
  RouterSolicitation = 133,
  RouterAdvertisement = 134,
  NeighborSolicitation = 135,
  NeighborAdvertisement = 136,
  Redirect = 137,
}

/** ICMP header with the two halves of its second word as echo messages use them, 8 bytes. */
@struct
export class IcmpHdr {
  type!: u8;
  code!: u8;
  checksum!: be16;
  echoId!: be16;
  echoSequence!: be16;
}

/** ICMPv6 header, laid out likewise, 8 bytes. */
@struct
export class Icmpv6Hdr {
  type!: u8;
  code!: u8;
  checksum!: be16;
  echoId!: be16;
  echoSequence!: be16;
}
