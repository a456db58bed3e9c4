/** Arithmetic: one operation of prepared code (RFC 9669, 4.1 and 4.2) to WebAssembly. */
import { Alu } from "../../isa/index.js";
import { Internal } from "../code.js";
import type { OperandBody } from "./assembler.js";
import { Type, W } from "./opcodes.js";

/** Operations that are one WebAssembly instruction; both mask shift counts as RFC 9669, 4.1 does. */
const WIDE: Readonly<Record<number, number>> = {
  [Alu.Add]: W.i64Add,
  [Alu.Sub]: W.i64Sub,
  [Alu.Mul]: W.i64Mul,
  [Alu.Or]: W.i64Or,
  [Alu.And]: W.i64And,
  [Alu.Lsh]: W.i64Shl,
  [Alu.Rsh]: W.i64ShrU,
  [Alu.Xor]: W.i64Xor,
  [Alu.Arsh]: W.i64ShrS,
};
const NARROW: Readonly<Record<number, number>> = {
  [Alu.Add]: W.i32Add,
  [Alu.Sub]: W.i32Sub,
  [Alu.Mul]: W.i32Mul,
  [Alu.Or]: W.i32Or,
  [Alu.And]: W.i32And,
  [Alu.Lsh]: W.i32Shl,
  [Alu.Rsh]: W.i32ShrU,
  [Alu.Xor]: W.i32Xor,
  [Alu.Arsh]: W.i32ShrS,
};

/** The operands of one operation. */
export interface Operands {
  readonly dst: number;
  readonly src: number;
  /** Signed 32-bit immediate; `undefined` when the second operand is the register. */
  readonly imm: number | undefined;
}

/** Pushes the second operand. */
export function second(body: OperandBody, wide: boolean, { src, imm }: Operands): void {
  if (imm === undefined) {
    if (wide) body.reg(src);
    else body.reg32(src);
  } else if (wide) body.i64(imm);
  else body.i32(imm);
}

function first(body: OperandBody, wide: boolean, { dst }: Operands): void {
  if (wide) body.reg(dst);
  else body.reg32(dst);
}

function give(body: OperandBody, wide: boolean, { dst }: Operands): void {
  if (wide) body.setReg(dst);
  else body.setReg32(dst);
}

/** x / 0 = 0, x % 0 = x, MIN / -1 = MIN, MIN % -1 = 0 (RFC 9669, 4.1); WebAssembly traps on / 0, % 0 and MIN / -1. */
function divide(body: OperandBody, wide: boolean, signed: boolean, remainder: boolean, operands: Operands): void {
  const code = wide ? [W.i64DivU, W.i64DivS, W.i64RemU, W.i64RemS] : [W.i32DivU, W.i32DivS, W.i32RemU, W.i32RemS];
  const instruction = code[(remainder ? 2 : 0) + (signed ? 1 : 0)] ?? 0;
  const type = wide ? Type.i64 : Type.i32;
  const constant = (value: number): void => (wide ? body.i64(value) : body.i32(value));
  const plain = (): void => {
    first(body, wide, operands);
    second(body, wide, operands);
    body.op(instruction);
  };
  const { imm } = operands;
  if (imm !== undefined && imm !== 0 && !(signed && imm === -1)) plain();
  else {
    second(body, wide, operands);
    body.op(wide ? W.i64Eqz : W.i32Eqz);
    body.open(W.if, type);
    if (remainder) first(body, wide, operands);
    else constant(0);
    body.else();
    if (signed && !remainder) {
      second(body, wide, operands);
      constant(-1);
      body.op(wide ? W.i64Eq : W.i32Eq);
      body.open(W.if, type);
      constant(0);
      first(body, wide, operands);
      body.op(wide ? W.i64Sub : W.i32Sub);
      body.else();
      plain();
      body.end();
    } else plain();
    body.end();
  }
  give(body, wide, operands);
}

function swap16(body: OperandBody, n: number): void {
  body.reg32(n);
  body.i32(8);
  body.op(W.i32ShrU);
  body.i32(0xff);
  body.op(W.i32And);
  body.reg32(n);
  body.i32(0xff);
  body.op(W.i32And);
  body.i32(8);
  body.op(W.i32Shl);
  body.op(W.i32Or);
  body.setReg32(n);
}

function swap32(body: OperandBody, n: number): void {
  body.reg32(n);
  body.tee(body.scratch32);
  body.i32(8);
  body.op(W.i32Rotl);
  body.i32(0x00ff00ff);
  body.op(W.i32And);
  body.get(body.scratch32);
  body.i32(8);
  body.op(W.i32Rotr);
  body.i32(0xff00ff00 | 0);
  body.op(W.i32And);
  body.op(W.i32Or);
  body.setReg32(n);
}

/** (x & mask) << by | (x >> by) & mask, for the value on the stack. */
function exchange(body: OperandBody, lo: number, hi: number, by: number): void {
  body.tee(body.scratch64);
  body.i64Words(lo, hi);
  body.op(W.i64And);
  body.i64(by);
  body.op(W.i64Shl);
  body.get(body.scratch64);
  body.i64(by);
  body.op(W.i64ShrU);
  body.i64Words(lo, hi);
  body.op(W.i64And);
  body.op(W.i64Or);
}

function swap64(body: OperandBody, n: number): void {
  body.reg(n);
  exchange(body, 0x00ff00ff, 0x00ff00ff, 8);
  exchange(body, 0x0000ffff, 0x0000ffff, 16);
  body.i64(32);
  body.op(W.i64Rotl);
  body.setReg(n);
}

const EXTEND: Readonly<Record<number, readonly [wide: boolean, code: number]>> = {
  [Internal.Movsx8to32]: [false, W.i32Extend8S],
  [Internal.Movsx16to32]: [false, W.i32Extend16S],
  [Internal.Movsx8to64]: [true, W.i64Extend8S],
  [Internal.Movsx16to64]: [true, W.i64Extend16S],
  [Internal.Movsx32to64]: [true, W.i64Extend32S],
};
const SIGNED: Readonly<Record<number, readonly [wide: boolean, remainder: boolean]>> = {
  [Internal.Sdiv32Imm]: [false, false],
  [Internal.Sdiv32Reg]: [false, false],
  [Internal.Sdiv64Imm]: [true, false],
  [Internal.Sdiv64Reg]: [true, false],
  [Internal.Smod32Imm]: [false, true],
  [Internal.Smod32Reg]: [false, true],
  [Internal.Smod64Imm]: [true, true],
  [Internal.Smod64Reg]: [true, true],
};
/** The internal forms whose second operand is a register. */
const SIGNED_REGISTER: ReadonlySet<number> = new Set([
  Internal.Sdiv32Reg,
  Internal.Sdiv64Reg,
  Internal.Smod32Reg,
  Internal.Smod64Reg,
]);

/** Emits an internal arithmetic operation; false when it is none. */
export function internalAlu(body: OperandBody, operation: number, dst: number, src: number, lo: number): boolean {
  const extend = EXTEND[operation];
  if (extend !== undefined) {
    const [wide, code] = extend;
    const operands = { dst, src, imm: undefined };
    second(body, wide, operands);
    body.op(code);
    give(body, wide, operands);
    return true;
  }
  const division = SIGNED[operation];
  if (division !== undefined) {
    divide(body, division[0], true, division[1], { dst, src, imm: SIGNED_REGISTER.has(operation) ? undefined : lo });
    return true;
  }
  switch (operation) {
    case Internal.Le64:
    case Internal.Nop:
      return true;
    case Internal.Le32:
      body.reg32(dst);
      body.setReg32(dst);
      return true;
    case Internal.Le16:
      body.reg32(dst);
      body.i32(0xffff);
      body.op(W.i32And);
      body.setReg32(dst);
      return true;
    case Internal.Swap16:
      swap16(body, dst);
      return true;
    case Internal.Swap32:
      swap32(body, dst);
      return true;
    case Internal.Swap64:
      swap64(body, dst);
      return true;
    default:
      return false;
  }
}

/** Emits an operation of class ALU or ALU64 that is not internal. */
export function alu(body: OperandBody, wide: boolean, kind: number, operands: Operands): void {
  switch (kind) {
    case Alu.Mov:
      second(body, wide, operands);
      break;
    case Alu.Neg:
      if (wide) body.i64(0);
      else body.i32(0);
      first(body, wide, operands);
      body.op(wide ? W.i64Sub : W.i32Sub);
      break;
    case Alu.Div:
    case Alu.Mod:
      divide(body, wide, false, kind === Alu.Mod, operands);
      return;
    default:
      first(body, wide, operands);
      second(body, wide, operands);
      body.op((wide ? WIDE : NARROW)[kind] ?? W.unreachable);
  }
  give(body, wide, operands);
}
