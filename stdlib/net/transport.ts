/** TCP and UDP headers (RFC 9293, RFC 768). Source: include/uapi/linux/tcp.h, udp.h. */
import { type be16, type be32, u8 } from "../int.js";
import { struct } from "../memory.js";

/** Bits of {@link TcpHdr.flags}. */
export enum TcpFlag {
  Fin = 0x01,
  Syn = 0x02,
  Rst = 0x04,
  Psh = 0x08,
  Ack = 0x10,
  Urg = 0x20,
  Ece = 0x40,
  Cwr = 0x80,
}

/** TCP header without options, 20 bytes. */
@struct
export class TcpHdr {
  source!: be16;
  dest!: be16;
  seq!: be32;
  ackSeq!: be32;
  offsetReserved!: u8;
  flags!: u8;
  window!: be16;
  checksum!: be16;
  urgentPointer!: be16;
  /** Header length in bytes, options included. */
  get headerLength(): u8 {
    return u8((this.offsetReserved >> 4) * 4);
  }
  get fin(): boolean {
    return (this.flags & TcpFlag.Fin) !== 0;
  }
  get syn(): boolean {
    return (this.flags & TcpFlag.Syn) !== 0;
  }
  get rst(): boolean {
    return (this.flags & TcpFlag.Rst) !== 0;
  }
  get psh(): boolean {
    return (this.flags & TcpFlag.Psh) !== 0;
  }
  get ack(): boolean {
    return (this.flags & TcpFlag.Ack) !== 0;
  }
  get urg(): boolean {
    return (this.flags & TcpFlag.Urg) !== 0;
  }
  get ece(): boolean {
    return (this.flags & TcpFlag.Ece) !== 0;
  }
  get cwr(): boolean {
    return (this.flags & TcpFlag.Cwr) !== 0;
  }
}

/** UDP header, 8 bytes. */
@struct
export class UdpHdr {
  source!: be16;
  dest!: be16;
  length!: be16;
  checksum!: be16;
}
