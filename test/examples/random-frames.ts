/**
 * Random frames: mostly well-formed, with everything the examples look at (VLAN tags, IPv4 options and fragments, IPv6
 * extension headers, addresses and ports from small pools so that rules match), and some cut short or with flipped bytes.
 */
import type { Random } from "../harness/random.js";

export const SOURCES = { blocked: [10, 66, 0, 9], blocked6: [0x20, 0x01, 0x0d, 0xb8, 0, 0x66] } as const;
const PORTS = [22, 23, 53, 80, 443, 8080] as const;
const PROTOCOLS = [6, 6, 6, 17, 17, 17, 1, 58, 132] as const;

const be16 = (x: number): number[] => [(x >> 8) & 255, x & 255];

/**
 * A frame of at least 15 bytes: BPF_PROG_TEST_RUN wants an Ethernet header, and for socket buffers something behind it
 * (net/bpf/test_run.c, bpf_test_init and bpf_prog_test_run_skb).
 */
export function randomFrame(r: Random): Uint8Array {
  const bytes = frame(r);
  if (r.oneIn(12)) bytes.length = 15 + r.below(Math.max(1, bytes.length - 15));
  if (r.oneIn(15)) bytes[12 + r.below(bytes.length - 12)] = r.below(256);
  return Uint8Array.from(bytes);
}

function frame(r: Random): number[] {
  const tags = r.pick([0, 0, 0, 1, 1, 2, 3]);
  const head = [...r.bytes(12)];
  for (let i = 0; i < tags; i++)
    head.push(
      ...r.pick([
        [0x81, 0],
        [0x88, 0xa8],
      ]),
      ...r.bytes(2),
    );
  switch (r.below(8)) {
    case 0:
      return [...head, ...be16(r.pick([0x0806, 0x88cc, 0x8847, r.below(65536)])), ...r.bytes(28)];
    case 1:
    case 2:
    case 3:
      return [...head, 0x86, 0xdd, ...ipv6(r)];
    default:
      return [...head, 0x08, 0x00, ...ipv4(r)];
  }
}

const layer4 = (r: Random): number[] => [
  ...be16(1024 + r.below(60_000)),
  ...be16(r.pick(PORTS)),
  ...r.bytes(4 + r.below(40)),
];

function ipv4(r: Random): number[] {
  const words = r.pick([5, 5, 5, 6, 8, 15, r.below(16)]);
  const fragment = r.pick([0, 0, 0, 0x4000, 0x2000, 0x2000 | r.below(0x2000), r.below(0x2000)]);
  const source = r.oneIn(6)
    ? [...SOURCES.blocked.slice(0, 2), r.below(2), r.below(16)]
    : [10, r.below(3), 0, r.below(40)];
  const fixed = [0x40 | words, 0, ...be16(40), ...r.bytes(2), ...be16(fragment), 64, r.pick(PROTOCOLS), ...r.bytes(2)];
  return [...fixed, ...source, 10, 0, 0, 1, ...r.bytes(Math.max(0, words * 4 - 20)), ...layer4(r)];
}

function ipv6(r: Random): number[] {
  const source = r.oneIn(6)
    ? [...SOURCES.blocked6, ...r.bytes(1), ...new Array(8).fill(0), r.below(4)]
    : [0xfd, 0x99, ...new Array(13).fill(0), r.below(40)];
  let next = r.pick(PROTOCOLS) as number;
  const extensions: number[] = [];
  for (let left = r.pick([0, 0, 0, 1, 2, 5, 6, 7]); left > 0; left--) {
    const kind = r.pick([0, 43, 44, 60]);
    if (kind === 44) extensions.unshift(next, 0, ...be16(r.pick([0, 1, r.below(65536)])), ...r.bytes(4));
    else {
      const units = r.pick([0, 0, 0, 1, 3]);
      extensions.unshift(next, units, ...r.bytes(6 + units * 8));
    }
    next = kind;
  }
  const length = extensions.length + 20;
  return [0x60, ...r.bytes(3), ...be16(length), next, 64, ...source, ...r.bytes(16), ...extensions, ...layer4(r)];
}
