/** `test.each` over a capture, and coverage of what the packets ran. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { captureCases, lcov, machine, mergeCoverage } from "../../runtime/testing/index.js";

const capture = new URL("../../examples/firewall/capture.pcap", import.meta.url);
const cases = captureCases(capture);

describe("every packet of the capture", () => {
  test.each(cases.slice(0, 20))("%s ends well", async (_, { bytes }) => {
    const vm = await machine(Firewall);
    expect(vm.filter(bytes).fault).toBeUndefined();
  });
  test("paths do as URLs do", () => {
    expect(captureCases(fileURLToPath(capture)).length).toBe(cases.length);
    expect(cases[0]?.[0]).toMatch(/^packet 1 \(\d+ bytes\)$/);
    expect(() => captureCases("absent.pcap")).toThrow(/TEST_SOURCE: absent\.pcap cannot be read/);
  });
});

describe("coverage", () => {
  test("counts lines, both sides of branches, functions", async () => {
    const vm = await machine(Firewall, { coverage: true });
    vm.filter(new Uint8Array(60));
    const before = vm.coverage();
    const file = Object.keys(before).find((path) => path.endsWith("firewall.ts")) ?? "";
    const ran = (c: typeof before): number => Object.values(c[file]?.lines ?? {}).filter((n) => n > 0).length;
    for (const [, { bytes }] of cases) vm.filter(bytes);
    const after = vm.coverage();
    expect(ran(after)).toBeGreaterThan(ran(before));
    const sides = Object.values(after[file]?.branches ?? {});
    expect(sides.some(([yes, no]) => yes > 0 && no > 0)).toBe(true);
    expect(sides.some(([yes, no]) => (yes === 0) !== (no === 0))).toBe(true);
    expect(Object.values(after[file]?.functions ?? {}).some(([, count]) => count === cases.length + 1)).toBe(true);
    const text = lcov(after);
    expect(text).toMatch(/^TN:\nSF:/);
    expect(text).toMatch(/\nDA:\d+,[1-9]\d*\n/);
    expect(text).toMatch(/\nBRDA:\d+,\d+,1,[1-9]\d*\n/);
    expect(text.split("end_of_record").length - 1).toBe(Object.keys(after).length);
    const twice = mergeCoverage([after, after]);
    const [line, count] = Object.entries(after[file]?.lines ?? {}).find(([, n]) => n > 0) ?? ["0", 0];
    expect(twice[file]?.lines[Number(line)]).toBe(2 * count);
    expect((await machine(Firewall)).coverage()).toEqual({});
  });
});
