/** Frames that the run-time benchmarks feed: one per path through the examples. */

const MACS = [0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2];
/** Zero bytes behind the headers, so that frames have the least length that Ethernet allows. */
const padded = (bytes: number[]): Uint8Array =>
  Uint8Array.from([...bytes, ...new Array(Math.max(0, 64 - bytes.length)).fill(0)]);

const be16 = (x: number): number[] => [x >> 8, x & 255];
const ipv4 = (source: number[], protocol: number): number[] => [
  ...[0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, protocol, 0, 0],
  ...source,
  ...[10, 0, 0, 1],
];
const ipv6 = (last: number, next: number): number[] => [
  ...[0x60, 0, 0, 0, 0, 20, next, 64],
  ...[0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last],
  ...[0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
];
const ports = (dest: number): number[] => [...be16(40_000), ...be16(dest)];
const IPV4 = [0x08, 0x00];
const IPV6 = [0x86, 0xdd];

export const BLOCKED_PORT = 22;
/** 10.0.0.66 */
export const BLOCKED_SOURCE = 0x0a000042;

export const frames = {
  "IPv4 TCP": padded([...MACS, ...IPV4, ...ipv4([10, 0, 0, 2], 6), ...ports(80)]),
  "IPv4 to the blocked port": padded([...MACS, ...IPV4, ...ipv4([10, 0, 0, 2], 6), ...ports(BLOCKED_PORT)]),
  "IPv4 from a blocked source": padded([...MACS, ...IPV4, ...ipv4([10, 0, 0, 66], 17), ...ports(53)]),
  "IPv6 UDP": padded([...MACS, ...IPV6, ...ipv6(2, 17), ...ports(53)]),
  "IPv6 with a hop-by-hop header": padded([...MACS, ...IPV6, ...ipv6(2, 0), 17, 0, 1, 4, 0, 0, 0, 0, ...ports(53)]),
  "two VLAN tags, IPv4 TCP": padded([
    ...[...MACS, 0x88, 0xa8, 0, 200, 0x81, 0, 0, 100],
    ...[...IPV4, ...ipv4([10, 0, 0, 2], 6), ...ports(80)],
  ]),
  ARP: padded([...MACS, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1]),
} as const satisfies Record<string, Uint8Array>;

export type FrameName = keyof typeof frames;
