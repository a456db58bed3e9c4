/** Conditions of jumps (RFC 9669, 4.3): leaves 1 on the stack when the jump is taken. */
import { Class, Jump, SOURCE_REGISTER } from "../../isa/index.js";
import { second } from "./alu.js";
import type { OperandBody } from "./assembler.js";
import { W } from "./opcodes.js";

const WIDE: Readonly<Record<number, number>> = {
  [Jump.Eq]: W.i64Eq,
  [Jump.Gt]: W.i64GtU,
  [Jump.Ge]: W.i64GeU,
  [Jump.Ne]: W.i64Ne,
  [Jump.Sgt]: W.i64GtS,
  [Jump.Sge]: W.i64GeS,
  [Jump.Lt]: W.i64LtU,
  [Jump.Le]: W.i64LeU,
  [Jump.Slt]: W.i64LtS,
  [Jump.Sle]: W.i64LeS,
};
const NARROW: Readonly<Record<number, number>> = {
  [Jump.Eq]: W.i32Eq,
  [Jump.Gt]: W.i32GtU,
  [Jump.Ge]: W.i32GeU,
  [Jump.Ne]: W.i32Ne,
  [Jump.Sgt]: W.i32GtS,
  [Jump.Sge]: W.i32GeS,
  [Jump.Lt]: W.i32LtU,
  [Jump.Le]: W.i32LeU,
  [Jump.Slt]: W.i32LtS,
  [Jump.Sle]: W.i32LeS,
};

export function condition(body: OperandBody, operation: number, dst: number, src: number, lo: number): void {
  const wide = (operation & 7) === Class.Jmp;
  const kind = operation & 0xf0;
  if (wide) body.reg(dst);
  else body.reg32(dst);
  second(body, wide, { dst, src, imm: (operation & SOURCE_REGISTER) === 0 ? lo : undefined });
  if (kind === Jump.Set) {
    body.op(wide ? W.i64And : W.i32And);
    if (wide) body.i64(0);
    else body.i32(0);
    body.op(wide ? W.i64Ne : W.i32Ne);
  } else body.op((wide ? WIDE : NARROW)[kind] ?? W.unreachable);
}
