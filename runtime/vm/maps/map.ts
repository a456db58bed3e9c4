/**
 * What every map of the machine can do. Keys and values are places in linear memory; the caller has checked that they
 * may be read or written. Results are 0 or a negative errno, as the kernel's map operations return them.
 */
import type { Btf } from "../../btf/index.js";
import type { MapDef } from "../../elf/index.js";
import { mapTypeName } from "../../facts/maps/index.js";
import { Errno } from "../errno.js";
import type { LinearMemory } from "../memory.js";
import { type SpecialField, specialFields } from "./special.js";

/** Flags of update (include/uapi/linux/bpf.h). */
export const UpdateFlag = { Any: 0, NoExist: 1, Exist: 2, Lock: 4 } as const;

/** What maps are made over. */
export interface MapHost {
  readonly memory: LinearMemory;
  readonly cpus: number;
  /** Types of the object, which say where values hold locks, timers and the like. */
  readonly btf?: Btf | undefined;
}

/** How generated code looks a key up by itself; places are offsets in linear memory. */
export type LookupPlan =
  | {
      readonly kind: "array";
      readonly base: number;
      /** Bytes from one value to the next. */
      readonly stride: number;
      readonly maxEntries: number;
      /** Bytes from one CPU's values to the next one's; 0: one value for all. */
      readonly cpuStride: number;
    }
  | {
      readonly kind: "hash";
      /** Descriptor of the table (entries.ts). */
      readonly table: number;
      readonly keySize: number;
      readonly cpuStride: number;
      /** Does a look-up mark its entry as used? */
      readonly marks: boolean;
    }
  | {
      readonly kind: "lpm";
      readonly table: number;
      readonly keySize: number;
      /** Prefix lengths in use with their masks (lpm.ts), and room for a key. */
      readonly lengths: number;
      readonly scratch: number;
    };

export abstract class VmMap {
  /** Place of the map in its machine; the low half of map references. */
  index = -1;
  readonly memory: LinearMemory;
  readonly cpus: number;
  /** Fields of a value that updates leave alone. */
  readonly special: readonly SpecialField[];
  #callbackKey = 0;
  constructor(
    readonly def: MapDef,
    host: MapHost,
  ) {
    this.memory = host.memory;
    this.cpus = host.cpus;
    this.special = specialFields(host.btf, def.valueType, def.variables);
  }
  /** Bytes of a key as programs and user space give it. */
  get keyBytes(): number {
    return this.def.keySize;
  }
  /** May values be updated under their spin lock? */
  get hasLock(): boolean {
    return this.special.some((field) => field.kind === "bpf_spin_lock");
  }
  /** Copies a value, all but its special fields (kernel: copy_map_value). */
  copyValue(to: number, from: number): void {
    let at = 0;
    for (const { offset, size } of this.special) {
      copy(this.memory, to + at, from + at, offset - at);
      at = offset + size;
    }
    copy(this.memory, to + at, from + at, this.def.valueSize - at);
  }
  /** Which value a place in memory lies in: its key and its start. */
  locate(_place: number): { readonly key: Uint8Array; readonly value: number } | undefined {
    return undefined;
  }
  /** Place that for_each_map_elem shows keys at. */
  callbackKey(): number {
    this.#callbackKey ||= this.memory.allocate(this.def.keySize);
    return this.#callbackKey;
  }
  get name(): string {
    return this.def.name;
  }
  get typeName(): string {
    return mapTypeName(this.def.type);
  }
  /** One value per CPU? */
  get perCpu(): boolean {
    return false;
  }
  /** How generated code may do what `lookup` does with `mark`; undefined: it must ask. */
  get plan(): LookupPlan | undefined {
    return undefined;
  }
  /** Place of the value of a key for a CPU, or 0. `mark`: a program looks, which LRU maps note. */
  lookup(_key: number, _cpu: number, _mark: boolean): number {
    return 0;
  }
  update(_key: number, _value: number, _flags: number, _cpu: number): number {
    return Errno.EOPNOTSUPP;
  }
  remove(_key: number): number {
    return Errno.EOPNOTSUPP;
  }
  /** Keys as bytes, a snapshot. */
  keys(): Uint8Array[] {
    return [];
  }
  push(_value: number, _flags: number): number {
    return Errno.EOPNOTSUPP;
  }
  /** Writes the next value to a place; `take` removes it. */
  next(_value: number, _take: boolean): number {
    return Errno.EOPNOTSUPP;
  }
  /** Called when a run ends: memory that a program could still point at may be reused now. */
  settle(): void {}
  /** Back to the content of a fresh map. */
  reset(): void {}
}

/** Copies bytes inside the memory. */
export function copy(memory: LinearMemory, to: number, from: number, bytes: number): void {
  memory.u8.copyWithin(to, from, from + bytes);
}

/** Slots that are reused together before the run ends. */
const REUSED = 64;

/** Values of one size, allocated in slabs, each with a red zone behind. */
export class SlotPool {
  readonly #free: number[] = [];
  readonly #freed: number[] = [];
  #grown = 0;
  readonly #stride: number;
  constructor(
    readonly memory: LinearMemory,
    readonly valueSize: number,
    /** Values per slot, `stride` bytes apart: one per CPU. */
    readonly copies: number,
    readonly limit: number,
  ) {
    this.#stride = Math.ceil(valueSize / 8) * 8 + 8;
  }
  /** Bytes between the values of two CPUs. */
  get stride(): number {
    return this.#stride;
  }
  /** A zeroed, valid slot. */
  take(): number {
    if (this.#free.length === 0) {
      // All are in use or wait for the program's end: the kernel's elements are reused at once.
      if (this.#grown >= this.limit && this.#freed.length > 0)
        this.#free.push(...this.#freed.splice(0, REUSED).reverse());
      else this.#grow();
    }
    const at = this.#free.pop() ?? 0;
    this.memory.u8.fill(0, at, at + this.#stride * this.copies);
    for (let c = 0; c < this.copies; c++) this.memory.paint(at + c * this.#stride, this.valueSize, true, true);
    return at;
  }
  /** Gives a slot back; it stays valid until `settle`, as RCU keeps a deleted element until the program ends. */
  release(at: number): void {
    this.#freed.push(at);
  }
  settle(): void {
    // Clearing an array has a price even when it is empty, and this is called after every run.
    if (this.#freed.length === 0) return;
    for (const at of this.#freed) {
      this.memory.paint(at, this.#stride * this.copies, false, false);
      this.#free.push(at);
    }
    this.#freed.length = 0;
  }
  #grow(): void {
    const count = Math.max(1, Math.min(64, this.limit - this.#grown));
    this.#grown += count;
    const bytes = this.#stride * this.copies;
    const base = this.memory.allocate(bytes * count);
    for (let i = count - 1; i >= 0; i--) this.#free.push(base + i * bytes);
  }
}
