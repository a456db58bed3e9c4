/**
 * What holds of every finished scalar: bits, four ranges and both widths tell of the same values. Checked where values enter
 * the pool, in test builds only (EBPFTSC_INVARIANTS=1, which vitest.config.ts and the oracle set): a part that was set without the
 * others is a false accept that no verdict may show. Input: a scalar. Output: the first contradiction, in words.
 */
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, type Scalar, U32_MAX, U64_MAX } from "./scalar.js";
import { tnumRange } from "./tnum.js";

const LOW = 0xffff_ffffn;

/** Set once for the process. */
export const INVARIANTS: boolean = process.env["EBPFTSC_INVARIANTS"] === "1";

/** Ranges that contradicted the bits on a dead branch are forgotten, the bits stay (reg_bounds_sanity_check, __mark_reg_unbounded). */
function forgotten(s: Scalar): boolean {
  return (
    s.umin === 0n &&
    s.umax === U64_MAX &&
    s.smin === S64_MIN &&
    s.smax === S64_MAX &&
    s.u32min === 0 &&
    s.u32max === U32_MAX &&
    s.s32min === S32_MIN &&
    s.s32max === S32_MAX
  );
}

type Rule = readonly [what: string, broken: (s: Scalar) => boolean];

/** A range and the known bits have values in common at both ends: neither end lies outside what the bits allow. */
const RULES: readonly Rule[] = [
  ["a bit is known and unknown", ({ bits: { v, m } }) => (v & m) !== 0n || v > U64_MAX || m > U64_MAX],
  ["the unsigned range is empty", (s) => s.umin > s.umax || s.umin < 0n || s.umax > U64_MAX],
  ["the signed range is empty", (s) => s.smin > s.smax || s.smin < S64_MIN || s.smax > S64_MAX],
  ["the unsigned range of the low half is empty", (s) => s.u32min > s.u32max || s.u32min < 0 || s.u32max > U32_MAX],
  ["the signed range of the low half is empty", (s) => s.s32min > s.s32max || s.s32min < S32_MIN || s.s32max > S32_MAX],
  ["the unsigned range exceeds the bits", (s) => s.umin < s.bits.v || s.umax > (s.bits.v | s.bits.m)],
  [
    "the signed range exceeds the bits",
    ({ smin, smax, bits: { v, m } }) =>
      smin < BigInt.asIntN(64, v | (m & (1n << 63n))) || smax > BigInt.asIntN(64, v | (m & S64_MAX)),
  ],
  [
    "the unsigned range of the low half exceeds the bits",
    ({ u32min, u32max, bits: { v, m } }) => BigInt(u32min) < (v & LOW) || BigInt(u32max) > ((v | m) & LOW),
  ],
  [
    "the signed range of the low half exceeds the bits",
    ({ s32min, s32max, bits: { v, m } }) => {
      const value = Number(v & LOW);
      const mask = Number(m & LOW);
      return s32min < (value | (mask & S32_MIN)) || s32max > (value | (mask & S32_MAX));
    },
  ],
  [
    "the bits exceed the unsigned range",
    ({ umin, umax, bits: { v, m } }) => {
      const range = tnumRange(umin, umax);
      // Where the range fixes a bit, the bits know it.
      return (m & ~range.m) !== 0n || ((v ^ range.v) & ~range.m) !== 0n;
    },
  ],
  [
    "the bits exceed the unsigned range of the low half",
    ({ u32min, u32max, bits: { v, m } }) => {
      const range = tnumRange(BigInt(u32min), BigInt(u32max));
      return (m & ~range.m & LOW) !== 0n || ((v ^ range.v) & ~range.m & LOW) !== 0n;
    },
  ],
  [
    "the low half exceeds the whole",
    (s) => s.umin >> 32n === s.umax >> 32n && (BigInt(s.u32min) < (s.umin & LOW) || BigInt(s.u32max) > (s.umax & LOW)),
  ],
];

/** The first rule that the scalar breaks; undefined for a consistent one. */
export function contradiction(s: Scalar): string | undefined {
  return forgotten(s) ? undefined : RULES.find(([, broken]) => broken(s))?.[0];
}

const text = (s: Scalar): string =>
  `bits ${s.bits.v.toString(16)}/${s.bits.m.toString(16)} u[${s.umin},${s.umax}] s[${s.smin},${s.smax}] u32[${s.u32min},${s.u32max}] s32[${s.s32min},${s.s32max}]`;

/** @throws Error for a scalar whose views contradict one another: our bug */
export function checkInvariants(s: Scalar): Scalar {
  const broken = contradiction(s);
  if (broken !== undefined) throw new Error(`pre-check: ${broken}: ${text(s)}`);
  return s;
}
