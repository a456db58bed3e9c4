/**
 * Conditional jumps on scalars: can the outcome be known, and what do both sides learn. Operations are numbered as the
 * high four bits of jump opcodes. Rules: is_scalar_branch_taken and regs_refine_cond_op of kernel/bpf/verifier.c (6.18).
 */
import { Jump } from "../../../runtime/isa/index.js";
import { NEWEST_RULES, type RangeRules } from "./rules.js";
import { type Scalar, U64_MAX } from "./scalar.js";
import { type Tnum, tnumAnd, tnumConst, tnumIntersect, tnumOr, tnumSubreg } from "./tnum.js";

const LOW = 0xffff_ffffn;
/** Not an instruction: "no bit of the operand is set", the other side of `Set`. */
const NOT_SET = 0x100;

/** 1 taken, 0 not taken, -1 not known. */
export type Outcome = -1 | 0 | 1;

/** The operation with both operands exchanged. */
export function flipJump(op: number): number {
  switch (op) {
    case Jump.Gt:
      return Jump.Lt;
    case Jump.Ge:
      return Jump.Le;
    case Jump.Lt:
      return Jump.Gt;
    case Jump.Le:
      return Jump.Ge;
    case Jump.Sgt:
      return Jump.Slt;
    case Jump.Sge:
      return Jump.Sle;
    case Jump.Slt:
      return Jump.Sgt;
    case Jump.Sle:
      return Jump.Sge;
    default:
      return op;
  }
}

function reverseJump(op: number): number {
  switch (op) {
    case Jump.Eq:
      return Jump.Ne;
    case Jump.Ne:
      return Jump.Eq;
    case Jump.Gt:
      return Jump.Le;
    case Jump.Ge:
      return Jump.Lt;
    case Jump.Lt:
      return Jump.Ge;
    case Jump.Le:
      return Jump.Gt;
    case Jump.Sgt:
      return Jump.Sle;
    case Jump.Sge:
      return Jump.Slt;
    case Jump.Slt:
      return Jump.Sge;
    case Jump.Sle:
      return Jump.Sgt;
    default:
      return NOT_SET;
  }
}

const isConst = (s: Scalar, half: boolean): boolean => (half ? s.isConst32 : s.isConst);

function disjoint32(a: Scalar, b: Scalar): boolean {
  return a.u32min > b.u32max || a.u32max < b.u32min || a.s32min > b.s32max || a.s32max < b.s32min;
}

function disjoint(a: Scalar, b: Scalar, half: boolean, bits: boolean): boolean {
  const mask = half ? LOW : U64_MAX;
  // A bit known in both and different keeps them apart (tnum_overlap).
  if (bits && (~(a.bits.m | b.bits.m) & (a.bits.v ^ b.bits.v) & mask) !== 0n) return true;
  if (disjoint32(a, b)) return true;
  return !half && (a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin);
}

function setOutcome(a: Scalar, b: Scalar, half: boolean): Outcome {
  const [value, mask] = isConst(b, half) ? [a, b] : [b, a];
  if (!isConst(mask, half)) return -1;
  const bits = half ? tnumSubreg(value.bits) : value.bits;
  const test = half ? mask.bits.v & LOW : mask.bits.v;
  if ((bits.v & test) !== 0n) return 1;
  return ((bits.m | bits.v) & test) === 0n ? 0 : -1;
}

function order<T extends number | bigint>(aMin: T, aMax: T, bMin: T, bMax: T, strict: boolean): Outcome {
  if (strict) return aMin > bMax ? 1 : aMax <= bMin ? 0 : -1;
  return aMin >= bMax ? 1 : aMax < bMin ? 0 : -1;
}

/** Is `a op b` known? @param half compare low halves */
export function outcome(op: number, a: Scalar, b: Scalar, half: boolean, rules: RangeRules = NEWEST_RULES): Outcome {
  if (!rules.comparedRanges) {
    // One operand is a constant; which values it is not was asked of ranges later.
    if (!isConst(b, half) && !(rules.constantFirst && isConst(a, half))) return -1;
    const equality = op === Jump.Eq || op === Jump.Ne;
    if (equality && !rules.constantFirst && !(isConst(a, half) && isConst(b, half))) return -1;
  }
  return rangeOutcome(op, a, b, half, rules.comparedBits);
}

function rangeOutcome(op: number, a: Scalar, b: Scalar, half: boolean, bits: boolean): Outcome {
  switch (op) {
    case Jump.Eq:
    case Jump.Ne: {
      const equal = op === Jump.Eq ? 1 : 0;
      const mask = half ? LOW : U64_MAX;
      if (isConst(a, half) && isConst(b, half)) {
        return (a.bits.v & mask) === (b.bits.v & mask) ? equal : ((1 - equal) as Outcome);
      }
      return disjoint(a, b, half, bits) ? ((1 - equal) as Outcome) : -1;
    }
    case Jump.Set:
      return setOutcome(a, b, half);
    case Jump.Gt:
    case Jump.Ge:
      return half
        ? order(a.u32min, a.u32max, b.u32min, b.u32max, op === Jump.Gt)
        : order(a.umin, a.umax, b.umin, b.umax, op === Jump.Gt);
    case Jump.Sgt:
    case Jump.Sge:
      return half
        ? order(a.s32min, a.s32max, b.s32min, b.s32max, op === Jump.Sgt)
        : order(a.smin, a.smax, b.smin, b.smax, op === Jump.Sgt);
    default:
      return rangeOutcome(flipJump(op), b, a, half, bits);
  }
}

const withSubreg = (bits: Tnum, low: Tnum): Tnum => ({ v: (bits.v & ~LOW) | low.v, m: (bits.m & ~LOW) | low.m });
const bigMax = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const bigMin = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function refineEqual(a: Scalar, b: Scalar, half: boolean): void {
  if (half) {
    a.u32min = b.u32min = Math.max(a.u32min, b.u32min);
    a.u32max = b.u32max = Math.min(a.u32max, b.u32max);
    a.s32min = b.s32min = Math.max(a.s32min, b.s32min);
    a.s32max = b.s32max = Math.min(a.s32max, b.s32max);
    const low = tnumIntersect(tnumSubreg(a.bits), tnumSubreg(b.bits));
    a.bits = withSubreg(a.bits, low);
    b.bits = withSubreg(b.bits, low);
    return;
  }
  a.umin = b.umin = bigMax(a.umin, b.umin);
  a.umax = b.umax = bigMin(a.umax, b.umax);
  a.smin = b.smin = bigMax(a.smin, b.smin);
  a.smax = b.smax = bigMin(a.smax, b.smax);
  a.bits = b.bits = tnumIntersect(a.bits, b.bits);
}

/** A constant at the edge of a range is cut off. */
function refineNotEqual(a: Scalar, b: Scalar, half: boolean): void {
  const [s, k] = isConst(b, half) ? [a, b] : [b, a];
  if (!isConst(k, half)) return;
  if (half) {
    const u = Number(k.bits.v & LOW);
    if (s.u32min === u) s.u32min++;
    if (s.u32max === u) s.u32max--;
    if (s.s32min === (u | 0)) s.s32min++;
    if (s.s32max === (u | 0)) s.s32max--;
    return;
  }
  const u = k.bits.v;
  const signed = BigInt.asIntN(64, u);
  if (s.umin === u) s.umin++;
  if (s.umax === u) s.umax--;
  if (s.smin === signed) s.smin++;
  if (s.smax === signed) s.smax--;
}

function refineSet(a: Scalar, b: Scalar, half: boolean, set: boolean): void {
  const [s, k] = isConst(b, half) ? [a, b] : [b, a];
  if (!isConst(k, half)) return;
  const value = half ? k.bits.v & LOW : k.bits.v;
  if (set) {
    // Only one bit says which one is set.
    if (value === 0n || (value & (value - 1n)) !== 0n) return;
    s.bits = tnumOr(s.bits, tnumConst(value));
    return;
  }
  // The kernel forgets the ranges first: on a dead branch they would contradict the bits (6.17).
  s.unbound64();
  s.unbound32();
  const keep = tnumConst(~value & U64_MAX);
  s.bits = half ? withSubreg(s.bits, tnumAnd(tnumSubreg(s.bits), tnumConst(~value & LOW))) : tnumAnd(s.bits, keep);
}

/** `a <= b` or `a < b`. */
function refineLess(a: Scalar, b: Scalar, half: boolean, signed: boolean, strict: boolean): void {
  if (half) {
    const one = strict ? 1 : 0;
    if (signed) {
      a.s32max = Math.min(a.s32max, b.s32max - one);
      b.s32min = Math.max(a.s32min + one, b.s32min);
    } else {
      a.u32max = Math.min(a.u32max, b.u32max - one);
      b.u32min = Math.max(a.u32min + one, b.u32min);
    }
    return;
  }
  const one = strict ? 1n : 0n;
  if (signed) {
    a.smax = bigMin(a.smax, b.smax - one);
    b.smin = bigMax(a.smin + one, b.smin);
  } else {
    a.umax = bigMin(a.umax, b.umax - one);
    b.umin = bigMax(a.umin + one, b.umin);
  }
}

function refineOne(op: number, a: Scalar, b: Scalar, half: boolean): void {
  switch (op) {
    case Jump.Eq:
      return refineEqual(a, b, half);
    case Jump.Ne:
      return refineNotEqual(a, b, half);
    case Jump.Set:
      return refineSet(a, b, half, true);
    case NOT_SET:
      return refineSet(a, b, half, false);
    case Jump.Le:
      return refineLess(a, b, half, false, false);
    case Jump.Lt:
      return refineLess(a, b, half, false, true);
    case Jump.Sle:
      return refineLess(a, b, half, true, false);
    case Jump.Slt:
      return refineLess(a, b, half, true, true);
    default:
      return refineOne(flipJump(op), b, a, half);
  }
}

/** Bounds that contradict each other (a dead branch) are forgotten, as reg_bounds_sanity_check does. */
export function sane(s: Scalar): Scalar {
  const { v, m } = s.bits;
  const bad =
    s.umin > s.umax ||
    s.smin > s.smax ||
    s.u32min > s.u32max ||
    s.s32min > s.s32max ||
    (m === 0n && (s.umin !== v || s.umax !== v)) ||
    ((m & LOW) === 0n && (BigInt(s.u32min) !== (v & LOW) || BigInt(s.u32max) !== (v & LOW)));
  if (!bad) return s;
  const d = s.copy();
  d.unbound64();
  d.unbound32();
  return d;
}

/** What both operands are known to be where `a op b` holds, and where it does not. */
export interface Refined {
  readonly yes: readonly [Scalar, Scalar];
  readonly no: readonly [Scalar, Scalar];
}

/**
 * Refines copies; neither input changes.
 * @param same a register is compared with itself: the kernel refines it twice, once as either operand
 */
export function refine(
  op: number,
  a: Scalar,
  b: Scalar,
  half: boolean,
  same = false,
  rules: RangeRules = NEWEST_RULES,
): Refined {
  const equality = op === Jump.Eq || op === Jump.Ne;
  if (!rules.comparedRanges && !isConst(a, half) && !isConst(b, half) && (half || !equality))
    return { no: [a, b], yes: [a, b] };
  const side = (operation: number): [Scalar, Scalar] => {
    const x = a.copy();
    const y = same ? x : b.copy();
    if (rules.comparedRanges || operation !== Jump.Ne) refineOne(operation, x, y, half);
    return [sane(x.sync()), sane(y.sync())];
  };
  return { no: side(reverseJump(op)), yes: side(op) };
}
