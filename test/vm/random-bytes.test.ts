/** Bytecode that is valid but senseless: the machine ends every run with a result or a typed fault, within its fuel. */
import { expect, test } from "vitest";
import { EncodingError, encode, FORMS, type Instruction, validate } from "../../runtime/isa/index.js";
import { runRaw } from "../../runtime/vm/index.js";
import { generator } from "./generate.js";

function program(random: (below: number) => number): Instruction[] {
  const count = 4 + random(30);
  const out: Instruction[] = [];
  let slot = 0;
  while (out.length < count) {
    const form = FORMS[random(FORMS.length)];
    if (form === undefined) continue;
    const value = {
      dst: random(10),
      src: random(11),
      off: random(40) - 20,
      imm: random(8) === 0 ? random(0x7fffffff) : random(64) - 16,
    };
    const pick = (field: keyof typeof value): number =>
      form.fixed[field] ?? (form.uses.includes(field) ? value[field] : 0);
    out.push({
      slot,
      opcode: form.opcode,
      dst: pick("dst"),
      src: pick("src"),
      off: pick("off"),
      imm: pick("imm"),
      ...(form.kind === "imm64" ? { imm2: random(4) === 0 ? 0xffff8880 | 0 : 0 } : {}),
    });
    slot += form.kind === "imm64" ? 2 : 1;
  }
  return [...out, { slot, opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 }];
}

test("5,000 random programs", () => {
  const random = generator(17);
  const ends = new Map<string, number>();
  let ran = 0;
  for (let i = 0; i < 200_000 && ran < 5000; i++) {
    const insns = program(random);
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
