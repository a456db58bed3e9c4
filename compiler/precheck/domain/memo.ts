/**
 * Remembers results by operand identity. Scalars are immutable and shared, and most paths bring the same ones to an
 * instruction again: the result then is the same object too, which makes later comparisons cheap.
 * Input: the place (an instruction) and both operands. Output: what was computed for them, unless another result has
 * taken its entry: the table has a fixed size.
 */
import type { Scalar } from "./scalar.js";

class Entry<T> {
  declare readonly place: number;
  declare readonly left: Scalar;
  declare readonly right: Scalar;
  declare readonly result: T;

  constructor(place: number, left: Scalar, right: Scalar, result: T) {
    this.place = place;
    this.left = left;
    this.right = right;
    this.result = result;
  }
}

/** Entries for each place, together. */
const PER_PLACE = 16;
const MOST = 1 << 13;

export class Memo<T> {
  private readonly entries: (Entry<T> | undefined)[];
  private readonly mask: number;

  /** @param unify makes equal results one object */
  constructor(
    places: number,
    private readonly unify: (result: T) => T,
  ) {
    const size = Math.min(MOST, 2 ** Math.ceil(Math.log2(places * PER_PLACE + 1)));
    this.mask = size - 1;
    this.entries = new Array<Entry<T> | undefined>(size).fill(undefined);
  }

  private index(place: number, left: Scalar, right: Scalar): number {
    const h = Math.imul(left.tag, 0x9e37_79b1) ^ Math.imul(right.tag, 0x85eb_ca6b) ^ Math.imul(place, 0xc2b2_ae35);
    return (h ^ (h >>> 15)) & this.mask;
  }

  get(place: number, left: Scalar, right: Scalar): T | undefined {
    const entry = this.entries[this.index(place, left, right)];
    if (entry === undefined || entry.left !== left || entry.right !== right || entry.place !== place) return undefined;
    return entry.result;
  }

  /** @returns the result, or one equal to it that was there before */
  put(place: number, left: Scalar, right: Scalar, computed: T): T {
    const result = this.unify(computed);
    this.entries[this.index(place, left, right)] = new Entry(place, left, right, result);
    return result;
  }
}
