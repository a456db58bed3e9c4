/**
 * Differential tests without a kernel: random programs end in the same whole state on both engines, faults, fuel and
 * instruction counts included. EBPFTSC_FUZZ sets how many programs; CI takes the default, always with the same seeds.
 */
import { describe, expect, test } from "vitest";
import { compareAll } from "./fuzz/compare.js";
import { edges } from "./fuzz/edges.js";
import { HOT, STEPS, WASM } from "./fuzz/outcome.js";
import { runSenseless, senseless } from "./fuzz/senseless.js";

/** Every so-manieth program runs in the interpreter's hot loop as well: a machine's first run there takes a millisecond. */
const LOOP_EVERY = 4;
const COUNT = Number(process.env["EBPFTSC_FUZZ"] ?? 2000);

describe("interpreter and WebAssembly", () => {
  test(`${COUNT} programs with maps, packets, calls, loops and atomics`, { timeout: 600_000 }, () => {
    // Every eighth program runs out of fuel somewhere on its way.
    const { mismatches, ran } = compareAll({
      first: 1,
      count: COUNT,
      kernel: false,
      shortage: 8,
      loopEvery: LOOP_EVERY,
    });
    expect(mismatches).toEqual([]);
    expect(ran).toBe(COUNT);
  });

  test(`${COUNT} programs at the edges of memory`, () => {
    const ends = new Map<string, number>();
    for (let number = 1; number <= COUNT; number++) {
      const bytes = edges(number);
      const interp = runSenseless(bytes, STEPS);
      for (const other of number % LOOP_EVERY === 0 ? [WASM, HOT] : [WASM])
        expect(runSenseless(bytes, other), `${number}: ${Buffer.from(bytes).toString("hex")}`).toEqual(interp);
      const end = interp.fault?.code ?? "good";
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    for (const code of ["good", "VM_ACCESS", "VM_UNINITIALISED_STACK"])
      expect(ends.get(code) ?? 0, [...ends].join(" ")).toBeGreaterThan(COUNT / 20);
  });

  test(`${COUNT} senseless programs: the same results and the same faults`, () => {
    const ends = new Map<string, number>();
    for (let number = 1; number <= COUNT; number++) {
      const bytes = senseless(number);
      const interp = runSenseless(bytes, STEPS);
      for (const other of number % LOOP_EVERY === 0 ? [WASM, HOT] : [WASM])
        expect(runSenseless(bytes, other), `${number}: ${Buffer.from(bytes).toString("hex")}`).toEqual(interp);
      const end = interp.fault?.code ?? "good";
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    for (const code of ["good", "VM_FUEL", "VM_POINTER", "VM_ACCESS", "VM_HELPER_UNKNOWN"])
      expect(ends.get(code) ?? 0, [...ends].join(" ")).toBeGreaterThan(0);
  });
});
