/**
 * Local storages: values that belong to a task, socket, inode or cgroup, keyed by its address (kernel/bpf/bpf_local_storage.c);
 * and cgroup storage, keyed by cgroup and attach type (kernel/bpf/local_storage.c). User space sees the owners' addresses
 * as keys, since the machine has no descriptors.
 */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { copy, type MapHost, SlotPool, UpdateFlag, VmMap } from "./map.js";

/** Bytes of a key: the owner's address. */
const OWNER = 8;
/** Owners come and go; this many values are kept at a time. */
const LIMIT = 1024;

export class LocalStorage extends VmMap {
  readonly #values = new Map<bigint, number>();
  readonly #pool: SlotPool;
  constructor(def: MapDef, host: MapHost) {
    super(def, host);
    this.#pool = new SlotPool(this.memory, def.valueSize, 1, LIMIT);
  }
  override get keyBytes(): number {
    return OWNER;
  }
  of(owner: bigint): number {
    return this.#values.get(owner) ?? 0;
  }
  /** A new value, zeroed or as at `initial`. */
  create(owner: bigint, initial: number): number {
    if (this.#values.size >= LIMIT) return 0;
    const at = this.#pool.take();
    if (initial !== 0) copy(this.memory, at, initial, this.def.valueSize);
    this.#values.set(owner, at);
    return at;
  }
  forget(owner: bigint): number {
    const at = this.#values.get(owner);
    if (at === undefined) return Errno.ENOENT;
    this.#values.delete(owner);
    this.#pool.release(at);
    return 0;
  }
  #owner(key: number): bigint {
    return this.memory.view.getBigUint64(key, true);
  }
  override lookup(key: number): number {
    return this.of(this.#owner(key));
  }
  override update(key: number, value: number, flags: number): number {
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return Errno.EINVAL;
    const at = this.lookup(key);
    if (at !== 0 && flags & UpdateFlag.NoExist) return Errno.EEXIST;
    if (at === 0 && flags & UpdateFlag.Exist) return Errno.ENOENT;
    if (at === 0) return this.create(this.#owner(key), value) === 0 ? Errno.ENOMEM : 0;
    copy(this.memory, at, value, this.def.valueSize);
    return 0;
  }
  override remove(key: number): number {
    return this.forget(this.#owner(key));
  }
  override keys(): Uint8Array[] {
    return [...this.#values.keys()].map((owner) => new Uint8Array(BigUint64Array.of(owner).buffer));
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const owner of [...this.#values.keys()]) this.forget(owner);
    this.#pool.settle();
  }
}

/** Values by cgroup id (8-byte key), or by cgroup id and attach type (12 or 16 bytes). */
export class CgroupStorage extends VmMap {
  readonly #values = new Map<string, { readonly key: Uint8Array; readonly at: number }>();
  readonly #perCpu: boolean;
  readonly #stride: number;
  constructor(def: MapDef, host: MapHost, perCpu: boolean) {
    super(def, host);
    this.#perCpu = perCpu;
    this.#stride = Math.ceil(def.valueSize / 8) * 8 + 8;
  }
  override get perCpu(): boolean {
    return this.#perCpu;
  }
  /** The value for a program attached to a cgroup; made when it is first asked for, as attaching makes it. */
  of(cgroup: bigint, attach: number, cpu: number): number {
    const key = new Uint8Array(this.def.keySize);
    const view = new DataView(key.buffer);
    view.setBigUint64(0, cgroup, true);
    if (key.length >= 12) view.setUint32(8, attach, true);
    return this.#at(key, true) + (this.#perCpu ? cpu * this.#stride : 0);
  }
  #at(key: Uint8Array, create: boolean): number {
    const name = key.join();
    const known = this.#values.get(name);
    if (known !== undefined) return known.at;
    if (!create) return 0;
    const copies = this.#perCpu ? this.cpus : 1;
    const at = this.memory.allocate(this.#stride * copies);
    for (let c = 0; c < copies; c++) this.memory.paint(at + c * this.#stride, this.def.valueSize, true, true);
    this.#values.set(name, { key, at });
    return at;
  }
  override lookup(key: number, cpu: number): number {
    const at = this.#at(this.memory.bytes(key, this.def.keySize).slice(), false);
    return at === 0 ? 0 : at + (this.#perCpu ? cpu * this.#stride : 0);
  }
  override update(key: number, value: number, flags: number, cpu: number): number {
    // cgroup_storage_update_elem: only what attaching made can be changed.
    if (flags & ~(UpdateFlag.Lock | UpdateFlag.Exist)) return Errno.EINVAL;
    const at = this.lookup(key, cpu);
    if (at === 0) return Errno.ENOENT;
    copy(this.memory, at, value, this.def.valueSize);
    return 0;
  }
  override remove(): number {
    return Errno.EINVAL;
  }
  override keys(): Uint8Array[] {
    return [...this.#values.values()].map(({ key }) => key);
  }
  override reset(): void {
    for (const { at } of this.#values.values())
      this.memory.u8.fill(0, at, at + this.#stride * (this.#perCpu ? this.cpus : 1));
  }
}
