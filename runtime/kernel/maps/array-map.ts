/** Array maps, per-CPU ones too: every index from 0 to length - 1 always has a value. Every call is a system call. */
import { BpfError, checked } from "../errors.js";
import { lookup, update } from "../map-syscalls.js";
import { type MapFacts, MapHandle } from "./handle.js";
import { rawEntries } from "./iterate.js";
import type { ValueLayout } from "./values.js";

function indexBytes(index: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, index, true);
  return bytes;
}

/**
 * An array map; for per-CPU arrays `V` is an array by CPU. Methods throw BpfError ARGUMENT for an index out of range,
 * SyscallError, CodecError, and BpfError CLOSED after the loader is closed.
 *
 * @example counter.counts.get(0)
 */
export class ArrayMap<V> extends MapHandle {
  readonly #value: ValueLayout<V>;

  constructor(facts: MapFacts, fd: () => number, value: ValueLayout<V>) {
    super(facts, fd);
    this.#value = value;
  }
  get length(): number {
    return this.maxEntries;
  }
  #key(index: number): Uint8Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new BpfError("ARGUMENT", `map ${this.name}: index ${index} is not in 0..${this.length - 1}`);
    }
    return indexBytes(index);
  }
  get(index: number): V {
    const bytes = new Uint8Array(this.#value.bytes);
    if (!lookup(this.fd, this.#key(index), bytes)) throw new BpfError("ARGUMENT", `map ${this.name}: no ${index}`);
    return this.#value.decode(bytes, 0);
  }
  set(index: number, value: V): this {
    checked(
      `set in map ${this.name}`,
      update(this.fd, this.#key(index), this.#value.encode(value, `${this.name}[${index}]`)),
    );
    return this;
  }
  *entries(): Generator<[number, V], void, undefined> {
    for (const e of rawEntries(this.fd, 4, this.#value.bytes, this.maxEntries)) {
      const index = new DataView(e.keys.buffer, e.keys.byteOffset + e.keyAt, 4).getUint32(0, true);
      yield [index, this.#value.decode(e.values, e.valueAt)];
    }
  }
  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator](): Generator<[number, V], void, undefined> {
    return this.entries();
  }
}
