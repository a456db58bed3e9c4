/**
 * Longest-prefix-match tries: a key is a 32-bit prefix length and the data, most significant bit first
 * (kernel/bpf/lpm_trie.c). A look-up finds the longest stored prefix, no longer than the key's own, that matches. Kept as
 * a table of keys with the bits behind their prefix cleared, and a list of the lengths in use, each with its mask: a
 * look-up tries them, longest first. Both lie in linear memory, where generated code does the same (wasm/lookup.ts).
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { Entry, EntryTable } from "./entries.js";
import { copy, type LookupPlan, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

/** Most lengths that a list holds: 256 bytes of data, and none of them. */
const prefixes = (def: MapDef): number => Math.min(def.maxEntries, (def.keySize - 4) * 8 + 1);

/** Bytes that keys and lengths need. */
export function lpmNeed(def: MapDef): number {
  return prefixes(def) * (def.keySize + 4) + 2 * def.keySize + 256;
}

export class LpmTrie extends VmMap {
  readonly #table: EntryTable;
  readonly #pool: SlotPool;
  /** A key as it is looked up: prefix length and masked data. */
  readonly #scratch: number;
  /** Count, then for each length, longest first: the length and its mask. */
  readonly #lengths: number;
  /** Entries by prefix length. */
  readonly #used = new Map<number, number>();
  /** Keys as they were given, which is what iteration shows, by entry. */
  readonly #given = new Map<number, Uint8Array>();

  constructor(def: MapDef, host: MapHost) {
    super(def, host);
    this.#pool = new SlotPool(this.memory, def.valueSize, 1, def.maxEntries + 1);
    this.#table = new EntryTable(this.memory, def.keySize, def.maxEntries);
    this.#scratch = this.memory.allocate(def.keySize);
    this.#lengths = this.memory.allocate(4 + prefixes(def) * def.keySize);
  }
  get #maxPrefix(): number {
    return (this.def.keySize - 4) * 8;
  }
  override get plan(): LookupPlan {
    return {
      kind: "lpm",
      table: this.#table.descriptor,
      keySize: this.def.keySize,
      lengths: this.#lengths,
      scratch: this.#scratch,
    };
  }

  /** Rewrites the list of lengths. */
  #list(): void {
    const { view, u8 } = this.memory;
    view.setUint32(this.#lengths, this.#used.size, true);
    let at = this.#lengths + 4;
    for (const prefix of [...this.#used.keys()].sort((a, b) => b - a)) {
      view.setUint32(at, prefix, true);
      for (let i = 0; i < this.def.keySize - 4; i++)
        u8[at + 4 + i] = 0xff00 >> Math.max(0, Math.min(8, prefix - i * 8));
      at += this.def.keySize;
    }
  }
  /** Entry of a key cut to a prefix, or 0; the key is then in `scratch`. */
  #find(key: number, prefix: number): number {
    const { view, u8 } = this.memory;
    view.setUint32(this.#scratch, prefix, true);
    for (let i = 0; i < this.def.keySize - 4; i++) {
      const mask = 0xff00 >> Math.max(0, Math.min(8, prefix - i * 8));
      u8[this.#scratch + 4 + i] = (u8[key + 4 + i] as number) & mask;
    }
    return this.#table.find(this.#scratch);
  }
  #value(entry: number): number {
    return this.memory.view.getUint32(entry + Entry.value, true);
  }

  override lookup(key: number): number {
    const { view } = this.memory;
    const longest = view.getUint32(key, true);
    if (longest > this.#maxPrefix) return 0;
    const count = view.getUint32(this.#lengths, true);
    for (let i = 0; i < count; i++) {
      const prefix = view.getUint32(this.#lengths + 4 + i * this.def.keySize, true);
      const entry = prefix > longest ? 0 : this.#find(key, prefix);
      if (entry !== 0) return this.#value(entry);
    }
    return 0;
  }
  override update(key: number, value: number, flags: number): number {
    const prefix = this.memory.view.getUint32(key, true);
    if (flags > UpdateFlag.Exist || prefix > this.#maxPrefix) return Errno.EINVAL;
    const given = this.memory.u8.slice(key, key + this.def.keySize);
    let entry = this.#find(key, prefix);
    if (entry !== 0 && flags === UpdateFlag.NoExist) return Errno.EEXIST;
    if (entry === 0 && flags === UpdateFlag.Exist) return Errno.ENOENT;
    if (entry === 0 && this.#table.size >= this.def.maxEntries) return Errno.ENOSPC;
    const at = this.#pool.take();
    copy(this.memory, at, value, this.def.valueSize);
    if (entry !== 0) {
      this.#pool.release(this.#value(entry));
      this.memory.view.setUint32(entry + Entry.value, at, true);
    } else {
      entry = this.#table.insert(this.#scratch, at);
      const count = this.#used.get(prefix) ?? 0;
      this.#used.set(prefix, count + 1);
      if (count === 0) this.#list();
    }
    this.#given.set(entry, given);
    return 0;
  }
  override remove(key: number): number {
    const prefix = this.memory.view.getUint32(key, true);
    if (prefix > this.#maxPrefix) return Errno.EINVAL;
    const entry = this.#find(key, prefix);
    if (entry === 0) return Errno.ENOENT;
    this.#drop(entry, prefix);
    return 0;
  }
  #drop(entry: number, prefix: number): void {
    this.#pool.release(this.#value(entry));
    this.#table.remove(entry);
    this.#given.delete(entry);
    const count = (this.#used.get(prefix) ?? 1) - 1;
    if (count > 0) this.#used.set(prefix, count);
    else {
      this.#used.delete(prefix);
      this.#list();
    }
  }
  override keys(): Uint8Array[] {
    return [...this.#given.values()];
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const entry of [...this.#given.keys()]) this.#drop(entry, this.memory.view.getUint32(entry + Entry.key, true));
    this.#pool.settle();
  }
}
