/**
 * Remembers results by operand identity. Scalars are immutable and shared, and most paths bring the same ones to an
 * instruction again: the result then is the same object too, which makes later comparisons cheap.
 * Input: the place (an instruction) and both operands. Output: what was computed for them last, at most four per place.
 */
import type { Scalar } from "./scalar.js";

const WAYS = 4;

class Entry<T> {
  constructor(
    readonly left: Scalar,
    readonly right: Scalar,
    readonly result: T,
  ) {}
}

export class Memo<T> {
  private readonly entries: (Entry<T> | undefined)[];
  private turn = 0;

  /** @param unify makes equal results one object */
  constructor(
    places: number,
    private readonly unify: (result: T) => T,
  ) {
    this.entries = new Array<Entry<T> | undefined>(places * WAYS).fill(undefined);
  }

  get(place: number, left: Scalar, right: Scalar): T | undefined {
    const base = place * WAYS;
    for (let i = base; i < base + WAYS; i++) {
      const entry = this.entries[i];
      if (entry === undefined) return undefined;
      if (entry.left === left && entry.right === right) return entry.result;
    }
    return undefined;
  }

  /** @returns the result, or one equal to it that was there before */
  put(place: number, left: Scalar, right: Scalar, computed: T): T {
    const result = this.unify(computed);
    const base = place * WAYS;
    let at = base;
    while (at < base + WAYS && this.entries[at] !== undefined) at++;
    if (at === base + WAYS) at = base + (this.turn++ % WAYS);
    this.entries[at] = new Entry(left, right, result);
    return result;
  }
}
