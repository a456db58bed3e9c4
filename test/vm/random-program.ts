/** Random instructions of every form, with operands that often hit registers, memory and jump targets that exist. */
import { FORMS, type Instruction } from "../../runtime/isa/index.js";

/** A program that often, not always, passes `validate`. */
export function randomProgram(random: (below: number) => number): Instruction[] {
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
