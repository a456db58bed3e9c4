/** ARP for IPv4 over Ethernet (RFC 826). Source: include/uapi/linux/if_arp.h. */
import type { be16, u8 } from "../int.js";
import { type Bytes, struct } from "../memory.js";

/** ARP operations. */
export enum ArpOp {
  Request = 1,
  Reply = 2,
}

/** ARP packet for IPv4 over Ethernet, 28 bytes. Addresses are bytes: they are not aligned. */
@struct
export class ArpHdr {
  hardwareType!: be16;
  protocolType!: be16;
  hardwareLength!: u8;
  protocolLength!: u8;
  operation!: be16;
  senderMac!: Bytes<6>;
  senderIp!: Bytes<4>;
  targetMac!: Bytes<6>;
  targetIp!: Bytes<4>;
}
