/** Types of one BTF blob by name: a hash table over the bytes of the string section, so that names nobody asks for stay bytes. */
import type { ParsedBtf } from "./parse.js";
import { hashOf } from "./strings.js";

export class NameIndex {
  /** By hash: one more than the place of the first type; then from each to the next, in the order of their ids. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(private readonly parsed: ParsedBtf) {
    const { names, strings } = parsed;
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(names.length + 1)));
    this.#next = new Int32Array(names.length);
    for (let i = names.length - 1; i >= 0; i--) {
      const bucket = strings.hash(names[i] ?? 0) & (this.#first.length - 1);
      this.#next[i] = this.#first[bucket] ?? 0;
      this.#first[bucket] = i + 1;
    }
  }

  /** Ids of the types with that name, lowest first; none for "". */
  named(name: string): readonly number[] {
    const found: number[] = [];
    if (name === "") return found;
    const { names, strings, firstId } = this.parsed;
    let i = this.#first[hashOf(name) & (this.#first.length - 1)] ?? 0;
    for (; i > 0; i = this.#next[i - 1] ?? 0) if (strings.at(names[i - 1] ?? 0) === name) found.push(firstId + i - 1);
    return found;
  }

  /** Ids of the types whose name begins with `text`, lowest first. Looks at every type. */
  beginningWith(text: string): number[] {
    const wanted = Buffer.from(text);
    const { names, strings, firstId } = this.parsed;
    const found: number[] = [];
    for (let i = 0; i < names.length; i++) if (strings.beginsWith(names[i] ?? 0, wanted)) found.push(firstId + i);
    return found;
  }
}
