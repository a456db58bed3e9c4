/** Hash, LRU and LPM maps, per-CPU ones too, in the shape of a JavaScript Map. Every call is a system call. */
import type { Codec } from "../../btf/index.js";
import { checked, ENOTSUPP } from "../errors.js";
import { lookup, remove, update, updateBatch } from "../map-syscalls.js";
import { checkSize, type MapFacts, MapHandle } from "./handle.js";
import { rawEntries } from "./iterate.js";
import type { ValueLayout } from "./values.js";

/** Flags of {@link KeyedMap.set}. */
export const SetFlag = { Any: 0n, NoExist: 1n, Exist: 2n } as const;

/**
 * A keyed map: `K` and `V` as the generated `.d.ts` gives them; for per-CPU maps `V` is an array by CPU.
 * Methods throw SyscallError for what the kernel refuses (E2BIG: full), CodecError for values that do not fit their
 * type, and BpfError CLOSED after the loader is closed.
 *
 * @example for (const [saddr, s] of fw.stats) console.log(saddr, s.packets);
 */
export class KeyedMap<K, V> extends MapHandle {
  readonly #key: Codec;
  readonly #value: ValueLayout<V>;

  constructor(facts: MapFacts, fd: () => number, key: Codec, value: ValueLayout<V>) {
    super(facts, fd);
    checkSize("key", facts.name, key.size, facts.keySize);
    this.#key = key;
    this.#value = value;
  }
  #bytesOf(key: K): Uint8Array {
    const bytes = new Uint8Array(this.#key.size);
    this.#key.encode(key, bytes, 0, `${this.name}, key`);
    return bytes;
  }
  /** The value of `key` (for a trie, of the longest matching prefix), or undefined. */
  get(key: K): V | undefined {
    const bytes = new Uint8Array(this.#value.bytes);
    return lookup(this.fd, this.#bytesOf(key), bytes) ? this.#value.decode(bytes, 0) : undefined;
  }
  has(key: K): boolean {
    return lookup(this.fd, this.#bytesOf(key), new Uint8Array(this.#value.bytes));
  }
  /** Stores a copy. @throws SyscallError EEXIST or ENOENT by `flag`, E2BIG when the map is full */
  set(key: K, value: V, flag: bigint = SetFlag.Any): this {
    checked(
      `set in map ${this.name}`,
      update(this.fd, this.#bytesOf(key), this.#value.encode(value, `${this.name}, value`), flag),
    );
    return this;
  }
  /** Stores many, in one system call where the map type allows it. Returns how many were stored: all, or it throws. */
  setAll(entries: Iterable<readonly [K, V]>): number {
    const list = [...entries];
    if (list.length === 0) return 0;
    const keys = new Uint8Array(list.length * this.#key.size);
    const values = new Uint8Array(list.length * this.#value.bytes);
    for (const [i, [key, value]] of list.entries()) {
      this.#key.encode(key, keys, i * this.#key.size, `${this.name}, key ${i}`);
      values.set(this.#value.encode(value, `${this.name}, value ${i}`), i * this.#value.bytes);
    }
    const [stored, result] = updateBatch(this.fd, keys, values, list.length);
    if (result === -ENOTSUPP || result === -22) {
      for (const [key, value] of list) this.set(key, value);
      return list.length;
    }
    checked(`set in map ${this.name}`, result);
    return stored;
  }
  /** True when the key was there. */
  delete(key: K): boolean {
    return remove(this.fd, this.#bytesOf(key));
  }
  /** Removes every entry that is there when the call begins. */
  clear(): void {
    const size = this.#key.size;
    const keys = [...this.#raw()].map(({ key }) => key);
    for (const key of keys) remove(this.fd, key.subarray(0, size));
  }
  *#raw(): Generator<{ key: Uint8Array }, void, undefined> {
    for (const e of rawEntries(this.fd, this.keySize, this.#value.bytes, this.maxEntries)) {
      yield { key: e.keys.slice(e.keyAt, e.keyAt + this.keySize) };
    }
  }
  /** Number of entries, counted by walking them. */
  get size(): number {
    let count = 0;
    for (const _ of rawEntries(this.fd, this.keySize, this.#value.bytes, this.maxEntries)) count++;
    return count;
  }
  *entries(): Generator<[K, V], void, undefined> {
    for (const e of rawEntries(this.fd, this.keySize, this.#value.bytes, this.maxEntries)) {
      yield [this.#key.decode(e.keys, e.keyAt) as K, this.#value.decode(e.values, e.valueAt)];
    }
  }
  *keys(): Generator<K, void, undefined> {
    for (const [key] of this.entries()) yield key;
  }
  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries();
  }
  forEach(visit: (value: V, key: K, map: KeyedMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}
