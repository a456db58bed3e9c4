/**
 * Capture files: pcap (micro- and nanosecond, both byte orders) and pcapng -> packets, and packets -> pcap. Input:
 * untrusted bytes. Every length is checked against the file; the work is linear in its size.
 */
import { TestingError } from "./error.js";
import { isPcapng, readPcapng } from "./pcapng.js";

/** One captured frame. */
export interface CapturedPacket {
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  /** Length on the wire; larger than `bytes` when the capture was cut. */
  readonly originalLength: number;
}
export interface Capture {
  readonly packets: readonly CapturedPacket[];
  /** LINKTYPE_*: 1 is Ethernet. */
  readonly linkType: number;
}

export const LINKTYPE_ETHERNET = 1;
const MAGIC_MICRO = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const HEADER = 24;
const RECORD = 16;
/** Longer than any capture length in use (tcpdump's largest is 262144). */
export const MAX_FRAME = 1 << 20;

function variant(view: DataView): { little: boolean; nano: boolean } | undefined {
  for (const little of [true, false]) {
    const magic = view.getUint32(0, little);
    if (magic === MAGIC_MICRO || magic === MAGIC_NANO) return { little, nano: magic === MAGIC_NANO };
  }
  return undefined;
}

/**
 * Reads a capture.
 * @throws TestingError `PCAP_FORMAT` (no capture, or a version that does not exist), `PCAP_TRUNCATED` (ends inside a
 *   record, with its number and place)
 * @example readPcap(readFileSync("capture.pcap")).packets.map((p) => p.bytes)
 */
export function readPcap(bytes: Uint8Array): Capture {
  if (isPcapng(bytes)) return readPcapng(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length >= 4 ? variant(view) : undefined;
  if (kind === undefined) throw new TestingError("PCAP_FORMAT", "the file is neither pcap nor pcapng");
  if (bytes.length < HEADER)
    throw new TestingError("PCAP_TRUNCATED", `the file header needs ${HEADER} bytes, the file has ${bytes.length}`);
  const { little, nano } = kind;
  const major = view.getUint16(4, little);
  if (major !== 2) throw new TestingError("PCAP_FORMAT", `pcap version ${major} is unknown`);
  const packets: CapturedPacket[] = [];
  let at = HEADER;
  while (at < bytes.length) {
    const where = `packet ${packets.length + 1} at byte ${at}`;
    if (at + RECORD > bytes.length) throw new TestingError("PCAP_TRUNCATED", `${where}: its header is cut`);
    const length = view.getUint32(at + 8, little);
    if (length > MAX_FRAME) throw new TestingError("PCAP_FORMAT", `${where}: a length of ${length} bytes cannot be`);
    if (at + RECORD + length > bytes.length) {
      throw new TestingError(
        "PCAP_TRUNCATED",
        `${where}: ${length} bytes announced, ${bytes.length - at - RECORD} there`,
      );
    }
    const fraction = BigInt(view.getUint32(at + 4, little)) * (nano ? 1n : 1000n);
    packets.push({
      bytes: bytes.slice(at + RECORD, at + RECORD + length),
      timestamp: BigInt(view.getUint32(at, little)) * 1_000_000_000n + fraction,
      originalLength: view.getUint32(at + 12, little),
    });
    at += RECORD + length;
  }
  // The upper half of the word says whether frames carry a checksum behind them.
  return { packets, linkType: view.getUint32(20, little) & 0xffff };
}

/** Reads a capture of Ethernet frames. @throws TestingError as {@link readPcap}, `PCAP_LINK` for another link type */
export function readEthernetPcap(bytes: Uint8Array): readonly CapturedPacket[] {
  const { packets, linkType } = readPcap(bytes);
  if (linkType !== LINKTYPE_ETHERNET) {
    throw new TestingError("PCAP_LINK", `the capture has link type ${linkType}; Ethernet (1) is needed`);
  }
  return packets;
}

/** Writes a little-endian pcap with nanoseconds, link type Ethernet unless told. */
export function writePcap(
  packets: readonly Pick<CapturedPacket, "bytes" | "timestamp">[],
  linkType = LINKTYPE_ETHERNET,
): Uint8Array {
  const out = new Uint8Array(packets.reduce((n, p) => n + RECORD + p.bytes.length, HEADER));
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC_NANO, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, linkType, true);
  let at = HEADER;
  for (const { bytes, timestamp } of packets) {
    view.setUint32(at, Number((timestamp / 1_000_000_000n) & 0xffff_ffffn), true);
    view.setUint32(at + 4, Number(timestamp % 1_000_000_000n), true);
    view.setUint32(at + 8, bytes.length, true);
    view.setUint32(at + 12, bytes.length, true);
    out.set(bytes, at + RECORD);
    at += RECORD + bytes.length;
  }
  return out;
}
