/** The firewall on a real device: real packets over IPv4 and IPv6, counted, dropped and reported. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { attachXdp } from "../../runtime/kernel/attach/xdp.js";
import type { ArrayMap } from "../../runtime/kernel/maps/array-map.js";
import type { KeyedMap } from "../../runtime/kernel/maps/keyed-map.js";
import type { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import { announceSkip, kernelSkipReason, VethPair } from "../kernel/support.js";
import { openExample, records, sendDatagrams } from "./live.js";

interface Stats {
  packets: bigint;
  bytes: bigint;
  dropped: bigint;
}
interface Event {
  saddr: number;
  saddr6: Uint8Array;
  dport: number;
  proto: number;
  reason: number;
  version: number;
}

const GOOD = 0x0a630002;
const BAD = 0x0a630042;
const GOOD6 = "fd99::2";
const BAD6 = "fd99:66::2";

const address6 = (text: string): Uint8Array => {
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string): number[] => (part === "" ? [] : part.split(":").map((w) => Number.parseInt(w, 16)));
  const [a, b] = [words(head), words(tail)];
  return Uint8Array.from([...a, ...new Array(8 - a.length - b.length).fill(0), ...b].flatMap((w) => [w >> 8, w & 255]));
};

const skip = announceSkip("examples/firewall", kernelSkipReason());

test.skipIf(skip).each(["native", "generic"] as const)("attached in %s mode", async (mode) => {
  using veth = new VethPair();
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "pipe" });
  ip("-n", veth.far, "address", "add", "10.99.0.66/24", "dev", veth.farInterface);
  for (const a of [`${GOOD6}/64`, `${BAD6}/64`])
    ip("-n", veth.far, "address", "add", a, "dev", veth.farInterface, "nodad");
  for (const a of ["fd99::1/64", "fd99:66::1/64"])
    ip("-n", veth.near, "address", "add", a, "dev", veth.nearInterface, "nodad");

  using fw = openExample("firewall/firewall.ts").setVariable("blockedPort", 22).load();
  (fw.map("blocked") as KeyedMap<unknown, bigint>).set({ prefixLength: 26, address: BAD & ~63 }, 0n);
  (fw.map("blocked6") as KeyedMap<unknown, bigint>).set({ prefixLength: 32, address: address6("fd99:66::") }, 0n);
  (fw.map("ports") as KeyedMap<unknown, unknown>).set({ port: 53, proto: 17 }, { hits: 0n, action: 1 });
  using link = attachXdp(fw.programFd("filter"), { interface: veth.nearInterface, netns: veth.near, mode });
  expect(link.description).toContain(mode);

  const datagram = (from: string, to: string, port: number) => ({ from, to, port });
  sendDatagrams(veth.far, [
    datagram("10.99.0.2", "10.99.0.1", 80),
    datagram("10.99.0.2", "10.99.0.1", 22),
    datagram("10.99.0.2", "10.99.0.1", 53),
    datagram("10.99.0.66", "10.99.0.1", 80),
    datagram(GOOD6, "fd99::1", 80),
    datagram(GOOD6, "fd99::1", 22),
    datagram(BAD6, "fd99:66::1", 80),
  ]);

  // From the blocked IPv6 prefix only neighbour solicitations arrive (and are dropped): its datagram never gets out.
  const ring = fw.map("events") as RingBuffer<Event>;
  const isDatagram = (e: Event): boolean => e.proto === 17;
  const events = await records(ring, 4, isDatagram);
  const shown = events.map(({ saddr, saddr6, dport, reason, version }) => ({
    version,
    source: version === 4 ? saddr : Buffer.from(saddr6).toString("hex"),
    dport,
    reason,
  }));
  expect(shown).toEqual([
    { version: 4, source: GOOD, dport: 22, reason: 3 },
    { version: 4, source: GOOD, dport: 53, reason: 2 },
    { version: 4, source: BAD, dport: 0, reason: 1 },
    { version: 6, source: Buffer.from(address6(GOOD6)).toString("hex"), dport: 22, reason: 3 },
  ]);

  const stats = fw.map("stats") as KeyedMap<number, Stats>;
  expect(stats.get(GOOD)).toMatchObject({ packets: 3n, bytes: 3n * (14n + 28n + 5n), dropped: 2n });
  expect(stats.get(BAD)).toMatchObject({ packets: 1n, dropped: 1n });
  expect((fw.map("ports") as KeyedMap<unknown, { hits: bigint }>).get({ port: 53, proto: 17 })?.hits).toBe(1n);
  const verdicts = fw.map("verdicts") as ArrayMap<bigint[]>;
  const total = (reason: number): bigint => verdicts.get(reason).reduce((a, b) => a + b);
  expect([total(2), total(3)]).toEqual([1n, 2n]);
  expect(total(1)).toBeGreaterThanOrEqual(2n);
  expect(fw.variable("eventsLost")).toBe(0n);
});
