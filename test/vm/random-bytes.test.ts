/** Bytecode that is valid but senseless: the machine ends every run with a result or a typed fault, within its fuel. */
import { expect, test } from "vitest";
import { EncodingError, encode, validate } from "../../runtime/isa/index.js";
import { runRaw } from "../../runtime/vm/index.js";
import { generator } from "./generate.js";
import { randomProgram } from "./random-program.js";

test("5,000 random programs", () => {
  const random = generator(17);
  const ends = new Map<string, number>();
  let ran = 0;
  for (let i = 0; i < 200_000 && ran < 5000; i++) {
    const insns = randomProgram(random);
    try {
      validate(insns);
    } catch (error) {
      if (error instanceof EncodingError) continue;
      throw error;
    }
    const { fault, insns: executed } = runRaw(encode(insns), new Uint8Array(64), { fuel: 2000 });
    expect(executed).toBeLessThanOrEqual(2000);
    ends.set(fault?.code ?? "good", (ends.get(fault?.code ?? "good") ?? 0) + 1);
    ran++;
  }
  expect(ran).toBe(5000);
  for (const code of ["good", "VM_FUEL", "VM_POINTER", "VM_HELPER_UNKNOWN"])
    expect(ends.get(code), [...ends].join()).toBeGreaterThan(0);
  expect(ends.size).toBeLessThan(16);
});
