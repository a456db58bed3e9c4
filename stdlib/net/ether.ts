/** Ethernet and VLAN headers (IEEE 802.3, 802.1Q). Source: include/uapi/linux/if_ether.h. */
import { type be16, ntohs, u8, u16 } from "../int.js";
import { type Bytes, struct } from "../memory.js";

/** Ethernet protocol ids, host order: compare with `htons(EtherType.Ipv4)`. */
export enum EtherType {
  Ipv4 = 0x0800,
  Arp = 0x0806,
  /** 802.1Q tag. */
  Vlan = 0x8100,
  Ipv6 = 0x86dd,
  /** 802.1ad outer tag. */
  QinQ = 0x88a8,
}

/** Ethernet header, 14 bytes. */
@struct
export class EthHdr {
  dest!: Bytes<6>;
  source!: Bytes<6>;
  proto!: be16;
}

/** VLAN tag as it follows the Ethernet header's protocol, 4 bytes: tag control, then the next protocol. */
@struct
export class VlanHdr {
  tci!: be16;
  proto!: be16;
  /** VLAN id, 12 bits. */
  get id(): u16 {
    return u16(ntohs(this.tci) & 0x0fff);
  }
  /** Priority code point, 3 bits. */
  get priority(): u8 {
    return u8(ntohs(this.tci) >> 13);
  }
  /** Drop eligible indicator. */
  get dropEligible(): boolean {
    return (ntohs(this.tci) & 0x1000) !== 0;
  }
}
