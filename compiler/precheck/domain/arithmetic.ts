/**
 * Scalar arithmetic on ranges. Input: operation, both operands, width. Output: a new Scalar that holds every possible
 * result. Rules: adjust_scalar_min_max_vals and the scalar*_min_max_* functions of kernel/bpf/verifier.c (6.18).
 */
import { Alu } from "../../../runtime/isa/index.js";
import { NEWEST_RULES, type RangeRules } from "./rules.js";
import {
  anyScalar,
  coerce,
  constScalar,
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  type Scalar,
  U32_MAX,
  U64_MAX,
  UNKNOWN,
  ZERO,
} from "./scalar.js";
import {
  tnumAdd,
  tnumAnd,
  tnumArsh,
  tnumLsh,
  tnumMul,
  tnumMulByParts,
  tnumOr,
  tnumRsh,
  tnumSub,
  tnumSubreg,
  tnumXor,
} from "./tnum.js";

const fitsS64 = (value: bigint): boolean => value >= S64_MIN && value <= S64_MAX;
const fitsS32 = (value: number): boolean => value >= S32_MIN && value <= S32_MAX;

function setSigned(d: Scalar, min: bigint, max: bigint, ok: boolean): void {
  d.smin = ok ? min : S64_MIN;
  d.smax = ok ? max : S64_MAX;
}
function setSigned32(d: Scalar, min: number, max: number, ok: boolean): void {
  d.s32min = ok ? min : S32_MIN;
  d.s32max = ok ? max : S32_MAX;
}
function setUnsigned(d: Scalar, min: bigint, max: bigint, ok: boolean): void {
  d.umin = ok ? BigInt.asUintN(64, min) : 0n;
  d.umax = ok ? BigInt.asUintN(64, max) : U64_MAX;
}
function setUnsigned32(d: Scalar, min: number, max: number, ok: boolean): void {
  d.u32min = ok ? min >>> 0 : 0;
  d.u32max = ok ? max >>> 0 : U32_MAX;
}

/** @param wraps where both ends wrap the range stays one piece (6.17) */
function add(d: Scalar, s: Scalar, wraps: boolean): void {
  const s32a = d.s32min + s.s32min;
  const s32b = d.s32max + s.s32max;
  setSigned32(d, s32a, s32b, fitsS32(s32a) && fitsS32(s32b));
  const u32a = d.u32min + s.u32min;
  const u32b = d.u32max + s.u32max;
  setUnsigned32(d, u32a, u32b, (wraps && u32a > U32_MAX) || u32b <= U32_MAX);
  const sa = d.smin + s.smin;
  const sb = d.smax + s.smax;
  setSigned(d, sa, sb, fitsS64(sa) && fitsS64(sb));
  const ua = d.umin + s.umin;
  const ub = d.umax + s.umax;
  setUnsigned(d, ua, ub, (wraps && ua > U64_MAX) || ub <= U64_MAX);
  d.bits = tnumAdd(d.bits, s.bits);
}

function sub(d: Scalar, s: Scalar, wraps: boolean): void {
  const s32a = d.s32min - s.s32max;
  const s32b = d.s32max - s.s32min;
  setSigned32(d, s32a, s32b, fitsS32(s32a) && fitsS32(s32b));
  const u32a = d.u32min - s.u32max;
  const u32b = d.u32max - s.u32min;
  setUnsigned32(d, u32a, u32b, u32a >= 0 || (wraps && u32b < 0));
  const sa = d.smin - s.smax;
  const sb = d.smax - s.smin;
  setSigned(d, sa, sb, fitsS64(sa) && fitsS64(sb));
  const ua = d.umin - s.umax;
  const ub = d.umax - s.umin;
  setUnsigned(d, ua, ub, ua >= 0n || (wraps && ub < 0n));
  d.bits = tnumSub(d.bits, s.bits);
}

function mul(d: Scalar, s: Scalar): void {
  d.bits = tnumMul(d.bits, s.bits);
  // Products of 32-bit bounds need more than 53 bits.
  const p32 = [d.s32min, d.s32max].flatMap((a) => [s.s32min, s.s32max].map((b) => a * b));
  const low32 = Math.min(...p32);
  const high32 = Math.max(...p32);
  setSigned32(d, low32, high32, fitsS32(low32) && fitsS32(high32));
  const u32a = d.u32min * s.u32min;
  const u32b = d.u32max * s.u32max;
  setUnsigned32(d, u32a, u32b, u32b <= U32_MAX);
  let low = d.smin * s.smin;
  let high = low;
  for (const p of [d.smin * s.smax, d.smax * s.smin, d.smax * s.smax]) {
    if (p < low) low = p;
    if (p > high) high = p;
  }
  setSigned(d, low, high, fitsS64(low) && fitsS64(high));
  const ub = d.umax * s.umax;
  setUnsigned(d, d.umin * s.umin, ub, ub <= U64_MAX);
}

/** Before 6.14: positive factors of half the width each, else nothing is known. */
function mulPositive(d: Scalar, s: Scalar): void {
  d.bits = tnumMulByParts(d.bits, s.bits);
  const half = d.s32min >= 0 && s.s32min >= 0 && d.u32max <= 0xffff && s.u32max <= 0xffff;
  const [u32a, u32b] = [d.u32min * s.u32min, d.u32max * s.u32max];
  setUnsigned32(d, u32a, u32b, half);
  setSigned32(d, u32a, u32b, half && u32b <= S32_MAX);
  const whole = d.smin >= 0n && s.smin >= 0n && d.umax <= 0xffff_ffffn && s.umax <= 0xffff_ffffn;
  const [ua, ub] = [d.umin * s.umin, d.umax * s.umax];
  setUnsigned(d, ua, ub, whole);
  setSigned(d, ua, ub, whole && ub <= S64_MAX);
}

/** Signed bounds of a bitwise result follow its unsigned ones unless those cross the sign bit. */
function signedFromUnsigned(d: Scalar): void {
  setSigned32(d, d.u32min | 0, d.u32max | 0, (d.u32min | 0) <= (d.u32max | 0));
  const low = BigInt.asIntN(64, d.umin);
  const high = BigInt.asIntN(64, d.umax);
  setSigned(d, low, high, low <= high);
}

function bitwise(op: number, d: Scalar, s: Scalar, ofNegative: boolean): void {
  const positive32 = ofNegative || (d.s32min >= 0 && s.s32min >= 0);
  const positive = ofNegative || (d.smin >= 0n && s.smin >= 0n);
  const bits =
    op === Alu.And ? tnumAnd(d.bits, s.bits) : op === Alu.Or ? tnumOr(d.bits, s.bits) : tnumXor(d.bits, s.bits);
  const low = Number(bits.v & 0xffff_ffffn);
  const high = Number((bits.v | bits.m) & 0xffff_ffffn);
  if (op === Alu.And) {
    d.u32min = low;
    d.u32max = Math.min(d.u32max, s.u32max);
    d.umin = bits.v;
    if (s.umax < d.umax) d.umax = s.umax;
  } else if (op === Alu.Or) {
    d.u32min = Math.max(d.u32min, s.u32min);
    d.u32max = high;
    if (s.umin > d.umin) d.umin = s.umin;
    d.umax = bits.v | bits.m;
  } else {
    d.u32min = low;
    d.u32max = high;
    d.umin = bits.v;
    d.umax = bits.v | bits.m;
  }
  d.bits = bits;
  signedFromUnsigned(d);
  if (!positive32) setSigned32(d, 0, 0, false);
  if (!positive) setSigned(d, 0n, 0n, false);
  d.boundsFromBits();
}

function lsh32(d: Scalar, by: number): void {
  setSigned32(d, 0, 0, false);
  if (by > 31 || d.u32max > 2 ** (31 - by)) setUnsigned32(d, 0, 0, false);
  else setUnsigned32(d, d.u32min * 2 ** by, d.u32max * 2 ** by, true);
}

function lsh(d: Scalar, by: number, half: boolean): void {
  const n = BigInt(by);
  if (half) {
    const subreg = tnumSubreg(d.bits);
    lsh32(d, by);
    d.bits = tnumSubreg(tnumLsh(subreg, n));
    d.unbound64();
    d.boundsFromBits32();
    return;
  }
  // Shifting left by 32 keeps the order of the low halves: compilers sign-extend with << 32, s>> 32.
  if (by === 32) setSigned(d, BigInt(d.s32min) << 32n, BigInt(d.s32max) << 32n, true);
  else setSigned(d, 0n, 0n, false);
  if (d.umax > 1n << BigInt(63 - by)) setUnsigned(d, 0n, 0n, false);
  else setUnsigned(d, d.umin << n, d.umax << n, true);
  lsh32(d, by);
  d.bits = tnumLsh(d.bits, n);
  d.boundsFromBits();
}

function rsh(d: Scalar, by: number, half: boolean): void {
  const n = BigInt(by);
  if (half) {
    setSigned32(d, 0, 0, false);
    d.bits = tnumRsh(tnumSubreg(d.bits), n);
    d.u32min >>>= by;
    d.u32max >>>= by;
    d.unbound64();
    d.boundsFromBits32();
    return;
  }
  setSigned(d, 0n, 0n, false);
  d.bits = tnumRsh(d.bits, n);
  d.umin >>= n;
  d.umax >>= n;
  d.unbound32();
  d.boundsFromBits();
}

function arsh(d: Scalar, by: number, half: boolean): void {
  const n = BigInt(by);
  if (half) {
    d.s32min >>= by;
    d.s32max >>= by;
    d.bits = tnumArsh(tnumSubreg(d.bits), n, 32);
    setUnsigned32(d, 0, 0, false);
    d.unbound64();
    d.boundsFromBits32();
    return;
  }
  d.smin >>= n;
  d.smax >>= n;
  d.bits = tnumArsh(d.bits, n, 64);
  setUnsigned(d, 0n, 0n, false);
  d.unbound32();
  d.boundsFromBits();
}

/** Upper half becomes zero (zext_32_to_64); bounds still to be synced. */
export function zeroExtend(d: Scalar): void {
  d.bits = tnumSubreg(d.bits);
  d.assign32Into64();
}

function foldConst(op: number, a: bigint, b: bigint): bigint | undefined {
  switch (op) {
    case Alu.Add:
      return a + b;
    case Alu.Sub:
      return a - b;
    case Alu.Mul:
      return a * b;
    case Alu.And:
      return a & b;
    case Alu.Or:
      return a | b;
    case Alu.Xor:
      return a ^ b;
    default:
      return undefined;
  }
}

/** Newer kernels forget the whole register, also of a 32-bit operation. */
const unfollowed = (half: boolean, rules: RangeRules): Scalar => (half && !rules.forgetsWhole ? unknown32() : UNKNOWN);

/**
 * `left op right`.
 * @param half true for a 32-bit operation: low halves, upper half of the result zero
 */
export function arithmetic(
  op: number,
  left: Scalar,
  right: Scalar,
  half: boolean,
  rules: RangeRules = NEWEST_RULES,
): Scalar {
  if (left.isConst && right.isConst) {
    const folded = foldConst(op, left.bits.v, right.bits.v);
    if (folded !== undefined) return constScalar(half ? BigInt.asUintN(32, folded) : folded);
  }
  const d = left.copy();
  const known = half ? right.isConst32 : right.isConst;
  // Of a 32-bit shift too the kernel looks at the whole of the operand.
  const by = right.umax > 63n ? 64 : Number(right.umax);
  const shift = known && by < (half ? 32 : 64);
  switch (op) {
    case Alu.Add:
      add(d, right, rules.wraps);
      break;
    case Alu.Sub:
      sub(d, right, rules.wraps);
      break;
    case Alu.Mul:
      if (rules.products) mul(d, right);
      else mulPositive(d, right);
      break;
    case Alu.And:
    case Alu.Or:
    case Alu.Xor:
      bitwise(op, d, right, rules.signedBits);
      break;
    case Alu.Lsh:
    case Alu.Rsh:
    case Alu.Arsh:
      if (!shift) return unfollowed(half, rules);
      if (op === Alu.Lsh) lsh(d, by, half);
      else if (op === Alu.Rsh) rsh(d, by, half);
      else arsh(d, by, half);
      break;
    default:
      // Division and remainder are not followed up to 6.18, even by constants.
      return unfollowed(half, rules);
  }
  if (half) zeroExtend(d);
  return d.sync();
}

/** Any value below 2^32. */
export function unknown32(): Scalar {
  const s = anyScalar();
  zeroExtend(s);
  return s.sync();
}

/** `-value`; followed since 6.18. */
export function negate(value: Scalar, half: boolean): Scalar {
  return arithmetic(Alu.Sub, ZERO, value, half);
}

/** The low `bytes` bytes, in the other order if `swap`, zero above; known bits move along, ranges are read off them. */
export function byteSwap(value: Scalar, bytes: number, swap: boolean): Scalar {
  let s = value;
  if (swap) {
    s = anyScalar();
    s.bits = { v: reverseBytes(value.bits.v, bytes), m: reverseBytes(value.bits.m, bytes) };
    s.sync();
  }
  return bytes === 8 ? s : coerce(s, bytes);
}

function reverseBytes(value: bigint, bytes: number): bigint {
  let out = 0n;
  let rest = value;
  for (let i = 0; i < bytes; i++) {
    out = (out << 8n) | (rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}
