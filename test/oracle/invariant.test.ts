/**
 * All views of a scalar tell of the same values after every operation: generated chains of arithmetic in both widths, branches, moves and parts
 * that are set alone. And the rules find what they are for: scalars with one view wrong.
 */
import { expect, test } from "vitest";
import { arithmetic, byteSwap, negate, zeroExtend } from "../../compiler/precheck/domain/arithmetic.js";
import { refine, sane } from "../../compiler/precheck/domain/compare.js";
import { contradiction, INVARIANTS } from "../../compiler/precheck/domain/invariant.js";
import {
  anyScalar,
  coerce,
  constScalar,
  type Scalar,
  scalarOfBytes,
  UNKNOWN,
  withLow,
} from "../../compiler/precheck/domain/scalar.js";
import { Random } from "./random.js";

const CHAINS = Number(process.env["EBPFTSC_CHAINS"] ?? 3000);
const OPERATIONS = [0x00, 0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xc0];
const JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];
const EDGES = [0n, 1n, 31n, 63n, -1n, -2n, 0x7fff_ffffn, -0x8000_0000n, 0x8000_0000n, 0xffff_ffffn, 1n << 63n, -141n];

function fresh(r: Random): Scalar {
  switch (r.below(4)) {
    case 0:
      return UNKNOWN;
    case 1:
      return scalarOfBytes(r.pick([1, 2, 4]));
    case 2:
      return constScalar(r.pick(EDGES));
    default:
      return constScalar(BigInt(r.next() | 0) * (r.chance(30) ? 1n << 31n : 1n));
  }
}

/** A value that the scalar holds, moved along with it: the ranges must keep it. */
interface Tracked {
  readonly s: Scalar;
  readonly value: bigint;
}

const holds = ({ s, value }: Tracked): boolean => {
  const u = BigInt.asUintN(64, value);
  const signed = BigInt.asIntN(64, value);
  const low = Number(BigInt.asUintN(32, value));
  return (
    (u & ~s.bits.m) === s.bits.v &&
    s.umin <= u &&
    u <= s.umax &&
    s.smin <= signed &&
    signed <= s.smax &&
    s.u32min <= low &&
    low <= s.u32max &&
    s.s32min <= (low | 0) &&
    (low | 0) <= s.s32max
  );
};

const pickFrom = (r: Random, s: Scalar): bigint => {
  const noise = (BigInt(r.next()) << 32n) | BigInt(r.next());
  return s.bits.v | (noise & s.bits.m);
};

function compute(op: number, a: bigint, b: bigint, half: boolean): bigint {
  const width = half ? 32 : 64;
  const u = (x: bigint): bigint => BigInt.asUintN(width, x);
  const by = u(b) & BigInt(width - 1);
  switch (op) {
    case 0x00:
      return u(a + b);
    case 0x10:
      return u(a - b);
    case 0x20:
      return u(a * b);
    case 0x40:
      return u(a | b);
    case 0x50:
      return u(a & b);
    case 0x60:
      return u(u(a) << by);
    case 0x70:
      return u(a) >> by;
    case 0xa0:
      return u(a ^ b);
    default:
      return u(BigInt.asIntN(width, a) >> by);
  }
}

function jumps(op: number, a: bigint, b: bigint, half: boolean): boolean {
  const width = half ? 32 : 64;
  const [ua, ub] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [sa, sb] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  switch (op) {
    case 0x10:
      return ua === ub;
    case 0x20:
      return ua > ub;
    case 0x30:
      return ua >= ub;
    case 0x40:
      return (ua & ub) !== 0n;
    case 0x50:
      return ua !== ub;
    case 0x60:
      return sa > sb;
    case 0x70:
      return sa >= sb;
    case 0xa0:
      return ua < ub;
    case 0xb0:
      return ua <= ub;
    case 0xc0:
      return sa < sb;
    default:
      return sa <= sb;
  }
}

function step(r: Random, from: Tracked): Tracked {
  const { s, value } = from;
  const half = r.chance(50);
  const shift = r.below(half ? 32 : 64);
  const other = fresh(r);
  const b = pickFrom(r, other);
  switch (r.below(8)) {
    case 0: {
      // A mask: shifted arithmetically, then forked by its low half.
      const d = arithmetic(0xc0, s, constScalar(half ? 31n : 63n), half);
      const v = compute(0xc0, value, half ? 31n : 63n, half);
      const low = Number(BigInt.asUintN(32, v)) | 0;
      return d.s32min === -1 && d.s32max === 0 ? { s: withLow(d, low), value: v } : { s: d, value: v };
    }
    case 1: {
      const bytes = r.pick([1, 2, 4, 8]);
      return { s: coerce(s, bytes), value: BigInt.asUintN(bytes * 8, value) };
    }
    case 2: {
      const d = s.copy();
      zeroExtend(d);
      return { s: d.sync(), value: BigInt.asUintN(32, value) };
    }
    case 3: {
      const op = r.pick(JUMPS);
      const { yes, no } = refine(op, s, other, half);
      return { s: (jumps(op, value, b, half) ? yes : no)[0], value };
    }
    case 4:
      return r.chance(50)
        ? { s: sane(negate(s, half)), value: BigInt.asUintN(half ? 32 : 64, -value) }
        : { s: byteSwap(s, 4, false), value: BigInt.asUintN(32, value) };
    default: {
      const op = r.pick(OPERATIONS);
      const isShift = op === 0x60 || op === 0x70 || op === 0xc0;
      const right = isShift ? constScalar(BigInt(shift)) : other;
      const operand = isShift ? BigInt(shift) : b;
      return { s: sane(arithmetic(op, s, right, half)), value: compute(op, value, operand, half) };
    }
  }
}

test(`${CHAINS} chains of operations`, () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= CHAINS; seed++) {
    const r = new Random(seed);
    const s = fresh(r);
    let at: Tracked = { s, value: pickFrom(r, s) };
    for (let i = 0; i < 12; i++) {
      at = step(r, at);
      const broken = contradiction(at.s) ?? (holds(at) ? undefined : "a value is lost");
      if (broken === undefined) continue;
      wrong.push(`seed ${seed}, step ${i}: ${broken}`);
      break;
    }
  }
  expect(wrong).toEqual([]);
});

test("they are on in tests", () => expect(INVARIANTS).toBe(true));

const broken = (change: (s: Scalar) => unknown): string | undefined => {
  const s = constScalar(5n);
  change(s);
  return contradiction(s);
};
test.each([
  ["nothing", () => undefined, undefined],
  [
    "the low half alone",
    (s: Scalar) => Object.assign(s, { u32min: 6, u32max: 6, s32min: 6, s32max: 6 }),
    "the unsigned range of the low half exceeds the bits",
  ],
  ["bits alone", (s: Scalar) => Object.assign(s, { bits: { v: 6n, m: 0n } }), "the unsigned range exceeds the bits"],
  [
    "stale 64-bit ranges",
    (s: Scalar) => Object.assign(s, { umin: 0n, umax: 0xffff_ffffn }),
    "the unsigned range exceeds the bits",
  ],
  ["an empty range", (s: Scalar) => Object.assign(s, { smin: 6n }), "the signed range is empty"],
  ["stale bits", (s: Scalar) => Object.assign(s, { bits: { v: 0n, m: 0xffn } }), "the bits exceed the unsigned range"],
] as const)("found: %s", (_, change, expected) => expect(broken(change)).toBe(expected));

test("ranges that were forgotten contradict nothing", () => {
  const s = anyScalar();
  s.bits = { v: 7n, m: 0n };
  expect(contradiction(s)).toBeUndefined();
});
