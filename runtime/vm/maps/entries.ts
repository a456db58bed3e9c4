/**
 * The keys of a hash map in linear memory, where generated code finds them too. A table of entry places with open
 * addressing (linear probing, at most half full, holes closed at removal), and entries of fixed size: value place, a flag
 * that says "looked up since", key. Nothing of it is ever valid for programs.
 */
import type { LinearMemory } from "../memory.js";

/** Fields of an entry, in bytes from its place. */
export const Entry = { value: 0, used: 4, key: 8 } as const;
/** Fields of the descriptor that says where the table is: it grows. */
export const TableField = { base: 0, mask: 4 } as const;

const FIRST_TABLE = 16;
const SLAB = 64;
/** Golden ratio of 32 bits: spreads neighbouring keys (Knuth, "The Art of Computer Programming", 6.4). */
export const MULTIPLIER = 0x9e3779b1 | 0;
/** How far the upper bits of a product come down. */
export const FOLD = 15;

/** Bytes that entries and table of a map with that many entries need, growth included. */
export function entriesNeed(maxEntries: number, keySize: number): number {
  const table = 2 ** Math.ceil(Math.log2(2 * maxEntries + FIRST_TABLE));
  return 8 * table + (Entry.key + Math.ceil(keySize / 8) * 8) * (maxEntries + SLAB) + 4096;
}

export class EntryTable {
  readonly #memory: LinearMemory;
  readonly #keySize: number;
  readonly #stride: number;
  readonly #limit: number;
  readonly #free: number[] = [];
  #grown = 0;
  #base = 0;
  #mask = 0;
  #count = 0;
  /** Place of two words, {@link TableField}. */
  readonly descriptor: number;

  constructor(memory: LinearMemory, keySize: number, maxEntries: number) {
    this.#memory = memory;
    this.#keySize = keySize;
    this.#limit = maxEntries;
    this.#stride = Entry.key + Math.ceil(keySize / 8) * 8;
    this.descriptor = memory.allocate(8);
    this.#setTable(FIRST_TABLE);
  }
  get size(): number {
    return this.#count;
  }

  #setTable(length: number): void {
    this.#base = this.#memory.allocate(length * 4);
    this.#mask = length - 1;
    this.#memory.view.setUint32(this.descriptor + TableField.base, this.#base, true);
    this.#memory.view.setUint32(this.descriptor + TableField.mask, this.#mask, true);
  }
  #word(at: number): number {
    return this.#memory.view.getUint32(at, true);
  }

  /** Place in the table where a key begins its search. Generated code computes the same (wasm/lookup.ts). */
  #first(key: number): number {
    const { view, u8 } = this.#memory;
    let hash = this.#keySize;
    let i = 0;
    for (; i + 4 <= this.#keySize; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(key + i, true), MULTIPLIER);
      hash ^= hash >>> FOLD;
    }
    for (; i < this.#keySize; i++) {
      hash = Math.imul(hash ^ (u8[key + i] as number), MULTIPLIER);
      hash ^= hash >>> FOLD;
    }
    return hash & this.#mask;
  }

  #same(entry: number, key: number): boolean {
    const { view, u8 } = this.#memory;
    const own = entry + Entry.key;
    let i = 0;
    for (; i + 4 <= this.#keySize; i += 4)
      if (view.getInt32(own + i, true) !== view.getInt32(key + i, true)) return false;
    for (; i < this.#keySize; i++) if (u8[own + i] !== u8[key + i]) return false;
    return true;
  }

  /** Index in the table of a key's entry, or of the free place that it would get. */
  #find(key: number): number {
    let i = this.#first(key);
    for (;;) {
      const entry = this.#word(this.#base + i * 4);
      if (entry === 0 || this.#same(entry, key)) return i;
      i = (i + 1) & this.#mask;
    }
  }

  /** Place of a key's entry, or 0. */
  find(key: number): number {
    return this.#word(this.#base + this.#find(key) * 4);
  }

  /** Adds an entry for a key that has none. */
  insert(key: number, value: number): number {
    if ((this.#count + 1) * 2 > this.#mask + 1) this.#growTable();
    const { view, u8 } = this.#memory;
    if (this.#free.length === 0) this.#growEntries();
    const entry = this.#free.pop() as number;
    u8.copyWithin(entry + Entry.key, key, key + this.#keySize);
    view.setUint32(entry + Entry.value, value, true);
    view.setUint32(entry + Entry.used, 0, true);
    view.setUint32(this.#base + this.#find(key) * 4, entry, true);
    this.#count++;
    return entry;
  }

  /** Removes an entry. */
  remove(entry: number): void {
    const { view } = this.#memory;
    let hole = this.#find(entry + Entry.key);
    // Whatever searched past the hole moves into it (Knuth, 6.4, algorithm R).
    for (let i = (hole + 1) & this.#mask; ; i = (i + 1) & this.#mask) {
      const next = this.#word(this.#base + i * 4);
      if (next === 0) break;
      const home = this.#first(next + Entry.key);
      if (((i - home) & this.#mask) < ((i - hole) & this.#mask)) continue;
      view.setUint32(this.#base + hole * 4, next, true);
      hole = i;
    }
    view.setUint32(this.#base + hole * 4, 0, true);
    this.#free.push(entry);
    this.#count--;
  }

  #growTable(): void {
    const [old, length] = [this.#base, this.#mask + 1];
    this.#setTable(length * 2);
    for (let i = 0; i < length; i++) {
      const entry = this.#word(old + i * 4);
      if (entry !== 0) this.#memory.view.setUint32(this.#base + this.#find(entry + Entry.key) * 4, entry, true);
    }
  }
  #growEntries(): void {
    const count = Math.max(1, Math.min(SLAB, this.#limit - this.#grown));
    this.#grown += count;
    const base = this.#memory.allocate(this.#stride * count);
    for (let i = count - 1; i >= 0; i--) this.#free.push(base + i * this.#stride);
  }
}
