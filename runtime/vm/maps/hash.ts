/**
 * Hash maps: plain, per-CPU and LRU. Keys lie in linear memory (entries.ts). LRU evicts the entry that was used longest
 * ago, giving entries that were looked up since their last turn a second chance, as the kernel's reference bits do
 * (kernel/bpf/bpf_lru_list.c, without its per-CPU batching, so small maps keep exactly max_entries).
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { Entry, EntryTable } from "./entries.js";
import { copy, type LookupPlan, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

/** How a hash map differs from the plain one. */
export interface HashKind {
  readonly perCpu: boolean;
  readonly lru: boolean;
}

export class HashMap extends VmMap {
  readonly #table: EntryTable;
  /** Entries, the one that was added longest ago first. */
  readonly #order = new Set<number>();
  readonly #pool: SlotPool;
  readonly #kind: HashKind;

  constructor(def: MapDef, host: MapHost, kind: HashKind) {
    super(def, host);
    this.#kind = kind;
    this.#table = new EntryTable(this.memory, def.keySize, def.maxEntries);
    // One spare slot: an LRU map takes the new entry before the evicted one may be reused.
    this.#pool = new SlotPool(this.memory, def.valueSize, kind.perCpu ? host.cpus : 1, def.maxEntries + 1);
  }
  override get perCpu(): boolean {
    return this.#kind.perCpu;
  }
  get size(): number {
    return this.#table.size;
  }
  override get plan(): LookupPlan {
    return {
      kind: "hash",
      table: this.#table.descriptor,
      keySize: this.def.keySize,
      cpuStride: this.#kind.perCpu ? this.#pool.stride : 0,
      marks: this.#kind.lru,
    };
  }
  #value(entry: number): number {
    return this.memory.view.getUint32(entry + Entry.value, true);
  }
  override lookup(key: number, cpu: number, mark: boolean): number {
    const entry = this.#table.find(key);
    if (entry === 0) return 0;
    if (mark && this.#kind.lru) this.memory.view.setUint32(entry + Entry.used, 1, true);
    return this.#value(entry) + (this.#kind.perCpu ? cpu * this.#pool.stride : 0);
  }
  override update(key: number, value: number, flags: number, cpu: number): number {
    // kernel/bpf/hashtab.c, htab_map_update_elem.
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return Errno.EINVAL;
    const entry = this.#table.find(key);
    if (entry !== 0 && flags & UpdateFlag.NoExist) return Errno.EEXIST;
    if (entry === 0 && flags & UpdateFlag.Exist) return Errno.ENOENT;
    if (flags & UpdateFlag.Lock) {
      if (!this.hasLock) return Errno.EINVAL;
      if (entry !== 0) {
        this.copyValue(this.#value(entry), value);
        return 0;
      }
    }
    if (this.#kind.perCpu && entry !== 0) {
      copy(this.memory, this.#value(entry) + cpu * this.#pool.stride, value, this.def.valueSize);
      return 0;
    }
    if (entry === 0 && this.#table.size >= this.def.maxEntries) {
      if (!this.#kind.lru) return Errno.E2BIG;
      this.#evict();
    }
    // The kernel replaces the element: pointers to the old value keep showing the old bytes until the program ends.
    const at = this.#pool.take();
    this.copyValue(at + (this.#kind.perCpu ? cpu * this.#pool.stride : 0), value);
    if (entry === 0) {
      this.#order.add(this.#table.insert(key, at));
      return 0;
    }
    this.#pool.release(this.#value(entry));
    this.memory.view.setUint32(entry + Entry.value, at, true);
    if (this.#kind.lru) {
      this.#order.delete(entry);
      this.#order.add(entry);
    }
    return 0;
  }
  override remove(key: number): number {
    const entry = this.#table.find(key);
    if (entry === 0) return Errno.ENOENT;
    this.#drop(entry);
    return 0;
  }
  override locate(place: number): { readonly key: Uint8Array; readonly value: number } | undefined {
    const span = this.#pool.stride * (this.#kind.perCpu ? this.cpus : 1);
    for (const entry of this.#order) {
      const at = this.#value(entry);
      if (place >= at && place < at + span)
        return { key: this.memory.u8.slice(entry + Entry.key, entry + Entry.key + this.def.keySize), value: at };
    }
    return undefined;
  }
  override keys(): Uint8Array[] {
    return [...this.#order].map((entry) =>
      this.memory.u8.slice(entry + Entry.key, entry + Entry.key + this.def.keySize),
    );
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const entry of [...this.#order]) this.#drop(entry);
    this.#pool.settle();
  }
  #drop(entry: number): void {
    this.#order.delete(entry);
    this.#pool.release(this.#value(entry));
    this.#table.remove(entry);
  }
  #evict(): void {
    const { view } = this.memory;
    for (const entry of this.#order) {
      if (view.getUint32(entry + Entry.used, true) !== 0) {
        view.setUint32(entry + Entry.used, 0, true);
        this.#order.delete(entry);
        this.#order.add(entry);
        continue;
      }
      this.#drop(entry);
      return;
    }
  }
}
