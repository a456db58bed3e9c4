/** Everything passes, and the counters of a direction add up to what went that way. */
import { machine, packets } from "ebpftsc/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Counter, PacketCounter } from "./packet-counter.js";

type Counts = Record<number, { packets: bigint; bytes: bigint }>;

const add = (counts: Counts, key: number, bytes: number): void => {
  const c = counts[key] ?? { packets: 0n, bytes: 0n };
  counts[key] = { packets: c.packets + 1n, bytes: c.bytes + BigInt(bytes) };
};

/** The entries of a per-CPU map that counted something, as of one CPU. */
const counted = (entries: Iterable<[unknown, unknown]>): Counts =>
  Object.fromEntries(
    [...entries]
      .map(([key, perCpu]) => [key as number, (perCpu as Counter[])[0]] as const)
      .filter(([, c]) => c !== undefined && c.packets > 0n),
  ) as Counts;

test.each([
  ["receive", "received", "pass"],
  ["send", "sent", "ok"],
] as const)("%s: by protocol of IPv4 and IPv6, untagged", async (program, map, action) => {
  const vm = await machine(PacketCounter, { cpus: 1 });
  const expected: Counts = {};
  const packet = fc.oneof(packets.ipv4({ vlans: 0 }), packets.ipv6({ vlans: 0 }));
  fc.assert(
    fc.property(packet, (p) => {
      add(expected, p.ip.protocol, p.bytes.length);
      return vm[program](p.bytes).action === action;
    }),
  );
  expect(counted(vm.$.map(map).entries())).toEqual(expected);
  expect(vm.$.map("others").size).toBe(0);
});

test("what is not IP is counted by EtherType", async () => {
  const vm = await machine(PacketCounter, { cpus: 1 });
  const expected: Counts = {};
  const types = fc.constantFrom(0x0806, 0x88cc, 0x8100, 0x88a8);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 14, maxLength: 100 }), types, (bytes, type) => {
      new DataView(bytes.buffer).setUint16(12, type);
      add(expected, type, bytes.length);
      return vm.receive(bytes).action === "pass";
    }),
  );
  expect(counted(vm.$.map("others").entries())).toEqual(expected);
});
