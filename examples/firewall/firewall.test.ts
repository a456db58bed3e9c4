/** Properties of the firewall, for any packet: it drops what it was told to, nothing else, and it counts right. */
import {
  assert,
  captureCases,
  inputsOf,
  keysOf,
  machine,
  mapCommands,
  mapModel,
  packets,
  programCommand,
} from "ebpftsc/testing";
import "ebpftsc/testing/vitest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DropReason, Firewall, RuleAction } from "./firewall.js";

const firstFragment = (fragment: number): boolean => (fragment & 0x1fff) === 0;

describe("what it drops", () => {
  test("without rules, nothing", async () => {
    const vm = await machine(Firewall);
    fc.assert(
      fc.property(packets.any(), ({ bytes }) => {
        const { action, packet } = vm.filter(bytes);
        return action === "pass" && Buffer.from(packet ?? []).equals(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test.each(["tcp", "udp"] as const)("the blocked port of %s, behind any VLAN tags and options", async (proto) => {
    const vm = await machine(Firewall, { config: { blockedPort: 443 } });
    const isDropped = (bytes: Uint8Array): boolean => vm.filter(bytes).action === "drop";
    fc.assert(
      fc.property(packets.ipv4({ proto }), (p) => {
        const port = "tcp" in p ? p.tcp.destination : p.udp.destination;
        return isDropped(p.bytes) === (port === 443 && firstFragment(p.ip.fragment));
      }),
    );
    fc.assert(
      fc.property(packets.ipv6({ proto }), (p) => {
        return isDropped(p.bytes) === (("tcp" in p ? p.tcp.destination : p.udp.destination) === 443);
      }),
    );
  });

  test("a blocked prefix: exactly its addresses, whatever they send", async () => {
    const vm = await machine(Firewall);
    const prefix = { prefixLength: 8, address: 0x0a000000 };
    vm.maps.blocked.set(prefix, 0n);
    let hits = 0n;
    const sources = fc.oneof(fc.integer({ min: 0x0a000000, max: 0x0affffff }), fc.integer({ min: 0, max: 0xffffffff }));
    fc.assert(
      fc.property(packets.ipv4({ vlans: 0 }), sources, (p, source) => {
        const bytes = p.bytes.slice();
        new DataView(bytes.buffer).setUint32(14 + 12, source);
        const blocked = source >>> 24 === 10;
        if (blocked) hits++;
        return (vm.filter(bytes).action === "drop") === blocked;
      }),
    );
    expect(vm.maps.blocked.get(prefix)).toBe(hits);
    expect(hits).toBeGreaterThan(0n);
  });

  test("a port rule wins over the blocked port", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 22 } });
    vm.maps.ports.set({ port: 22, proto: 6 }, { hits: 0n, action: RuleAction.Allow });
    vm.maps.ports.set({ port: 53, proto: 17 }, { hits: 0n, action: RuleAction.Drop });
    fc.assert(
      fc.property(packets.ipv4(), (p) => {
        const dropped = vm.filter(p.bytes).action === "drop";
        const port = p.udp?.destination;
        return dropped === (firstFragment(p.ip.fragment) && (port === 53 || port === 22));
      }),
    );
    expect(vm.maps.ports.get({ port: 53, proto: 17 })?.hits).toBeGreaterThan(0n);
  });
});

describe("what it counts", () => {
  test("every packet once, every byte of IPv4, every drop with an event", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 80 }, cpus: 1 });
    let [sent, ipv4, bytes, drops] = [0n, 0n, 0n, 0];
    fc.assert(
      fc.property(packets.ipv4(), (p) => {
        sent++;
        ipv4++;
        bytes += BigInt(p.bytes.length);
        if (vm.filter(p.bytes).action === "drop") drops++;
        return true;
      }),
    );
    const stats = [...vm.maps.stats.values()];
    expect(stats.reduce((n, s) => n + s.packets, 0n)).toBe(ipv4);
    expect(stats.reduce((n, s) => n + s.bytes, 0n)).toBe(bytes);
    expect(stats.reduce((n, s) => n + s.dropped, 0n)).toBe(BigInt(drops));
    const verdicts = [...vm.$.map("verdicts").values()].map((perCpu) => (perCpu as bigint[])[0] ?? 0n);
    expect(verdicts.reduce((a, b) => a + b)).toBe(sent);
    expect(verdicts[DropReason.BlockedPort]).toBe(BigInt(drops));
    const events = vm.$.map("events").events("DropEvent") as { dport: number; reason: number; version: number }[];
    expect(events.length).toBe(drops);
    for (const e of events) expect(e).toMatchObject({ dport: 80, reason: DropReason.BlockedPort, version: 4 });
  });
});

describe("whatever comes", () => {
  test("any input ends well, within its budget", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 443 } });
    // A counterexample would be left in replays/, for `ebpftsc run`.
    assert(
      vm,
      fc.property(inputsOf(vm.$, "filter"), (input) => {
        const result = vm.filter(input);
        expect(result).toRun();
        expect(result).toFit({ insns: 2000, stack: 512 });
      }),
      { numRuns: 300 },
    );
  });

  test.each(captureCases(new URL("./capture.pcap", import.meta.url)).slice(0, 12))(
    "%s of the capture",
    async (_, { bytes }) => {
      const vm = await machine(Firewall);
      expect(vm.filter(bytes)).toPass();
      expect(vm.maps.events).toEmit([], "DropEvent");
    },
  );

  test("a drop says why", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 53 } });
    fc.assert(
      fc.property(packets.ipv4({ proto: "udp", vlans: 0 }), (p) => {
        fc.pre(p.udp.destination === 53 && firstFragment(p.ip.fragment));
        expect(vm.filter(p.bytes)).toDrop();
        expect(vm.maps.events).toEmit({ dport: 53, reason: DropReason.BlockedPort }, "DropEvent");
      }),
      { numRuns: 30 },
    );
  });

  test("its rules are a map like any other, and packets change none but the hits", async () => {
    const vm = await machine(Firewall);
    const rules = mapCommands(vm.$, "ports");
    const packet = programCommand("filter", inputsOf(vm.$, "filter"), (model, result) => {
      expect(result).toRun();
      // Hits are the firewall's to count; keys and actions are not its to change.
      for (const [name, { key, value }] of model) {
        const now = vm.$.map("ports").get(key) as { hits: bigint; action: number };
        expect(now.action).toBe((value as { action: number }).action);
        model.set(name, { key, value: now });
      }
    });
    fc.assert(
      fc.property(fc.commands([...rules, packet]), (commands) =>
        fc.modelRun(() => ({ model: mapModel(vm.$, "ports"), real: vm.$ }), commands),
      ),
      { numRuns: 60 },
    );
    expect(fc.sample(keysOf(vm.$, "ports"), { numRuns: 1, seed: 1 })[0]).toHaveProperty("port");
  });
});
