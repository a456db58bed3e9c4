/**
 * Hash maps: plain, per-CPU and LRU. LRU evicts the entry that was used longest ago, giving entries that were looked up
 * since their last turn a second chance, as the kernel's reference bits do (kernel/bpf/bpf_lru_list.c, without its
 * per-CPU batching, so small maps keep exactly max_entries).
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type Key, keyAt, keyBytes } from "./key.js";
import { copy, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

/** How a hash map differs from the plain one. */
export interface HashKind {
  readonly perCpu: boolean;
  readonly lru: boolean;
}

export class HashMap extends VmMap {
  readonly #slots = new Map<Key, number>();
  readonly #used = new Set<Key>();
  readonly #pool: SlotPool;
  readonly #kind: HashKind;

  constructor(def: MapDef, host: MapHost, kind: HashKind) {
    super(def, host);
    this.#kind = kind;
    // One spare slot: an LRU map takes the new entry before the evicted one may be reused.
    this.#pool = new SlotPool(this.memory, def.valueSize, kind.perCpu ? host.cpus : 1, def.maxEntries + 1);
  }
  override get perCpu(): boolean {
    return this.#kind.perCpu;
  }
  get size(): number {
    return this.#slots.size;
  }
  override lookup(key: number, cpu: number, mark: boolean): number {
    const k = keyAt(this.memory, key, this.def.keySize);
    const at = this.#slots.get(k);
    if (at === undefined) return 0;
    if (mark && this.#kind.lru) this.#used.add(k);
    return this.#kind.perCpu ? at + cpu * this.#pool.stride : at;
  }
  override update(key: number, value: number, flags: number, cpu: number): number {
    // kernel/bpf/hashtab.c, htab_map_update_elem.
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return Errno.EINVAL;
    const k = keyAt(this.memory, key, this.def.keySize);
    const old = this.#slots.get(k);
    if (old !== undefined && flags & UpdateFlag.NoExist) return Errno.EEXIST;
    if (old === undefined && flags & UpdateFlag.Exist) return Errno.ENOENT;
    if (this.#kind.perCpu && old !== undefined) {
      copy(this.memory, old + cpu * this.#pool.stride, value, this.def.valueSize);
      return 0;
    }
    if (old === undefined && this.#slots.size >= this.def.maxEntries) {
      if (!this.#kind.lru) return Errno.E2BIG;
      this.#evict();
    }
    // The kernel replaces the element: pointers to the old value keep showing the old bytes until the program ends.
    const at = this.#pool.take();
    copy(this.memory, at + (this.#kind.perCpu ? cpu * this.#pool.stride : 0), value, this.def.valueSize);
    if (old !== undefined) this.#pool.release(old);
    if (this.#kind.lru) this.#slots.delete(k);
    this.#slots.set(k, at);
    return 0;
  }
  override remove(key: number): number {
    const k = keyAt(this.memory, key, this.def.keySize);
    const at = this.#slots.get(k);
    if (at === undefined) return Errno.ENOENT;
    this.#drop(k, at);
    return 0;
  }
  override keys(): Uint8Array[] {
    return [...this.#slots.keys()].map((key) => keyBytes(key, this.def.keySize));
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const [key, at] of [...this.#slots]) this.#drop(key, at);
    this.#pool.settle();
  }
  #drop(key: Key, at: number): void {
    this.#slots.delete(key);
    this.#used.delete(key);
    this.#pool.release(at);
  }
  #evict(): void {
    for (const [key, at] of this.#slots) {
      if (this.#used.delete(key)) {
        this.#slots.delete(key);
        this.#slots.set(key, at);
        continue;
      }
      this.#drop(key, at);
      return;
    }
  }
}
