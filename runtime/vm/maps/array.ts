/** Arrays and per-CPU arrays: all values exist from the start, zeroed; global data sections are arrays of one value. */

import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type LookupPlan, type MapHost, UpdateFlag, VmMap } from "./map.js";

/** BPF_F_RDONLY_PROG */
export const READ_ONLY_PROGRAM = 1 << 7;

export class ArrayMap extends VmMap {
  readonly #base: number;
  readonly #stride: number;
  readonly #perCpu: boolean;

  constructor(def: MapDef, host: MapHost, perCpu = false) {
    super(def, host);
    this.#perCpu = perCpu;
    this.#stride = Math.ceil(def.valueSize / 8) * 8 + 8;
    const copies = perCpu ? host.cpus : 1;
    this.#base = this.memory.allocate(this.#stride * def.maxEntries * copies, 16);
    const writable = (def.flags & READ_ONLY_PROGRAM) === 0;
    for (let i = 0; i < def.maxEntries * copies; i++) {
      this.memory.paint(this.#base + i * this.#stride, def.valueSize, true, writable);
    }
    this.reset();
  }
  override get perCpu(): boolean {
    return this.#perCpu;
  }
  /** Place of a value, no check. */
  at(index: number, cpu: number): number {
    return this.#base + ((this.#perCpu ? cpu * this.def.maxEntries : 0) + index) * this.#stride;
  }
  override get plan(): LookupPlan {
    const { maxEntries } = this.def;
    return {
      kind: "array",
      base: this.#base,
      stride: this.#stride,
      maxEntries,
      cpuStride: this.#perCpu ? maxEntries * this.#stride : 0,
    };
  }
  override lookup(key: number, cpu: number): number {
    const index = this.memory.view.getUint32(key, true);
    return index < this.def.maxEntries ? this.at(index, cpu) : 0;
  }
  override update(key: number, value: number, flags: number, cpu: number): number {
    // kernel/bpf/arraymap.c, array_map_update_elem: unknown flags, then the index, then NOEXIST.
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return Errno.EINVAL;
    const at = this.lookup(key, cpu);
    if (at === 0) return Errno.E2BIG;
    if (flags & UpdateFlag.NoExist) return Errno.EEXIST;
    if (flags & UpdateFlag.Lock && !this.hasLock) return Errno.EINVAL;
    this.copyValue(at, value);
    return 0;
  }
  override remove(): number {
    return Errno.EINVAL;
  }
  override locate(place: number): { readonly key: Uint8Array; readonly value: number } | undefined {
    const slot = Math.floor((place - this.#base) / this.#stride);
    const copies = this.#perCpu ? this.cpus : 1;
    if (slot < 0 || slot >= this.def.maxEntries * copies) return undefined;
    const key = new Uint8Array(Uint32Array.of(slot % this.def.maxEntries).buffer);
    return { key, value: this.#base + slot * this.#stride };
  }
  override keys(): Uint8Array[] {
    return Array.from({ length: this.def.maxEntries }, (_, i) => new Uint8Array(Uint32Array.of(i).buffer));
  }
  override reset(): void {
    const copies = this.#perCpu ? this.cpus : 1;
    this.memory.u8.fill(0, this.#base, this.#base + this.#stride * this.def.maxEntries * copies);
    if (this.def.data !== undefined) this.memory.u8.set(this.def.data, this.#base);
  }
}
