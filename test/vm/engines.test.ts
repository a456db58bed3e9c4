/**
 * Differential tests without a kernel: random programs end in the same whole state on both engines, faults, fuel and
 * instruction counts included. EBPFTSC_FUZZ sets how many programs; CI takes the default, always with the same seeds.
 */
import { describe, expect, test } from "vitest";
import { EncodingError, encode, validate } from "../../runtime/isa/index.js";
import { runRaw } from "../../runtime/vm/index.js";
import { compareAll } from "./fuzz/compare.js";
import { generator } from "./generate.js";
import { randomProgram } from "./random-program.js";

const COUNT = Number(process.env["EBPFTSC_FUZZ"] ?? 2000);
const hex = (bytes: unknown): string | undefined =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : undefined;

describe("interpreter and WebAssembly", () => {
  test(`${COUNT} programs with maps, packets, calls, loops and atomics`, () => {
    // Every eighth program runs out of fuel somewhere on its way.
    const { mismatches, ran } = compareAll({ first: 1, count: COUNT, kernel: false, shortage: 8 });
    expect(mismatches).toEqual([]);
    expect(ran).toBe(COUNT);
  });

  test(`${COUNT} senseless programs: the same results and the same faults`, () => {
    const random = generator(4711);
    const ends = new Map<string, number>();
    for (let ran = 0; ran < COUNT; ) {
      const insns = randomProgram(random);
      try {
        validate(insns);
      } catch (error) {
        if (error instanceof EncodingError) continue;
        throw error;
      }
      const bytes = encode(insns);
      const [interp, wasm] = (["interp", "wasm"] as const).map((engine) =>
        runRaw(bytes, new Uint8Array(64).fill(7), {
          engine,
          fuel: 2000,
          helpers: { 1: (a = 0n, b = 0n) => a * 3n + b, 2: () => 0xffff_8880_0000_4000n, 5: (value = 0n) => value },
        }),
      );
      expect(wasm, `${ran}: ${hex(bytes)}`).toEqual(interp);
      const end = interp?.fault?.code ?? "good";
      ends.set(end, (ends.get(end) ?? 0) + 1);
      ran++;
    }
    for (const code of ["good", "VM_FUEL", "VM_POINTER", "VM_ACCESS", "VM_HELPER_UNKNOWN"])
      expect(ends.get(code) ?? 0, [...ends].join(" ")).toBeGreaterThan(0);
  });
});
