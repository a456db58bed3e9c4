import { describe, expect, test } from "vitest";
import { TestingError } from "../../runtime/testing/error.js";
import { readEthernetPcap, readPcap, writePcap } from "../../runtime/testing/pcap.js";

const frame = (n: number): Uint8Array => new Uint8Array(n).map((_, i) => i);
const packets = [
  { bytes: frame(60), timestamp: 1_700_000_000_123_456_789n },
  { bytes: frame(14), timestamp: 1_700_000_001_000_000_001n },
];

/** The same capture as pcap of another byte order and resolution. */
function pcap(little: boolean, nano: boolean): Uint8Array {
  const out: number[] = [];
  const u32 = (v: number): void => {
    const bytes = [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255];
    out.push(...(little ? bytes.reverse() : bytes));
  };
  u32(nano ? 0xa1b23c4d : 0xa1b2c3d4);
  u32(little ? 0x00040002 : 0x00020004);
  for (const v of [0, 0, 65535, 1]) u32(v);
  for (const { bytes, timestamp } of packets) {
    u32(Number(timestamp / 1_000_000_000n));
    u32(Number((timestamp % 1_000_000_000n) / (nano ? 1n : 1000n)));
    u32(bytes.length);
    u32(bytes.length + 4);
    out.push(...bytes);
  }
  return Uint8Array.from(out);
}

/** A pcapng with one interface of a given resolution. */
function pcapng(little: boolean, resolution: number | undefined): Uint8Array {
  const out: number[] = [];
  const int = (v: number, n: number): number[] => {
    const bytes = Array.from({ length: n }, (_, i) => Math.floor(v / 256 ** i) & 255);
    return little ? bytes : bytes.reverse();
  };
  const block = (type: number, body: number[]): void => {
    while (body.length % 4 !== 0) body.push(0);
    const length = body.length + 12;
    out.push(...int(type, 4), ...int(length, 4), ...body, ...int(length, 4));
  };
  block(0x0a0d0d0a, [...int(0x1a2b3c4d, 4), ...int(1, 2), ...int(0, 2), ...int(0xffffffff, 4), ...int(0xffffffff, 4)]);
  const option = resolution === undefined ? [] : [...int(9, 2), ...int(1, 2), resolution, 0, 0, 0, ...int(0, 4)];
  block(1, [...int(1, 2), 0, 0, ...int(0, 4), ...option]);
  block(0x0bad, [1, 2, 3, 4]);
  const perTick = resolution === 9 ? 1n : resolution === 0x83 ? 125_000_000n : 1000n;
  for (const { bytes, timestamp } of packets) {
    const ticks = timestamp / perTick;
    block(6, [
      ...int(0, 4),
      ...int(Number(ticks >> 32n), 4),
      ...int(Number(ticks & 0xffffffffn), 4),
      ...int(bytes.length, 4),
      ...int(bytes.length + 4, 4),
      ...bytes,
    ]); // prettier-ignore
  }
  return Uint8Array.from(out);
}

describe("reading", () => {
  test.each([
    ["little-endian microseconds", pcap(true, false), 1000n],
    ["big-endian microseconds", pcap(false, false), 1000n],
    ["little-endian nanoseconds", pcap(true, true), 1n],
    ["big-endian nanoseconds", pcap(false, true), 1n],
    ["pcapng", pcapng(true, undefined), 1000n],
    ["pcapng, big-endian, nanoseconds", pcapng(false, 9), 1n],
    ["pcapng, eighths of a second", pcapng(true, 0x83), 125_000_000n],
  ])("%s", (_name, bytes, resolution) => {
    const got = readEthernetPcap(bytes);
    expect(got.map((p) => p.bytes)).toEqual(packets.map((p) => p.bytes));
    expect(got.map((p) => p.timestamp)).toEqual(packets.map((p) => p.timestamp - (p.timestamp % resolution)));
    expect(got.map((p) => p.originalLength)).toEqual([64, 18]);
  });

  test("what it writes", () => {
    expect(readPcap(writePcap(packets)).packets.map(({ bytes, timestamp }) => ({ bytes, timestamp }))).toEqual(packets);
    expect(readPcap(writePcap([])).packets).toEqual([]);
    expect(() => readEthernetPcap(writePcap(packets, 101))).toThrow(/PCAP_LINK: .*link type 101/);
  });
});

describe("corrupt captures", () => {
  test.each([
    ["nothing", new Uint8Array(), "PCAP_FORMAT"],
    ["text", new TextEncoder().encode("{}"), "PCAP_FORMAT"],
    ["a header cut", pcap(true, false).subarray(0, 20), "PCAP_TRUNCATED"],
    ["a packet header cut", pcap(true, false).subarray(0, 30), "PCAP_TRUNCATED"],
    ["a packet cut", pcap(true, false).subarray(0, 60), "PCAP_TRUNCATED"],
    ["a block cut", pcapng(true, 9).subarray(0, 100), "PCAP_TRUNCATED"],
  ])("%s", (_name, bytes, code) => {
    expect(() => readPcap(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("any byte changed is read or refused with a code", () => {
    for (const good of [pcap(true, false), pcapng(false, 9)]) {
      for (let at = 0; at < good.length; at++) {
        for (const value of [0, 0x7f, 0xff]) {
          const bytes = good.slice();
          bytes[at] = value;
          try {
            readPcap(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(TestingError);
          }
        }
      }
    }
  });
});
