/**
 * Free pages as ranges, chosen as the kernel chooses (kernel/bpf/range_tree.c): the smallest range that is large enough,
 * of equal ones the one that changed last. Invariant: ranges neither touch nor overlap; they lie in the order in which
 * they got their bounds.
 */
interface Range {
  readonly start: number;
  readonly end: number;
}

export class PageRanges {
  #ranges: Range[] = [];

  /** @param pages all of them free at first */
  constructor(pages: number) {
    this.add(0, pages);
  }
  /** Begin of a range of so many pages, or -1. */
  find(count: number): number {
    let found: Range | undefined;
    for (const range of this.#ranges) {
      const size = range.end - range.start;
      if (size >= count && (found === undefined || size <= found.end - found.start)) found = range;
    }
    return found?.start ?? -1;
  }
  /** Are all pages of [start, end) free? */
  has(start: number, end: number): boolean {
    return this.#ranges.some((range) => range.start <= start && range.end >= end);
  }
  /** Takes [start, end) out. */
  remove(start: number, end: number): void {
    const hit = this.#ranges
      .filter((range) => range.start < end && range.end > start)
      .sort((a, b) => a.start - b.start);
    this.#ranges = this.#ranges.filter((range) => !hit.includes(range));
    for (const range of hit) {
      if (range.start < start) this.#ranges.push({ start: range.start, end: start });
      if (range.end > end) this.#ranges.push({ start: end, end: range.end });
    }
  }
  /** Makes [start, end) free. */
  add(start: number, end: number): void {
    if (this.has(start, end)) return;
    this.remove(start, end);
    const left = this.#ranges.find((range) => range.end === start);
    const right = this.#ranges.find((range) => range.start === end);
    this.#ranges = this.#ranges.filter((range) => range !== left && range !== right);
    this.#ranges.push({ start: left?.start ?? start, end: right?.end ?? end });
  }
}
