/**
 * 64-bit arithmetic on register words: `r[d]` is the low, `r[d + 1]` the high half, both signed 32-bit. The easy
 * operations work on the halves; multiply and divide follow RFC 9669, 4.1: x / 0 = 0, x % 0 = x, MIN / -1 = MIN.
 */

/** r[d] += (bh:bl) */
export function add(r: Int32Array, d: number, bl: number, bh: number): void {
  const lo = ((r[d] as number) + bl) | 0;
  r[d + 1] = (r[d + 1] as number) + bh + (lo >>> 0 < bl >>> 0 ? 1 : 0);
  r[d] = lo;
}

export function sub(r: Int32Array, d: number, bl: number, bh: number): void {
  const al = r[d] as number;
  r[d] = al - bl;
  r[d + 1] = (r[d + 1] as number) - bh - (al >>> 0 < bl >>> 0 ? 1 : 0);
}

export function mul(r: Int32Array, d: number, bl: number, bh: number): void {
  const al = r[d] as number;
  const ah = r[d + 1] as number;
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const p00 = Math.imul(a0, b0);
  const p01 = Math.imul(a0, b1);
  const p10 = Math.imul(a1, b0);
  const p11 = Math.imul(a1, b1);
  const middle = ((p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff)) | 0;
  const high = (p11 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16)) | 0;
  r[d] = Math.imul(al, bl);
  r[d + 1] = (high + Math.imul(al, bh) + Math.imul(ah, bl)) | 0;
}

export function shiftLeft(r: Int32Array, d: number, by: number): void {
  const n = by & 63;
  if (n === 0) return;
  const lo = r[d] as number;
  if (n >= 32) {
    r[d + 1] = lo << (n - 32);
    r[d] = 0;
  } else {
    r[d + 1] = ((r[d + 1] as number) << n) | (lo >>> (32 - n));
    r[d] = lo << n;
  }
}

export function shiftRight(r: Int32Array, d: number, by: number): void {
  const n = by & 63;
  if (n === 0) return;
  const hi = r[d + 1] as number;
  if (n >= 32) {
    r[d] = hi >>> (n - 32);
    r[d + 1] = 0;
  } else {
    r[d] = ((r[d] as number) >>> n) | (hi << (32 - n));
    r[d + 1] = hi >>> n;
  }
}

export function shiftRightSigned(r: Int32Array, d: number, by: number): void {
  const n = by & 63;
  if (n === 0) return;
  const hi = r[d + 1] as number;
  if (n >= 32) {
    r[d] = hi >> (n - 32);
    r[d + 1] = hi >> 31;
  } else {
    r[d] = ((r[d] as number) >>> n) | (hi << (32 - n));
    r[d + 1] = hi >> n;
  }
}

export function negate(r: Int32Array, d: number): void {
  const lo = -(r[d] as number) | 0;
  r[d + 1] = ~(r[d + 1] as number) + (lo === 0 ? 1 : 0);
  r[d] = lo;
}

/** Unsigned a < b. */
export function below(al: number, ah: number, bl: number, bh: number): boolean {
  return ah === bh ? al >>> 0 < bl >>> 0 : ah >>> 0 < bh >>> 0;
}

/** Signed a < b. */
export function less(al: number, ah: number, bl: number, bh: number): boolean {
  return ah === bh ? al >>> 0 < bl >>> 0 : ah < bh;
}

const SAFE_HIGH = 1 << 21;
const TWO32 = 4294967296;

/** Unsigned division and remainder; through doubles where both operands are below 2^53. */
export function divide(r: Int32Array, d: number, bl: number, bh: number, remainder: boolean): void {
  if (bl === 0 && bh === 0) {
    if (!remainder) r[d] = r[d + 1] = 0;
    return;
  }
  const al = r[d] as number;
  const ah = r[d + 1] as number;
  if (ah >>> 0 < SAFE_HIGH && bh >>> 0 < SAFE_HIGH) {
    const a = (ah >>> 0) * TWO32 + (al >>> 0);
    const b = (bh >>> 0) * TWO32 + (bl >>> 0);
    const value = remainder ? a % b : Math.floor((a - (a % b)) / b);
    r[d] = value % TWO32;
    r[d + 1] = value / TWO32;
    return;
  }
  const a = (BigInt(ah >>> 0) << 32n) | BigInt(al >>> 0);
  const b = (BigInt(bh >>> 0) << 32n) | BigInt(bl >>> 0);
  put(r, d, remainder ? a % b : a / b);
}

export function divideSigned(r: Int32Array, d: number, bl: number, bh: number, remainder: boolean): void {
  if (bl === 0 && bh === 0) {
    if (!remainder) r[d] = r[d + 1] = 0;
    return;
  }
  const a = (BigInt(r[d + 1] as number) << 32n) | BigInt((r[d] as number) >>> 0);
  const b = (BigInt(bh) << 32n) | BigInt(bl >>> 0);
  put(r, d, remainder ? a % b : a / b);
}

/** Writes the low 64 bits of a bigint. */
export function put(r: Int32Array, d: number, value: bigint): void {
  r[d] = Number(BigInt.asIntN(32, value));
  r[d + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Swaps the bytes of a 32-bit word. */
export function swap32(v: number): number {
  return (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
}
