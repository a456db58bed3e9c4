/** pcapng (IETF draft-ietf-opsawg-pcapng): section, interface, enhanced, simple and old packet blocks; others are skipped. */
import { TestingError } from "./error.js";
import type { Capture, CapturedPacket } from "./pcap.js";

const Block = { Section: 0x0a0d0d0a, Interface: 1, OldPacket: 2, SimplePacket: 3, EnhancedPacket: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
/** if_tsresol option. */
const OPTION_RESOLUTION = 9;
const MIN_BLOCK = 12;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Ticks a second. */
  readonly ticks: bigint;
}

/** Does a file begin with a section header block? */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && bytes[0] === 0x0a && bytes[1] === 0x0d && bytes[2] === 0x0d && bytes[3] === 0x0a;
}

function cut(at: number, what: string): TestingError {
  return new TestingError("PCAP_TRUNCATED", `block at byte ${at}: ${what}`);
}

function resolution(view: DataView, from: number, to: number, little: boolean): bigint {
  for (let at = from; at + 4 <= to; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0) break;
    if (code === OPTION_RESOLUTION && length === 1 && at + 5 <= to) {
      const value = view.getUint8(at + 4);
      // The highest bit chooses a power of two.
      return (value & 0x80) !== 0 ? 1n << BigInt(value & 0x7f) : 10n ** BigInt(value);
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1_000_000n;
}

/** @throws TestingError `PCAP_FORMAT`, `PCAP_TRUNCATED` */
export function readPcapng(bytes: Uint8Array): Capture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: CapturedPacket[] = [];
  let interfaces: Interface[] = [];
  let linkType: number | undefined;
  let little = true;
  for (let at = 0; at < bytes.length; ) {
    if (at + MIN_BLOCK > bytes.length) throw cut(at, "its header is cut");
    const type = view.getUint32(at, little);
    if (type === Block.Section) {
      // A section chooses the byte order anew.
      little = view.getUint32(at + 8, true) === BYTE_ORDER;
      if (!little && view.getUint32(at + 8) !== BYTE_ORDER)
        throw new TestingError("PCAP_FORMAT", `section at byte ${at}: no byte-order magic`);
      interfaces = [];
    }
    const length = view.getUint32(at + 4, little);
    if (length < MIN_BLOCK || length % 4 !== 0)
      throw new TestingError("PCAP_FORMAT", `block at byte ${at}: a length of ${length} cannot be`);
    if (at + length > bytes.length) throw cut(at, `${length} bytes announced, ${bytes.length - at} there`);
    const end = at + length - 4;
    const need = (n: number): void => {
      if (at + n > end) throw new TestingError("PCAP_FORMAT", `block at byte ${at}: too short for its type`);
    };
    const take = (from: number, captured: number, original: number, timestamp: bigint): void => {
      if (from + captured > end)
        throw new TestingError("PCAP_FORMAT", `block at byte ${at}: ${captured} packet bytes do not fit in it`);
      packets.push({ bytes: bytes.slice(from, from + captured), timestamp, originalLength: original });
    };
    const used = (index: number): Interface => {
      const found = interfaces[index];
      if (found === undefined)
        throw new TestingError("PCAP_FORMAT", `block at byte ${at}: there is no interface ${index}`);
      if (linkType !== undefined && linkType !== found.linkType)
        throw new TestingError("PCAP_FORMAT", "interfaces of different link types in one file");
      linkType = found.linkType;
      return found;
    };
    if (type === Block.Interface) {
      need(16);
      interfaces.push({
        linkType: view.getUint16(at + 8, little),
        snapLength: view.getUint32(at + 12, little),
        ticks: resolution(view, at + 16, end, little),
      });
    } else if (type === Block.EnhancedPacket || type === Block.OldPacket) {
      need(28);
      const { ticks } = used(
        type === Block.OldPacket ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little),
      );
      const stamp = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
      take(at + 28, view.getUint32(at + 20, little), view.getUint32(at + 24, little), (stamp * 1_000_000_000n) / ticks);
    } else if (type === Block.SimplePacket) {
      need(12);
      const original = view.getUint32(at + 8, little);
      const { snapLength } = used(0);
      take(at + 12, Math.min(original, snapLength || original, end - at - 12), original, 0n);
    }
    at += length;
  }
  return { packets, linkType: linkType ?? 1 };
}
