/** The testing package on a real program: the class is imported, compiled, run. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { XdpDrop } from "../../examples/xdp-drop/xdp-drop.js";
import { machine, matchers, packets } from "../../runtime/testing/index.js";

describe("machine(Class)", () => {
  test("drops what the configuration says, and only that", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 22 } });
    fc.assert(
      fc.property(packets.ipv4({ proto: "tcp" }), (p) => {
        const run = vm.filter(p.bytes);
        const blocked = p.tcp.destination === 22 && (p.ip.fragment & 0x1fff) === 0;
        return run.fault === undefined && (run.action === "drop") === blocked;
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(vm.maps.stats.size).toBeGreaterThan(100);
  });

  test("never faults, whatever the packet", async () => {
    const vm = await machine(Firewall);
    fc.assert(
      fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined),
      { numRuns: 2000, seed: 11 },
    );
  });

  test("finds a wrong property and shrinks it to a well-formed packet", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 443 } });
    const property = fc.property(packets.ipv4({ proto: "tcp", vlans: 0 }), (p) => vm.filter(p.bytes).action === "pass");
    const { failed, counterexample } = fc.check(property, { numRuns: 2000, seed: 3 });
    expect(failed).toBe(true);
    const packet = counterexample?.[0];
    expect(packet?.tcp.destination).toBe(443);
    expect(packet?.bytes.length).toBe(54);
    expect(packet?.ip.source).toBe(0);
  });

  test("maps hold plain values in host order", async () => {
    const vm = await machine(Firewall);
    const [sample] = fc.sample(packets.ipv4({ proto: "udp", vlans: 1 }), { numRuns: 1, seed: 5 });
    if (sample === undefined) throw new Error("no sample");
    vm.filter(sample.bytes);
    const stats = vm.maps.stats.get(sample.ip.source);
    expect(stats?.packets).toBe(1n);
    expect(stats?.bytes).toBe(BigInt(sample.bytes.length));
    const verdicts: readonly bigint[] | undefined = vm.maps.verdicts.get(0);
    expect(verdicts).toEqual([1n, 0n]);
  });

  test("a file or an object's bytes do too", async () => {
    const file = new URL("../../examples/xdp-drop/xdp-drop.ts", import.meta.url);
    const byFile = await machine(file);
    expect(byFile["drop"]?.(new Uint8Array(60)).action).toBe("drop");
    expect((await machine(XdpDrop)).drop().action).toBe("drop");
    await expect(machine("absent.ts")).rejects.toThrow(/TEST_SOURCE: absent\.ts cannot be read/);
    await expect(machine(class Nothing {})).rejects.toThrow(/TEST_SOURCE: class Nothing has no handlers/);
  });
});

describe("matchers", () => {
  test("say what happened", async () => {
    const result = (await machine(XdpDrop)).drop();
    expect(matchers.toDrop(result).pass).toBe(true);
    expect(matchers.toPass(result).pass).toBe(false);
    expect(matchers.toPass(result).message()).toMatch(
      /expected the program to pass the packet, it gave: drop after \d+ instructions/,
    );
    expect(matchers.toFit(result, { insns: 3 }).message()).toMatch(/it took \d+ instructions of 3/);
    expect(matchers.toFit(result, { insns: 1000 }).pass).toBe(true);
    expect(matchers.toRun(result).pass).toBe(true);
    expect(matchers.toFault(result).pass).toBe(false);
    expect(matchers.toRedirectTo(result, 3).message()).toMatch(/expected a redirect to interface 3/);
  });
});
