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
const MOST = 1 << 16;
/** For programs whose values never come back: small enough to stay in the processor's cache. */
const USELESS = 1 << 10;

export class Memo<T> {
  private entries: (Entry<T> | undefined)[] = new Array<Entry<T> | undefined>(LEAST).fill(undefined);
  private mask = LEAST - 1;
  private puts = 0;
  private hits = 0;
  private settled = false;

  /** @param unify makes equal results one object */
  constructor(private readonly unify: (result: T) => T) {}

  private index(place: number, left: Scalar, right: Scalar): number {
    const h = Math.imul(left.tag, 0x9e37_79b1) ^ Math.imul(right.tag, 0x85eb_ca6b) ^ Math.imul(place, 0xc2b2_ae35);
    return (h ^ (h >>> 15)) & this.mask;
  }

  get(place: number, left: Scalar, right: Scalar): T | undefined {
    const entry = this.entries[this.index(place, left, right)];
    if (entry === undefined || entry.left !== left || entry.right !== right || entry.place !== place) return undefined;
    this.hits++;
    return entry.result;
  }

  /** @returns the result, or one equal to it that was there before */
  put(place: number, left: Scalar, right: Scalar, computed: T): T {
    const result = this.unify(computed);
    if (++this.puts > this.mask && !this.settled) this.settle();
    this.entries[this.index(place, left, right)] = new Entry(place, left, right, result);
    return result;
  }

  /** Grows a full table: most programs are too short to make a large one worth its while. Gives a large one up that does not help. */
  private settle(): void {
    if (this.mask < MOST - 1) this.resize(Math.min(8 * this.entries.length, MOST));
    else {
      this.settled = true;
      if (this.hits < this.puts) this.resize(USELESS);
    }
  }

  private resize(size: number): void {
    const { entries } = this;
    this.mask = size - 1;
    this.entries = new Array<Entry<T> | undefined>(size).fill(undefined);
    for (const entry of entries) {
      if (entry !== undefined) this.entries[this.index(entry.place, entry.left, entry.right)] = entry;
    }
  }
}
