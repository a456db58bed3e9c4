/** ALU instructions on registers: scalars by range, pointers by offset (check_alu_op, adjust_ptr_min_max_vals; 6.18). */
import { MapTypeId } from "../../../runtime/facts/maps/index.js";
import { Alu, Class, type Instruction } from "../../../runtime/isa/index.js";
import { arithmetic, byteSwap, negate, unknown32, zeroExtend } from "../domain/arithmetic.js";
import { sane } from "../domain/compare.js";
import { anyScalar, constScalar, S64_MAX, S64_MIN, type Scalar, U64_MAX, withLow, ZERO } from "../domain/scalar.js";
import { tnumAdd, tnumSub } from "../domain/tnum.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import {
  constReg,
  Flag,
  KIND_NAMES,
  Kind,
  LINKED,
  pointerReg,
  type Reg,
  regTypeName,
  scalarReg,
  UNKNOWN_REG,
  ZERO_REG,
} from "../state/reg.js";
import { RULE_SINCE } from "../tables/since.js";

const MAX_OFFSET = 1n << 29n;
const SMALL_OFFSET = 1 << 29;
// biome-ignore format: a table
const SYMBOLS: Readonly<Record<number, string>> = {
  [Alu.Add]: "+=", [Alu.Sub]: "-=", [Alu.Mul]: "*=", [Alu.Div]: "/=", [Alu.Or]: "|=", [Alu.And]: "&=", [Alu.Lsh]: "<<=",
  [Alu.Rsh]: ">>=", [Alu.Neg]: "neg", [Alu.Mod]: "%=", [Alu.Xor]: "^=", [Alu.Mov]: "=", [Alu.Arsh]: "s>>=",
};

/** Gives a scalar an id so that its copies are known to be equal (assign_scalar_id_before_mov). */
export function withId(env: Env, reg: Reg): Reg {
  if (reg.kind !== Kind.Scalar) return reg;
  // Chains of differences are not followed.
  if ((reg.flags & LINKED) !== 0) {
    return reg.with({ id: reg.s.isConst ? 0 : env.nextId(), flags: reg.flags & ~LINKED, off: 0 });
  }
  return reg.id === 0 && !reg.s.isConst ? reg.with({ id: env.nextId() }) : reg;
}

/** Sign-extends the low `bytes` bytes (coerce_reg_to_size_sx), to 64 or, `half`, 32 bits. */
export function signExtend(s: Scalar, bytes: number, half = false): Scalar {
  const bits = bytes * 8;
  const width = half ? 32 : 64;
  if (s.isConst) return constScalar(BigInt.asUintN(width, BigInt.asIntN(bits, s.bits.v)));
  const d = anyScalar();
  const min = -(1n << BigInt(bits - 1));
  const max = (1n << BigInt(bits - 1)) - 1n;
  d.smin = min;
  d.smax = max;
  const low = half ? BigInt(s.s32min) : s.smin;
  const high = half ? BigInt(s.s32max) : s.smax;
  const top = (v: bigint): bigint => v >> BigInt(bits);
  if (top(low) === top(high)) {
    const a = BigInt.asIntN(bits, low);
    const b = BigInt.asIntN(bits, high);
    d.smin = a < b ? a : b;
    d.smax = a < b ? b : a;
    if (a > b) {
      d.smin = min;
      d.smax = max;
    }
  }
  d.sync();
  if (!half) return d;
  zeroExtend(d);
  return d.sync();
}

/** `off` of a move that casts between the kernel's and the arena's addresses (BPF_ADDR_SPACE_CAST, 6.9). */
const ADDR_SPACE_CAST = 1;

function castAddressSpace(env: Env, insn: Instruction): void {
  if (!env.subject.maps.some((map) => map.type === MapTypeId.arena)) {
    reject(Reason.Map, "addr_space_cast insn can only be used in a program that has an associated arena");
  }
  // To address space 0 the result is a pointer into the arena; to space 1 it is a number that user space understands.
  env.setReg(insn.dst, insn.imm === 1 ? pointerReg(Kind.Arena) : UNKNOWN_REG);
}

function move(env: Env, insn: Instruction, half: boolean): void {
  if ((insn.opcode & 8) === 0) {
    env.setReg(insn.dst, env.immediate(insn, half));
    return;
  }
  let src = env.source(insn.src);
  if (insn.off === ADDR_SPACE_CAST) {
    castAddressSpace(env, insn);
    return;
  }
  const extend = insn.off / 8;
  if (half && src.kind !== Kind.Scalar) {
    env.setReg(insn.dst, scalarReg(unknown32()));
    return;
  }
  if (!half && extend === 0) {
    src = withId(env, src);
    if (insn.src !== 10) env.setReg(insn.src, src);
    env.setReg(insn.dst, src);
    return;
  }
  // What is left of a pointer is a number; only unprivileged loaders may not ask.
  if (src.kind !== Kind.Scalar) {
    env.setReg(insn.dst, UNKNOWN_REG);
    return;
  }
  const same =
    (extend === 0 ? src.s.umax <= 0xffff_ffffn : src.s.umax < 1n << BigInt(insn.off - 1)) &&
    env.since(RULE_SINCE.linkedHalves);
  if (same) {
    src = withId(env, src);
    env.setReg(insn.src, src);
  }
  let s = same && extend !== 0 ? src.s : env.arithmetic.get(insn.slot, src.s, src.s);
  if (s === undefined) {
    s = extend === 0 ? subregOnly(src.s) : signExtend(src.s, extend, half);
    s = env.arithmetic.put(insn.slot, src.s, src.s, s);
  }
  env.setReg(insn.dst, same ? src.withScalar(s) : scalarReg(s));
}

/** A 32-bit move keeps the 32-bit bounds and drops the rest (zext_32_to_64). */
function subregOnly(s: Scalar): Scalar {
  if (s.isConst) return constScalar(BigInt.asUintN(32, s.bits.v));
  const d = s.copy();
  zeroExtend(d);
  return d.sync();
}

function saneOffset(reg: Reg, pointer: Reg): void {
  if (reg.s === ZERO && reg.off < SMALL_OFFSET && reg.off > -SMALL_OFFSET) return;
  const name = KIND_NAMES[pointer.kind] ?? "pointer";
  const value = BigInt.asIntN(64, reg.s.bits.v);
  if (reg.s.isConst && (value >= MAX_OFFSET || value <= -MAX_OFFSET)) {
    reject(Reason.MemoryBounds, `math between ${name} pointer and ${value} is not allowed`);
  }
  if (reg.isPointer && (BigInt(reg.off) >= MAX_OFFSET || BigInt(reg.off) <= -MAX_OFFSET)) {
    reject(Reason.MemoryBounds, `${name} pointer offset ${reg.off} is not allowed`);
  }
  if (reg.s.smin === S64_MIN) {
    reject(Reason.MemoryBounds, `math between ${name} pointer and register with unbounded min value is not allowed`);
  }
  if (reg.s.smin >= MAX_OFFSET || reg.s.smin <= -MAX_OFFSET) {
    reject(Reason.MemoryBounds, `value ${reg.s.smin} makes ${name} pointer be out of bounds`);
  }
}

const ARITHMETIC_OK: ReadonlySet<number> = new Set([
  Kind.Ctx,
  Kind.MapValue,
  Kind.MapKey,
  Kind.Stack,
  Kind.PktMeta,
  Kind.Pkt,
  Kind.TpBuffer,
  Kind.Btf,
  Kind.Mem,
  Kind.Buf,
  Kind.Func,
  Kind.DynptrPtr,
]);

const fits32 = (value: bigint): boolean => value === BigInt.asIntN(32, value);

function variableOffset(p: Scalar, o: Scalar, minus: boolean): Scalar {
  const d = anyScalar();
  const [smin, smax, umin, umax] = minus
    ? [p.smin - o.smax, p.smax - o.smin, p.umin - o.umax, p.umax - o.umin]
    : [p.smin + o.smin, p.smax + o.smax, p.umin + o.umin, p.umax + o.umax];
  if (smin >= S64_MIN && smin <= S64_MAX && smax >= S64_MIN && smax <= S64_MAX) {
    d.smin = smin;
    d.smax = smax;
  }
  if (umin >= 0n && umax >= 0n && umin <= U64_MAX && umax <= U64_MAX) {
    d.umin = umin;
    d.umax = umax;
  }
  d.bits = minus ? tnumSub(p.bits, o.bits) : tnumAdd(p.bits, o.bits);
  return d;
}

/** @param scalarFirst the destination is the scalar: `scalar += pointer` */
function pointerArithmetic(env: Env, insn: Instruction, pointer: Reg, offset: Reg, scalarFirst: boolean): void {
  const op = insn.opcode & 0xf0;
  const { dst } = insn;
  const o = offset.s;
  const known = o.isConst;
  if (o.smin > o.smax || o.umin > o.umax || (known && (o.smin !== o.smax || o.umin !== o.umax))) {
    env.setReg(dst, UNKNOWN_REG);
    return;
  }
  if ((insn.opcode & 7) !== Class.Alu64) {
    if (op === Alu.Sub) {
      env.setReg(dst, UNKNOWN_REG);
      return;
    }
    reject(Reason.Pointer, `R${dst} 32-bit pointer arithmetic prohibited`);
  }
  const name = regTypeName(pointer);
  if (pointer.maybeNull) reject(Reason.Null, `R${dst} pointer arithmetic on ${name} prohibited, null-check it first`);
  if (!ARITHMETIC_OK.has(pointer.kind)) {
    const constant = known && (pointer.kind === Kind.FlowKeys || (o.smin === 0n && op === Alu.Add));
    if (!constant) reject(Reason.Pointer, `R${dst} pointer arithmetic on ${name} prohibited`);
  }
  saneOffset(offset, pointer);
  saneOffset(pointer, pointer);
  let result: Reg;
  if (op === Alu.Add || op === Alu.Sub) {
    const minus = op === Alu.Sub;
    if (minus && scalarFirst) reject(Reason.Pointer, `R${dst} tried to subtract pointer from scalar`);
    if (minus && pointer.kind === Kind.Stack)
      reject(Reason.Pointer, `R${dst} subtraction from stack pointer prohibited`);
    const fixed = minus ? BigInt(pointer.off) - o.smin : BigInt(pointer.off) + o.smin;
    if (known && fits32(fixed)) result = pointer.withOffset(Number(fixed));
    else {
      const known = env.arithmetic.get(insn.slot, pointer.s, offset.s);
      result = pointer.withScalar(known ?? variableOffset(pointer.s, offset.s, minus));
      if (known === undefined) {
        // Judged before its parts learn from one another.
        saneOffset(result, pointer);
        result.s.unbound32();
        result = result.withScalar(env.arithmetic.put(insn.slot, pointer.s, offset.s, result.s.sync()));
      }
      if (pointer.isPacket) {
        result = result.with({ id: env.nextId(), extra: minus && o.smin >= 0n ? result.extra : 0 });
      }
    }
  } else if (op === Alu.And || op === Alu.Or || op === Alu.Xor) {
    reject(Reason.Pointer, `R${dst} bitwise operator ${SYMBOLS[op]} on pointer prohibited`);
  } else {
    reject(Reason.Pointer, `R${dst} pointer arithmetic with ${SYMBOLS[op]} operator prohibited`);
  }
  saneOffset(result, pointer);
  env.setReg(dst, result);
}

/**
 * A mask of 0 or -1, which compilers make by an arithmetic shift, is walked once with each value (maybe_fork_scalars,
 * 6.18.y): the other path starts at the same instruction again, with 0.
 */
function forkMask(env: Env, insn: Instruction, dst: Reg): Reg {
  const { s } = dst;
  if (s.smin === -1n && s.smax === 0n) {
    env.push(insn.slot, insn.slot).frame.regs[insn.dst] = ZERO_REG;
    return constReg(-1n);
  }
  if (s.s32min !== -1 || s.s32max !== 0) return dst;
  env.push(insn.slot, insn.slot).frame.regs[insn.dst] = dst.with({ s: env.pool.one(withLow(s, 0)) });
  return dst.with({ s: env.pool.one(withLow(s, -1)) });
}

/** `r1 = r2; r1 += 8` stays linked to r2: the difference, where it is followed (end of adjust_reg_min_max_vals, 6.18.y). */
function difference(op: number, left: Scalar, right: Scalar, half: boolean): number | undefined {
  if (op !== Alu.Add && op !== Alu.Sub) return undefined;
  if (half ? !right.isConst32 || left.umax > 0xffff_ffffn : !right.isConst) return undefined;
  const value = half ? BigInt.asIntN(32, right.bits.v) : BigInt.asIntN(64, right.bits.v);
  if (!fits32(value)) return undefined;
  if (op === Alu.Add) return Number(value);
  return value === -0x8000_0000n ? undefined : -Number(value);
}

function scalarArithmetic(env: Env, insn: Instruction, from: Reg, src: Reg, half: boolean): void {
  const op = insn.opcode & 0xf0;
  const dst = (op === Alu.And || op === Alu.Or) && src.s.isConst && env.ranges.masks ? forkMask(env, insn, from) : from;
  const s =
    env.arithmetic.get(insn.slot, dst.s, src.s) ??
    env.arithmetic.put(insn.slot, dst.s, src.s, sane(arithmetic(op, dst.s, src.s, half, env.ranges)));
  const linked =
    dst.id !== 0 && (dst.flags & LINKED) === 0 && env.since(half ? RULE_SINCE.linkedSums32 : RULE_SINCE.linkedSums);
  const off = linked ? difference(op, dst.s, src.s, half) : undefined;
  if (off !== undefined) {
    env.setReg(insn.dst, dst.with({ s, flags: dst.flags | (half ? Flag.AddConst32 : Flag.AddConst), off }));
    return;
  }
  env.setReg(insn.dst, scalarReg(s));
}

/** BPF_END on a little-endian machine: swaps and cuts off; only "to little, 64 bits" changes nothing (scalar_byte_swap, 6.18.y). */
function endianness(env: Env, insn: Instruction, dst: Reg): void {
  const swap = (insn.opcode & 7) === Class.Alu64 || (insn.opcode & 8) !== 0;
  if (!env.ranges.byteSwaps) {
    env.setReg(insn.dst, UNKNOWN_REG);
    return;
  }
  if (!swap && insn.imm === 64) return;
  const s =
    env.arithmetic.get(insn.slot, dst.s, dst.s) ??
    env.arithmetic.put(insn.slot, dst.s, dst.s, byteSwap(dst.s, insn.imm / 8, swap));
  env.setReg(insn.dst, scalarReg(s));
}

function checkOperand(insn: Instruction, half: boolean): void {
  const op = insn.opcode & 0xf0;
  if ((insn.opcode & 8) !== 0) return;
  if ((op === Alu.Div || op === Alu.Mod) && insn.imm === 0) reject(Reason.Encoding, "div by zero");
  if (op !== Alu.Lsh && op !== Alu.Rsh && op !== Alu.Arsh) return;
  if (insn.imm < 0 || insn.imm >= (half ? 32 : 64)) reject(Reason.Encoding, `invalid shift ${insn.imm}`);
}

/** One ALU instruction. */
export function checkArithmetic(env: Env, insn: Instruction): void {
  const half = (insn.opcode & 7) === Class.Alu;
  const op = insn.opcode & 0xf0;
  if (op === Alu.Mov) {
    if ((insn.opcode & 8) !== 0) env.source(insn.src);
    env.destination(insn.dst);
    move(env, insn, half);
    return;
  }
  if (op === Alu.Neg || op === Alu.End) {
    const dst = env.source(insn.dst);
    env.destination(insn.dst);
    if (dst.kind !== Kind.Scalar) env.setReg(insn.dst, UNKNOWN_REG);
    else if (op === Alu.Neg && !env.ranges.negation) env.setReg(insn.dst, UNKNOWN_REG);
    else if (op === Alu.End) endianness(env, insn, dst);
    else {
      const s =
        env.arithmetic.get(insn.slot, dst.s, dst.s) ??
        env.arithmetic.put(insn.slot, dst.s, dst.s, sane(negate(dst.s, half)));
      env.setReg(insn.dst, scalarReg(s));
    }
    return;
  }
  const register = (insn.opcode & 8) !== 0;
  if (register) env.source(insn.src);
  const dst = env.source(insn.dst);
  checkOperand(insn, half);
  env.destination(insn.dst);
  const src = register ? env.source(insn.src) : env.immediate(insn, false);
  if (dst.kind === Kind.Arena) {
    // Any arithmetic: the address is 32 bits wide and cannot leave the arena.
  } else if (src.isPointer && dst.isPointer) {
    if (op !== Alu.Sub) reject(Reason.Pointer, `R${insn.dst} pointer ${SYMBOLS[op]} pointer prohibited`);
    env.setReg(insn.dst, UNKNOWN_REG);
  } else if (src.isPointer) {
    env.precise(insn.dst);
    pointerArithmetic(env, insn, src, dst, true);
  } else if (dst.isPointer) {
    if (register) env.precise(insn.src);
    pointerArithmetic(env, insn, dst, src, false);
  } else {
    if (register && ((env.frame.preciseRegs >> insn.dst) & 1) === 1) env.precise(insn.src);
    scalarArithmetic(env, insn, dst, src, half);
  }
}
