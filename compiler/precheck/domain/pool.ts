/**
 * Makes equal scalars one object, so that comparing and remembering go by identity. Input: a finished scalar. Output: one
 * equal to it, the same as last time unless another has taken its place: the pool does not grow for ever, so a program that
 * makes a million values takes little more memory than others.
 */
import type { Refined } from "./compare.js";
import { checkInvariants, INVARIANTS } from "./invariant.js";
import { type Scalar, sameScalar, UNKNOWN, ZERO } from "./scalar.js";

const LEAST = 1 << 6;
const MOST = 1 << 14;

function hash(s: Scalar): number {
  let h = s.u32min | 0;
  h = Math.imul(h, 0x9e37_79b1) ^ (s.u32max | 0);
  h = Math.imul(h, 0x85eb_ca6b) ^ s.s32min;
  h = Math.imul(h, 0xc2b2_ae35) ^ s.s32max;
  h = Math.imul(h, 0x27d4_eb2f) ^ Number(BigInt.asUintN(32, s.umax >> 32n));
  return h ^ (h >>> 15);
}

export class Pool {
  private scalars: (Scalar | undefined)[] = new Array<Scalar | undefined>(LEAST).fill(undefined);
  private mask = LEAST - 1;
  private tags = 0;

  one(s: Scalar): Scalar {
    if (INVARIANTS) checkInvariants(s);
    if (s.u32min === 0) {
      if (s.u32max === 0) {
        if (sameScalar(s, ZERO)) return ZERO;
      } else if (sameScalar(s, UNKNOWN)) return UNKNOWN;
    }
    const at = hash(s) & this.mask;
    const known = this.scalars[at];
    if (known !== undefined && sameScalar(known, s)) return known;
    this.scalars[at] = s;
    if (s.tag === 0) s.tag = ++this.tags;
    if (this.tags > this.mask && this.mask < MOST - 1) this.grow();
    return s;
  }

  private grow(): void {
    const { scalars } = this;
    const size = Math.min(8 * scalars.length, MOST);
    this.mask = size - 1;
    this.scalars = new Array<Scalar | undefined>(size).fill(undefined);
    for (const s of scalars) if (s !== undefined) this.scalars[hash(s) & this.mask] = s;
  }

  both({ yes, no }: Refined): Refined {
    return { yes: [this.one(yes[0]), this.one(yes[1])], no: [this.one(no[0]), this.one(no[1])] };
  }
}
