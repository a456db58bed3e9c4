/**
 * Remembers results by operand identity. Scalars are immutable and shared, and most paths bring the same ones to an
 * instruction again: the result then is the same object too, which makes later comparisons cheap.
 * Input: the place (an instruction) and both operands. Output: what was computed for them, unless another result has
 * taken its entry: the table grows with its use, but not for ever.
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

const LEAST = 1 << 6;
const MOST = 1 << 13;

export class Memo<T> {
  private entries: (Entry<T> | undefined)[] = new Array<Entry<T> | undefined>(LEAST).fill(undefined);
  private mask = LEAST - 1;
  private puts = 0;

  /** @param unify makes equal results one object */
  constructor(private readonly unify: (result: T) => T) {}

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
    if (++this.puts > this.mask && this.mask < MOST - 1) this.grow();
    this.entries[this.index(place, left, right)] = new Entry(place, left, right, result);
    return result;
  }

  /** Few programs need many entries, and most are too short to make a large table worth its while. */
  private grow(): void {
    const { entries } = this;
    const size = 8 * entries.length < MOST ? 8 * entries.length : MOST;
    this.mask = size - 1;
    this.entries = new Array<Entry<T> | undefined>(size).fill(undefined);
    for (const entry of entries) {
      if (entry !== undefined) this.entries[this.index(entry.place, entry.left, entry.right)] = entry;
    }
  }
}
