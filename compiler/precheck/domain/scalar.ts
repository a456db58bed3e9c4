/**
 * What is known of a 64-bit value: known bits, and ranges read as signed and unsigned, of the whole and of its low half.
 * Mutable while it is computed, never after it was put in a register. Rules: reg_bounds_sync and its parts in
 * kernel/bpf/verifier.c (Linux 6.18).
 */
import { TNUM_UNKNOWN, type Tnum, tnumConst, tnumIntersect, tnumRange, tnumStep, tnumSubreg } from "./tnum.js";

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const S64_MIN = -0x8000_0000_0000_0000n;
export const U32_MAX = 0xffff_ffff;
export const S32_MAX = 0x7fff_ffff;
export const S32_MIN = -0x8000_0000;
const LOW = 0xffff_ffffn;

/** Ranges are inclusive. 64-bit bounds are bigint, 32-bit bounds number. */
export class Scalar {
  /** Tells the scalars of one exploration apart where a hash is wanted; 0 for those that no pool has seen (pool.ts). */
  tag = 0;

  declare bits: Tnum;
  declare smin: bigint;
  declare smax: bigint;
  declare umin: bigint;
  declare umax: bigint;
  declare s32min: number;
  declare s32max: number;
  declare u32min: number;
  declare u32max: number;

  constructor(
    bits: Tnum,
    smin: bigint,
    smax: bigint,
    umin: bigint,
    umax: bigint,
    s32min: number,
    s32max: number,
    u32min: number,
    u32max: number,
  ) {
    this.bits = bits;
    this.smin = smin;
    this.smax = smax;
    this.umin = umin;
    this.umax = umax;
    this.s32min = s32min;
    this.s32max = s32max;
    this.u32min = u32min;
    this.u32max = u32max;
  }

  copy(): Scalar {
    return new Scalar(
      this.bits,
      this.smin,
      this.smax,
      this.umin,
      this.umax,
      this.s32min,
      this.s32max,
      this.u32min,
      this.u32max,
    );
  }

  get isConst(): boolean {
    return this.bits.m === 0n;
  }

  /** The kernel's null: tnum_equals_const(var_off, 0). */
  get isZero(): boolean {
    return this.bits.m === 0n && this.bits.v === 0n;
  }

  /** The low half is one value. */
  get isConst32(): boolean {
    return (this.bits.m & LOW) === 0n;
  }

  unbound32(): void {
    this.s32min = S32_MIN;
    this.s32max = S32_MAX;
    this.u32min = 0;
    this.u32max = U32_MAX;
  }

  unbound64(): void {
    this.smin = S64_MIN;
    this.smax = S64_MAX;
    this.umin = 0n;
    this.umax = U64_MAX;
  }

  /** Learn 32-bit bounds from the known bits (__update_reg32_bounds). */
  boundsFromBits32(): void {
    const value = Number(this.bits.v & LOW);
    const mask = Number(this.bits.m & LOW);
    const low = value | (mask & S32_MIN);
    const high = value | (mask & S32_MAX);
    if (low > this.s32min) this.s32min = low;
    if (high < this.s32max) this.s32max = high;
    if (value > this.u32min) this.u32min = value;
    const top = (value | mask) >>> 0;
    if (top < this.u32max) this.u32max = top;
  }

  /** Learn 64-bit bounds from the known bits (__update_reg64_bounds). */
  boundsFromBits64(): void {
    const { v, m } = this.bits;
    const low = BigInt.asIntN(64, v | (m & 0x8000_0000_0000_0000n));
    const high = BigInt.asIntN(64, v | (m & S64_MAX));
    if (low > this.smin) this.smin = low;
    if (high < this.smax) this.smax = high;
    if (v > this.umin) this.umin = v;
    const top = v | m;
    if (top < this.umax) this.umax = top;
    // Nothing known: a range of many values has more than one in common.
    if (m !== U64_MAX || this.umin >= this.umax) this.onlyCommonValue();
  }

  /** Where range and bits have one value in common, it is that (6.18.y). */
  private onlyCommonValue(): void {
    const { umin, umax, bits } = this;
    const next = tnumStep(bits, umin);
    if ((umin & ~bits.m) === bits.v) {
      if (next > umax) this.become(umin);
    } else if (next === (bits.v | bits.m)) this.become(next);
    else if (next <= umax && tnumStep(bits, next) > umax) this.become(next);
  }

  private become(value: bigint): void {
    const low = Number(value & LOW);
    this.bits = tnumConst(value);
    this.smin = this.smax = BigInt.asIntN(64, value);
    this.umin = this.umax = value;
    this.s32min = this.s32max = low | 0;
    this.u32min = this.u32max = low;
  }

  boundsFromBits(): void {
    this.boundsFromBits32();
    this.boundsFromBits64();
  }

  private narrowS32(low: number, high: number): void {
    if (low > this.s32min) this.s32min = low;
    if (high < this.s32max) this.s32max = high;
  }

  private narrowU32(low: number, high: number): void {
    if (low > this.u32min) this.u32min = low;
    if (high < this.u32max) this.u32max = high;
  }

  /** The low halves of 64-bit bounds bound the low half where the upper halves agree (__reg32_deduce_bounds). */
  private deduce32(): void {
    const uminHigh = Number(this.umin >> 32n);
    const umaxHigh = Number(this.umax >> 32n);
    const uminLow = Number(this.umin & LOW);
    const umaxLow = Number(this.umax & LOW);
    const uminSigned = uminLow | 0;
    const umaxSigned = umaxLow | 0;
    if (uminHigh === umaxHigh) {
      this.narrowU32(uminLow, umaxLow);
      if (uminSigned <= umaxSigned) this.narrowS32(uminSigned, umaxSigned);
    }
    const sminHigh = Number(this.smin >> 32n);
    const smaxHigh = Number(this.smax >> 32n);
    const sminLow = Number(this.smin & LOW);
    const smaxLow = Number(this.smax & LOW);
    const sminSigned = sminLow | 0;
    const smaxSigned = smaxLow | 0;
    if (sminHigh === smaxHigh) {
      if (sminLow <= smaxLow) this.narrowU32(sminLow, smaxLow);
      if (sminSigned <= smaxSigned) this.narrowS32(sminSigned, smaxSigned);
    }
    if ((uminHigh + 1) >>> 0 === umaxHigh && uminSigned < 0 && umaxSigned >= 0) this.narrowS32(uminSigned, umaxSigned);
    if ((sminHigh + 1) >>> 0 === smaxHigh >>> 0 && sminSigned < 0 && smaxSigned >= 0) {
      this.narrowS32(sminSigned, smaxSigned);
    }
    if ((this.u32min | 0) <= (this.u32max | 0)) this.narrowS32(this.u32min | 0, this.u32max | 0);
    if (this.s32min >>> 0 <= this.s32max >>> 0) this.narrowU32(this.s32min >>> 0, this.s32max >>> 0);
    else if (this.u32max < this.s32min >>> 0) {
      // The signed range straddles zero and the unsigned one does not reach its negative part (6.18.y).
      this.s32min = this.u32min | 0;
      this.u32max = Math.min(this.u32max, this.s32max >>> 0);
    } else if (this.s32max >>> 0 < this.u32min) {
      this.s32max = this.u32max | 0;
      this.u32min = Math.max(this.u32min, this.s32min >>> 0);
    }
  }

  private deduce64(): void {
    const low = BigInt.asIntN(64, this.umin);
    const high = BigInt.asIntN(64, this.umax);
    if (low <= high) {
      if (low > this.smin) this.smin = low;
      if (high < this.smax) this.smax = high;
    }
    const ulow = BigInt.asUintN(64, this.smin);
    const uhigh = BigInt.asUintN(64, this.smax);
    if (ulow <= uhigh) {
      if (ulow > this.umin) this.umin = ulow;
      if (uhigh < this.umax) this.umax = uhigh;
    } else if (this.umax < ulow) {
      // The signed range straddles zero and the unsigned one lies in its upper part only (6.17).
      this.smin = BigInt.asIntN(64, this.umin);
      if (uhigh < this.umax) this.umax = uhigh;
    } else if (uhigh < this.umin) {
      this.smax = BigInt.asIntN(64, this.umax);
      if (ulow > this.umin) this.umin = ulow;
    }
  }

  /** 32-bit knowledge tightens 64-bit bounds (__reg_deduce_mixed_bounds). */
  private deduceMixed(): void {
    const low = BigInt(this.u32min);
    const high = BigInt(this.u32max);
    const umin = (this.umin & ~LOW) | low;
    const umax = (this.umax & ~LOW) | high;
    if (umin > this.umin) this.umin = umin;
    if (umax < this.umax) this.umax = umax;
    const smin = (this.smin & ~LOW) | low;
    const smax = (this.smax & ~LOW) | high;
    if (smin > this.smin) this.smin = smin;
    if (smax < this.smax) this.smax = smax;
    if (this.s32min >= 0 && this.smin >= BigInt(S32_MIN) && this.smax <= BigInt(S32_MAX)) {
      this.smin = this.umin = BigInt(this.s32min);
      this.smax = this.umax = BigInt(this.s32max);
      this.bits = tnumIntersect(this.bits, tnumRange(this.umin, this.umax));
    }
  }

  private bitsFromBounds(): void {
    const whole = tnumIntersect(this.bits, tnumRange(this.umin, this.umax));
    const half = tnumIntersect(tnumSubreg(whole), tnumRange(BigInt(this.u32min), BigInt(this.u32max)));
    this.bits = { v: (whole.v & ~LOW) | half.v, m: (whole.m & ~LOW) | half.m };
  }

  /** Lets every part learn from the others (reg_bounds_sync). */
  sync(): this {
    this.boundsFromBits();
    for (let i = 0; i < 3; i++) {
      this.deduce32();
      this.deduce64();
      this.deduceMixed();
    }
    this.bitsFromBounds();
    this.boundsFromBits();
    return this;
  }

  /** 64-bit bounds from the low half, upper half zero (__reg_assign_32_into_64). */
  assign32Into64(): void {
    this.umin = BigInt(this.u32min);
    this.umax = BigInt(this.u32max);
    if (this.s32min >= 0 && this.s32max >= 0) {
      this.smin = BigInt(this.s32min);
      this.smax = BigInt(this.s32max);
    } else {
      this.smin = 0n;
      this.smax = LOW;
    }
  }
}

/** A fresh value of which nothing is known, to be narrowed. */
export function anyScalar(): Scalar {
  return new Scalar(TNUM_UNKNOWN, S64_MIN, S64_MAX, 0n, U64_MAX, S32_MIN, S32_MAX, 0, U32_MAX);
}

/** Shared: never to be changed. */
export const UNKNOWN: Scalar = anyScalar();
UNKNOWN.tag = -2;

/** One value, given signed or unsigned. @example constScalar(-1n).umax // 2n ** 64n - 1n */
export function constScalar(value: bigint): Scalar {
  const u = BigInt.asUintN(64, value);
  const s = BigInt.asIntN(64, value);
  const low = Number(u & LOW);
  return new Scalar(tnumConst(u), s, s, u, u, low | 0, low | 0, low, low);
}

/** Shared: never to be changed. */
export const ZERO: Scalar = constScalar(0n);
ZERO.tag = -1;

/** What a load of `bytes` bytes can give: zero-extended. Shared: never to be changed. */
export function scalarOfBytes(bytes: number): Scalar {
  return bytes === 8 ? UNKNOWN : bytes === 4 ? FOUR_BYTES : bytes === 2 ? TWO_BYTES : ONE_BYTE;
}

/** Truncates to `bytes` bytes, zero-extended (coerce_reg_to_size). */
export function coerce(from: Scalar, bytes: number): Scalar {
  if (bytes === 8) return from;
  const s = from.copy();
  const width = bytes * 8;
  s.bits = { v: BigInt.asUintN(width, s.bits.v), m: BigInt.asUintN(width, s.bits.m) };
  const mask = (1n << BigInt(width)) - 1n;
  if ((s.umin & ~mask) === (s.umax & ~mask)) {
    s.umin &= mask;
    s.umax &= mask;
  } else {
    s.umin = 0n;
    s.umax = mask;
  }
  s.smin = s.umin;
  s.smax = s.umax;
  if (bytes < 4) s.unbound32();
  return s.sync();
}

const FOUR_BYTES = coerce(UNKNOWN, 4);
const TWO_BYTES = coerce(UNKNOWN, 2);
const ONE_BYTE = coerce(UNKNOWN, 1);

/** A range read both ways; both ends of `[min, max]` signed. */
export function rangeScalar(min: bigint, max: bigint): Scalar {
  const s = anyScalar();
  s.smin = min;
  s.smax = max;
  return s.sync();
}

/** Every value of `inner` lies in the ranges of `outer` (range_within). */
export function rangeWithin(outer: Scalar, inner: Scalar): boolean {
  // The cheap ones first.
  return (
    outer.u32min <= inner.u32min &&
    outer.u32max >= inner.u32max &&
    outer.s32min <= inner.s32min &&
    outer.s32max >= inner.s32max &&
    outer.umin <= inner.umin &&
    outer.umax >= inner.umax &&
    outer.smin <= inner.smin &&
    outer.smax >= inner.smax
  );
}

/** All parts equal. */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  return (
    a === b ||
    (a.u32min === b.u32min &&
      a.u32max === b.u32max &&
      a.s32min === b.s32min &&
      a.s32max === b.s32max &&
      a.bits.v === b.bits.v &&
      a.bits.m === b.bits.m &&
      a.umin === b.umin &&
      a.umax === b.umax &&
      a.smin === b.smin &&
      a.smax === b.smax)
  );
}

/**
 * The same upper half with one value in the low half (__mark_reg32_known). The kernel leaves the 64-bit ranges to the reg_bounds_sync
 * after the operation that follows; here every view learns it at once.
 */
export function withLow(from: Scalar, value: number): Scalar {
  const s = from.copy();
  const low = value >>> 0;
  s.bits = { v: (s.bits.v & ~LOW) | BigInt(low), m: s.bits.m & ~LOW };
  s.s32min = s.s32max = low | 0;
  s.u32min = s.u32max = low;
  return s.sync();
}
