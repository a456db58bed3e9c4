/**
 * Kernel structs in the machine: laid out by BTF, filled from JavaScript values, read-only for programs. Input: the name
 * of a struct and the fields that matter; all others are zero. Output: a pointer that programs follow directly, with
 * CO-RE reads and with bpf_probe_read_kernel.
 */
import { type Btf, BtfError, CodecError, codecFor, intValue } from "../../btf/index.js";
import { offsetOf, pointerTo } from "../address.js";
import { MachineError } from "../errors.js";
import type { Heap } from "../heap.js";
import type { LinearMemory } from "../memory.js";
import { memberNames, memberOf, placeOf } from "./members.js";

/**
 * Values of a struct's fields by name: integers (number or bigint), text for char arrays, bytes, arrays, objects for
 * structs; for a pointer an address, an object (a struct of the pointed-to type is made), text or bytes (put into memory).
 */
export type StructFields = Readonly<Record<string, unknown>>;

const MAX_NESTING = 16;
const TEXT = new TextEncoder();
const isFields = (value: unknown): value is StructFields =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);

export class KernelStructs {
  readonly #memory: LinearMemory;
  readonly #heap: Heap;
  readonly #types: Btf | undefined;

  /** @param types the kernel's BTF, or the object's own: what the programs' reads were relocated against */
  constructor(memory: LinearMemory, heap: Heap, types: Btf | undefined) {
    this.#memory = memory;
    this.#heap = heap;
    this.#types = types;
  }
  get types(): Btf | undefined {
    return this.#types;
  }
  /** BTF id of a struct, or undefined. A forward declaration does not count. */
  idOf(name: string): number | undefined {
    const type = this.#types?.find(name, "struct") ?? this.#types?.find(name, "union");
    return type?.id;
  }
  /**
   * Makes a struct.
   * @returns its address
   * @throws MachineError `VM_TYPE` (no such struct or field, a value that does not fit), `VM_MEMORY`
   */
  make(name: string, fields: StructFields = {}): bigint {
    const id = this.idOf(name);
    if (this.#types === undefined || id === undefined)
      throw new MachineError(
        "VM_TYPE",
        this.#types === undefined
          ? "the machine has no types: give the option btf, or an object with BTF"
          : `there is no struct ${name} in the machine's types`,
      );
    return pointerTo(this.#make(this.#types, id, fields, name, 0));
  }
  /** Changes fields of a struct that `make` gave. @throws MachineError `VM_TYPE` */
  set(name: string, address: bigint, fields: StructFields): void {
    const id = this.idOf(name);
    if (this.#types === undefined || id === undefined) throw new MachineError("VM_TYPE", `there is no struct ${name}`);
    this.#fill(this.#types, id, this.#place(address, this.#types.sizeOf(id)), fields, name, 0);
  }
  /** The value of a field by path. @throws MachineError `VM_TYPE` @example structs.get("task_struct", task, "tgid") */
  get(name: string, address: bigint, path: string): unknown {
    const btf = this.#types;
    const id = this.idOf(name);
    const place = btf === undefined || id === undefined ? undefined : placeOf(btf, id, path);
    if (btf === undefined || id === undefined || place === undefined)
      throw new MachineError("VM_TYPE", `struct ${name} has no field ${path}`);
    const at = this.#place(address, btf.sizeOf(id));
    if (place.bitSize > 0) return this.#bits(at, place.bitOffset, place.bitSize);
    try {
      return codecFor(btf, place.type).decode(this.#memory.u8, at + place.bitOffset / 8);
    } catch (error) {
      throw this.#wrong(`${name}.${path}`, error);
    }
  }
  /** Frees a struct; what its fields point at stays. False when nothing begins at the address. */
  free(address: bigint): boolean {
    const at = offsetOf(address);
    const freed = at !== undefined && this.#heap.release(at);
    if (freed) this.#heap.settle();
    return freed;
  }

  #place(address: bigint, bytes: number): number {
    const at = offsetOf(address);
    if (at === undefined || !this.#memory.canRead(at, bytes))
      throw new MachineError("VM_TYPE", `there is no struct at 0x${BigInt.asUintN(64, address).toString(16)}`);
    return at;
  }
  #make(btf: Btf, id: number, fields: StructFields, path: string, depth: number): number {
    if (depth > MAX_NESTING) throw new MachineError("VM_TYPE", `${path}: structs nested more than ${MAX_NESTING} deep`);
    const at = this.#heap.take(btf.sizeOf(id), path, { read: true, write: false });
    this.#fill(btf, id, at, fields, path, depth);
    return at;
  }
  #fill(btf: Btf, id: number, at: number, fields: StructFields, path: string, depth: number): void {
    for (const [name, value] of Object.entries(fields)) {
      const place = memberOf(btf, id, name);
      if (place === undefined) {
        const known = memberNames(btf, id, 12).join(", ");
        throw new MachineError("VM_TYPE", `${path} has no field ${name}; there are: ${known || "none"}`);
      }
      const here = `${path}.${name}`;
      if (place.bitSize > 0) {
        if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean")
          throw new MachineError("VM_TYPE", `${here}: an integer is needed`);
        this.#setBits(at, place.bitOffset, place.bitSize, BigInt(value));
      } else this.#value(btf, place.type, at + place.bitOffset / 8, value, here, depth);
    }
  }
  #value(btf: Btf, id: number, at: number, value: unknown, path: string, depth: number): void {
    const type = btf.resolve(id);
    if ((type.kind === "struct" || type.kind === "union") && isFields(value)) {
      this.#fill(btf, id, at, value, path, depth);
      return;
    }
    if (type.kind === "ptr") {
      this.#memory.view.setBigUint64(at, BigInt.asUintN(64, this.#pointer(btf, type.type, value, path, depth)), true);
      return;
    }
    if (type.kind === "array" && Array.isArray(value)) {
      if (value.length > type.length)
        throw new MachineError("VM_TYPE", `${path}: ${value.length} elements for an array of ${type.length}`);
      const each = btf.sizeOf(type.element);
      for (const [i, one] of value.entries())
        this.#value(btf, type.element, at + i * each, one, `${path}[${i}]`, depth);
      return;
    }
    try {
      codecFor(btf, id).encode(intValue(btf, id, value), this.#memory.u8, at);
    } catch (error) {
      throw this.#wrong(path, error);
    }
  }
  #pointer(btf: Btf, target: number, value: unknown, path: string, depth: number): bigint {
    if (typeof value === "bigint") return value;
    if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
    if (value === null) return 0n;
    if (typeof value === "string" || value instanceof Uint8Array) {
      const bytes = typeof value === "string" ? TEXT.encode(`${value}\0`) : value;
      const at = this.#heap.take(bytes.length, path, { read: true, write: false });
      this.#memory.u8.set(bytes, at);
      return pointerTo(at);
    }
    const type = btf.resolve(target);
    if (isFields(value) && (type.kind === "struct" || type.kind === "union"))
      return pointerTo(this.#make(btf, type.id, value, path, depth + 1));
    throw new MachineError("VM_TYPE", `${path}: an address, an object, text or bytes are needed for a pointer`);
  }
  #bits(at: number, offset: number, bits: number): number | bigint {
    let value = 0n;
    for (let i = 0; i < bits; i++) {
      const bit = offset + i;
      value |= BigInt(((this.#memory.u8[at + (bit >> 3)] ?? 0) >> (bit & 7)) & 1) << BigInt(i);
    }
    return bits <= 32 ? Number(value) : value;
  }
  #setBits(at: number, offset: number, bits: number, value: bigint): void {
    const { u8 } = this.#memory;
    for (let i = 0; i < bits; i++) {
      const place = at + ((offset + i) >> 3);
      const mask = 1 << ((offset + i) & 7);
      u8[place] = (value >> BigInt(i)) & 1n ? (u8[place] ?? 0) | mask : (u8[place] ?? 0) & ~mask;
    }
  }
  #wrong(path: string, error: unknown): Error {
    if (!(error instanceof CodecError) && !(error instanceof BtfError))
      return error instanceof Error ? error : new Error(String(error));
    return new MachineError("VM_TYPE", `${path}: ${error.message}`, { cause: error });
  }
}
