/**
 * Hash maps: plain, per-CPU and LRU (kernel/bpf/hashtab.c). Keys are in linear memory (entries.ts); which entry an LRU map
 * gives up is the business of lru.ts.
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { Entry, EntryTable } from "./entries.js";
import { CommonLru, type Lru, type LruNode, type LruTable, PerCpuLru } from "./lru.js";
import { copy, type LookupPlan, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

/** BPF_F_NO_COMMON_LRU */
const NO_COMMON_LRU = 2;

interface Update {
  readonly key: number;
  readonly value: number;
  readonly flags: number;
  readonly cpu: number;
}

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
  readonly #elements: number;
  /** Of LRU maps: the lists, made anew at {@link reset}, and the element of each entry. */
  #lru: Lru | undefined;
  readonly #nodes = new Map<number, LruNode>();

  constructor(def: MapDef, host: MapHost, kind: HashKind) {
    super(def, host);
    this.#kind = kind;
    // Lists of each CPU are of one length (htab_map_alloc).
    const own = kind.lru && (def.flags & NO_COMMON_LRU) !== 0;
    this.#elements = own ? Math.ceil(def.maxEntries / host.cpus) * host.cpus : def.maxEntries;
    this.#table = new EntryTable(this.memory, def.keySize, this.#elements);
    // One spare slot: an LRU map takes the new entry before the evicted one may be reused.
    this.#pool = new SlotPool(this.memory, def.valueSize, kind.perCpu ? host.cpus : 1, this.#elements + 1);
    this.#lru = this.#lists();
  }
  #lists(): Lru | undefined {
    if (!this.#kind.lru) return undefined;
    const { view } = this.memory;
    const table: LruTable = {
      isReferenced: (entry) => view.getUint32(entry + Entry.used, true) !== 0,
      clearReferenced: (entry) => view.setUint32(entry + Entry.used, 0, true),
      evict: (entry) => this.#drop(entry),
    };
    const isOwn = (this.def.flags & NO_COMMON_LRU) !== 0;
    return new (isOwn ? PerCpuLru : CommonLru)(table, this.#elements, this.cpus);
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
    if (this.#lru !== undefined) return this.#updateLru(this.#lru, { key, value, flags, cpu });
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
      return Errno.E2BIG;
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
    return 0;
  }

  /**
   * htab_lru_map_update_elem and __htab_lru_percpu_map_update_elem: an element is taken before the key is looked for, which
   * may give up an entry, even that of the key, and even when the flags refuse the update then.
   */
  #updateLru(lru: Lru, { key, value, flags, cpu }: Update): number {
    if (flags & UpdateFlag.Lock) return Errno.EINVAL;
    const { perCpu } = this.#kind;
    const node = perCpu && flags === UpdateFlag.Exist ? undefined : lru.pop(cpu);
    if (node === undefined && !(perCpu && flags === UpdateFlag.Exist)) return Errno.ENOMEM;
    const entry = this.#table.find(key);
    const refused =
      entry !== 0 && flags & UpdateFlag.NoExist
        ? Errno.EEXIST
        : entry === 0 && flags & UpdateFlag.Exist
          ? Errno.ENOENT
          : 0;
    if (refused === 0) this.#put(lru, entry, node, { key, value, flags, cpu });
    else if (node !== undefined) lru.push(node);
    return refused;
  }

  #put(lru: Lru, entry: number, node: LruNode | undefined, { key, value, cpu }: Update): void {
    const { perCpu } = this.#kind;
    const { view } = this.memory;
    if (entry !== 0 && perCpu) {
      // In place; the element that was taken is not needed.
      view.setUint32(entry + Entry.used, 1, true);
      copy(this.memory, this.#value(entry) + cpu * this.#pool.stride, value, this.def.valueSize);
      if (node !== undefined) lru.push(node);
      return;
    }
    const at = this.#pool.take();
    this.copyValue(at + (perCpu ? cpu * this.#pool.stride : 0), value);
    if (node === undefined) return;
    if (entry === 0) {
      node.entry = this.#table.insert(key, at);
      this.#order.add(node.entry);
      this.#nodes.set(node.entry, node);
      return;
    }
    const old = this.#nodes.get(entry);
    this.#pool.release(this.#value(entry));
    view.setUint32(entry + Entry.value, at, true);
    view.setUint32(entry + Entry.used, 1, true);
    node.entry = entry;
    this.#nodes.set(entry, node);
    if (old === undefined) return;
    old.entry = 0;
    lru.push(old);
  }
  override remove(key: number): number {
    const entry = this.#table.find(key);
    if (entry === 0) return Errno.ENOENT;
    const node = this.#nodes.get(entry);
    this.#drop(entry);
    if (node !== undefined) {
      node.entry = 0;
      this.#lru?.push(node);
    }
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
    this.#lru = this.#lists();
  }
  #drop(entry: number): void {
    this.#order.delete(entry);
    this.#pool.release(this.#value(entry));
    this.#table.remove(entry);
    this.#nodes.delete(entry);
  }
}
