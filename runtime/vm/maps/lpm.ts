/**
 * Longest-prefix-match tries: a key is a 32-bit prefix length and the data, most significant bit first
 * (kernel/bpf/lpm_trie.c). A look-up finds the longest stored prefix, no longer than the key's own, that matches.
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type Key, keyAt } from "./key.js";
import { copy, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

export class LpmTrie extends VmMap {
  /** By prefix length: masked data to value place and the key as it was given, which is what iteration shows. */
  readonly #levels = new Map<number, Map<Key, { readonly at: number; readonly key: Uint8Array }>>();
  readonly #pool: SlotPool;
  readonly #scratch: number;
  #size = 0;

  constructor(def: MapDef, host: MapHost) {
    super(def, host);
    this.#pool = new SlotPool(this.memory, def.valueSize, 1, def.maxEntries + 1);
    this.#scratch = this.memory.allocate(def.keySize);
  }
  get #maxPrefix(): number {
    return (this.def.keySize - 4) * 8;
  }
  /** The data of a key with the bits behind the prefix cleared. */
  #masked(key: number, prefix: number): Key {
    const bytes = this.def.keySize - 4;
    const { u8 } = this.memory;
    copy(this.memory, this.#scratch, key + 4, bytes);
    const whole = prefix >> 3;
    if ((prefix & 7) !== 0) u8[this.#scratch + whole] = (u8[this.#scratch + whole] ?? 0) & (0xff00 >> (prefix & 7));
    u8.fill(0, this.#scratch + ((prefix + 7) >> 3), this.#scratch + bytes);
    return keyAt(this.memory, this.#scratch, bytes);
  }
  override lookup(key: number): number {
    const longest = this.memory.view.getUint32(key, true);
    if (longest > this.#maxPrefix) return 0;
    const lengths = [...this.#levels.keys()].filter((n) => n <= longest).sort((a, b) => b - a);
    for (const prefix of lengths) {
      const at = this.#levels.get(prefix)?.get(this.#masked(key, prefix))?.at;
      if (at !== undefined) return at;
    }
    return 0;
  }
  override update(key: number, value: number, flags: number): number {
    const prefix = this.memory.view.getUint32(key, true);
    if (flags > UpdateFlag.Exist || prefix > this.#maxPrefix) return Errno.EINVAL;
    const level = this.#levels.get(prefix) ?? new Map<Key, { readonly at: number; readonly key: Uint8Array }>();
    const masked = this.#masked(key, prefix);
    const old = level.get(masked)?.at;
    if (old !== undefined && flags === UpdateFlag.NoExist) return Errno.EEXIST;
    if (old === undefined && flags === UpdateFlag.Exist) return Errno.ENOENT;
    if (old === undefined && this.#size >= this.def.maxEntries) return Errno.ENOSPC;
    const at = this.#pool.take();
    copy(this.memory, at, value, this.def.valueSize);
    if (old !== undefined) this.#pool.release(old);
    else this.#size++;
    level.set(masked, { at, key: this.memory.bytes(key, this.def.keySize).slice() });
    this.#levels.set(prefix, level);
    return 0;
  }
  override remove(key: number): number {
    const prefix = this.memory.view.getUint32(key, true);
    if (prefix > this.#maxPrefix) return Errno.EINVAL;
    const level = this.#levels.get(prefix);
    const masked = this.#masked(key, prefix);
    const at = level?.get(masked)?.at;
    if (level === undefined || at === undefined) return Errno.ENOENT;
    level.delete(masked);
    if (level.size === 0) this.#levels.delete(prefix);
    this.#pool.release(at);
    this.#size--;
    return 0;
  }
  override keys(): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const level of this.#levels.values()) for (const { key } of level.values()) out.push(key);
    return out;
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const level of this.#levels.values()) for (const { at } of level.values()) this.#pool.release(at);
    this.#levels.clear();
    this.#size = 0;
    this.#pool.settle();
  }
}
