/**
 * Tristate numbers: which of 64 bits are known. Input and output: `v` holds the known ones, `m` the unknown bits, both
 * unsigned 64-bit; invariant: v & m is 0. Rules: kernel/bpf/tnum.c (Linux 6.18).
 */

/** Known bits `v`, unknown bits `m`. */
export interface Tnum {
  readonly v: bigint;
  readonly m: bigint;
}

const MASK = 0xffff_ffff_ffff_ffffn;
const LOW = 0xffff_ffffn;

/** Nothing is known. */
export const TNUM_UNKNOWN: Tnum = Object.freeze({ v: 0n, m: MASK });

/** One value. @example tnumConst(5n).m // 0n */
export function tnumConst(value: bigint): Tnum {
  return { v: value, m: 0n };
}

function bitLength(value: bigint): bigint {
  const high = Number(value >> 32n);
  return BigInt(high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(value & LOW)));
}

/** The tightest tnum that holds every value from `min` to `max`, both unsigned. */
export function tnumRange(min: bigint, max: bigint): Tnum {
  const chi = min ^ max;
  if (chi === 0n) return { v: min, m: 0n };
  const bits = bitLength(chi);
  if (bits > 63n) return TNUM_UNKNOWN;
  const delta = (1n << bits) - 1n;
  return { v: min & ~delta & MASK, m: delta };
}

export function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const sm = BigInt.asUintN(64, a.m + b.m);
  const sv = BigInt.asUintN(64, a.v + b.v);
  const sigma = BigInt.asUintN(64, sm + sv);
  const mu = (sigma ^ sv) | a.m | b.m;
  return { v: sv & ~mu & MASK, m: mu };
}

export function tnumSub(a: Tnum, b: Tnum): Tnum {
  const dv = BigInt.asUintN(64, a.v - b.v);
  const alpha = BigInt.asUintN(64, dv + a.m);
  const beta = BigInt.asUintN(64, dv - b.m);
  const mu = (alpha ^ beta) | a.m | b.m;
  return { v: dv & ~mu & MASK, m: mu };
}

export function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const alpha = a.v | a.m;
  const beta = b.v | b.m;
  const v = a.v & b.v;
  return { v, m: alpha & beta & ~v & MASK };
}

export function tnumOr(a: Tnum, b: Tnum): Tnum {
  const v = a.v | b.v;
  const mu = a.m | b.m;
  return { v, m: mu & ~v & MASK };
}

export function tnumXor(a: Tnum, b: Tnum): Tnum {
  const mu = a.m | b.m;
  return { v: (a.v ^ b.v) & ~mu & MASK, m: mu };
}

/** Both sides may hold: values in one or the other (tnum_union, since 6.18 the base of multiplication). */
export function tnumUnion(a: Tnum, b: Tnum): Tnum {
  const v = a.v & b.v;
  const mu = (a.v ^ b.v) | a.m | b.m;
  return { v: v & ~mu & MASK, m: mu };
}

/** Multiplication bit by bit of `a`; where a bit is unknown both outcomes are joined (tnum_mul, 6.18). */
export function tnumMul(a: Tnum, b: Tnum): Tnum {
  let acc: Tnum = { v: 0n, m: 0n };
  let { v: av, m: am } = a;
  let bb = b;
  while (av !== 0n || am !== 0n) {
    if ((av & 1n) !== 0n) acc = tnumAdd(acc, bb);
    else if ((am & 1n) !== 0n) acc = tnumUnion(acc, tnumAdd(acc, bb));
    av >>= 1n;
    am >>= 1n;
    bb = tnumLsh(bb, 1n);
  }
  return acc;
}

/** Multiplication before 6.18: known bits by known bits, then what the unknown ones may add. */
export function tnumMulByParts(a: Tnum, b: Tnum): Tnum {
  let unknown: Tnum = { v: 0n, m: 0n };
  let { v: av, m: am } = a;
  let bb = b;
  while (av !== 0n || am !== 0n) {
    if ((av & 1n) !== 0n) unknown = tnumAdd(unknown, { v: 0n, m: bb.m });
    else if ((am & 1n) !== 0n) unknown = tnumAdd(unknown, { v: 0n, m: bb.v | bb.m });
    av >>= 1n;
    am >>= 1n;
    bb = tnumLsh(bb, 1n);
  }
  return tnumAdd({ v: BigInt.asUintN(64, a.v * b.v), m: 0n }, unknown);
}

export function tnumLsh(a: Tnum, by: bigint): Tnum {
  return { v: BigInt.asUintN(64, a.v << by), m: BigInt.asUintN(64, a.m << by) };
}

export function tnumRsh(a: Tnum, by: bigint): Tnum {
  return { v: a.v >> by, m: a.m >> by };
}

/** Arithmetic shift right of a 32- or 64-bit value. */
export function tnumArsh(a: Tnum, by: bigint, bits: 32 | 64): Tnum {
  const v = BigInt.asUintN(bits, BigInt.asIntN(bits, a.v) >> by);
  const m = BigInt.asUintN(bits, BigInt.asIntN(bits, a.m) >> by);
  return { v, m };
}

/** Both hold. */
export function tnumIntersect(a: Tnum, b: Tnum): Tnum {
  const v = a.v | b.v;
  const mu = a.m & b.m;
  return { v: v & ~mu & MASK, m: mu };
}

/** The least value above `from`; the greatest one if there is none, the least one if all are (tnum_step, 6.18.y). */
export function tnumStep(a: Tnum, from: bigint): bigint {
  const top = a.v | a.m;
  if (from >= top) return top;
  if (from < a.v) return a.v;
  const distance = from - a.v;
  // Counting up inside the unknown bits: the known ones are filled, so that the carry passes them.
  const passed = (1n << bitLength(distance & ~a.m & MASK)) - 1n;
  const filled = distance | passed | (~a.m & MASK);
  return a.v | ((filled + 1n) & a.m);
}

/** Low `bytes` bytes, the rest zero. */
export function tnumCast(a: Tnum, bytes: number): Tnum {
  return { v: BigInt.asUintN(bytes * 8, a.v), m: BigInt.asUintN(bytes * 8, a.m) };
}

/** Low 32 bits. */
export function tnumSubreg(a: Tnum): Tnum {
  return { v: a.v & LOW, m: a.m & LOW };
}

/** Every value of `b` is one of `a`. */
export function tnumIn(a: Tnum, b: Tnum): boolean {
  if (a.m === MASK) return true;
  if (a.m === b.m) return a.v === b.v;
  if ((b.m & ~a.m) !== 0n) return false;
  return a.v === (b.v & ~a.m);
}

/** Every value is a multiple of `size` (a power of two). */
export function tnumAligned(a: Tnum, size: number): boolean {
  return ((a.v | a.m) & BigInt(size - 1)) === 0n;
}
