/** Queues and stacks (kernel/bpf/queue_stack_maps.c), and bloom filters as exact sets. */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type MapHost, UpdateFlag, VmMap } from "./map.js";

export class QueueMap extends VmMap {
  readonly #values: Uint8Array[] = [];
  readonly #last: boolean;
  constructor(def: MapDef, host: MapHost, stack: boolean) {
    super(def, host);
    this.#last = stack;
  }
  get values(): readonly Uint8Array[] {
    return this.#values;
  }
  override push(value: number, flags: number): number {
    if (flags > UpdateFlag.Exist || flags === UpdateFlag.NoExist) return Errno.EINVAL;
    if (this.#values.length >= this.def.maxEntries) {
      // BPF_EXIST replaces the oldest element.
      if (flags !== UpdateFlag.Exist) return Errno.E2BIG;
      this.#values.shift();
    }
    this.#values.push(this.memory.bytes(value, this.def.valueSize).slice());
    return 0;
  }
  override next(value: number, take: boolean): number {
    const at = this.#last ? this.#values.length - 1 : 0;
    const bytes = this.#values[at];
    if (bytes === undefined) {
      this.memory.u8.fill(0, value, value + this.def.valueSize);
      return Errno.ENOENT;
    }
    this.memory.u8.set(bytes, value);
    if (take) this.#values.splice(at, 1);
    return 0;
  }
  override reset(): void {
    this.#values.length = 0;
  }
}

/** A bloom filter that never errs: the kernel's may also answer 0 for a value that was not added. */
export class BloomFilter extends VmMap {
  readonly #values = new Set<string>();
  override push(value: number, flags: number): number {
    if (flags !== UpdateFlag.Any) return Errno.EINVAL;
    this.#values.add(this.memory.bytes(value, this.def.valueSize).join());
    return 0;
  }
  override next(value: number, take: boolean): number {
    if (take) return Errno.EOPNOTSUPP;
    return this.#values.has(this.memory.bytes(value, this.def.valueSize).join()) ? 0 : Errno.ENOENT;
  }
  override reset(): void {
    this.#values.clear();
  }
}
