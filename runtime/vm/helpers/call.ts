/**
 * One helper call as its implementation sees it: arguments by number (1 to 5), checked memory, the state of the run.
 * Checks fault at the call's instruction with the helper's name, as the kernel's verifier would refuse the program.
 */
import type { HelperName } from "../../facts/helpers/index.js";
import { functionSlot, MAP_TAG, MEMORY_TAG, STACK_END } from "../address.js";
import type { Engine } from "../engine.js";
import { MachineFault } from "../fault.js";
import { accessFault } from "../interpreter/access.js";
import type { VmMap } from "../maps/map.js";
import type { RunState } from "../run-state.js";

/** A helper's implementation: a number is sign-extended into r0; undefined means that it set r0 itself. */
export type Implementation = (call: HelperCall) => number | undefined;
/** Implementations by the helper's name without `bpf_`. */
export type HelperTable = Partial<Readonly<Record<HelperName, Implementation>>>;

export class HelperCall {
  readonly #r: Int32Array;
  /** Name of the helper that runs, for messages. */
  name = "";
  constructor(
    readonly run: RunState,
    readonly engine: Engine,
  ) {
    this.#r = engine.registers;
  }
  lo(n: number): number {
    return this.#r[n * 2] ?? 0;
  }
  hi(n: number): number {
    return this.#r[n * 2 + 1] ?? 0;
  }
  /** Argument as signed 32-bit. */
  int(n: number): number {
    return this.lo(n);
  }
  /** Argument as unsigned 32-bit. */
  u32(n: number): number {
    return this.lo(n) >>> 0;
  }
  /** Argument as unsigned 64-bit. */
  u64(n: number): bigint {
    return (BigInt(this.hi(n) >>> 0) << 32n) | BigInt(this.lo(n) >>> 0);
  }
  isNull(n: number): boolean {
    return this.lo(n) === 0 && this.hi(n) === 0;
  }
  /** r0 = an unsigned 64-bit value. */
  give(value: bigint): undefined {
    this.#r[0] = Number(BigInt.asIntN(32, value));
    this.#r[1] = Number(BigInt.asIntN(32, value >> 32n));
    return undefined;
  }
  /** r0 = an unsigned 32-bit value. */
  giveU32(value: number): undefined {
    this.#r[0] = value;
    this.#r[1] = 0;
    return undefined;
  }
  /** r0 = pointer to a place in memory, or NULL for 0. */
  givePointer(offset: number): undefined {
    this.#r[0] = offset;
    this.#r[1] = offset === 0 ? 0 : MEMORY_TAG;
    return undefined;
  }
  giveTagged(tag: number, low: number): undefined {
    this.#r[0] = low;
    this.#r[1] = tag;
    return undefined;
  }
  setArgument(n: number, lo: number, hi: number): void {
    this.#r[n * 2] = lo;
    this.#r[n * 2 + 1] = hi;
  }
  fault(n: number, reason: string): MachineFault {
    return new MachineFault("VM_HELPER_ARGUMENT", `${this.name}: argument ${n}: ${reason}`);
  }
  #access(n: number, bytes: number, write: boolean): number {
    const at = this.lo(n) >>> 0;
    const { memory } = this.run;
    const ok = this.hi(n) === MEMORY_TAG && (write ? memory.canWrite(at, bytes) : memory.canRead(at, bytes));
    if (ok) return at;
    throw this.fault(n, accessFault(memory, this.hi(n), this.lo(n), bytes, write).message);
  }
  /** Place of `bytes` readable bytes that argument n points at. Zero bytes are always there. */
  readable(n: number, bytes: number): number {
    if (bytes === 0) return 0;
    this.#fillPadding(n, bytes);
    return this.#access(n, bytes, false);
  }
  /**
   * A struct on the stack whose padding nobody wrote: the kernel lets privileged programs pass it on (allow_uninit_stack),
   * and C programs do. Its unwritten bytes read as 0 here; a buffer of which no byte was written is still a fault.
   */
  #fillPadding(n: number, bytes: number): void {
    const at = this.lo(n) >>> 0;
    const { memory } = this.run;
    if (at >= STACK_END || this.hi(n) !== MEMORY_TAG || memory.canRead(at, bytes) || !memory.canWrite(at, bytes))
      return;
    const missing = Array.from({ length: bytes }, (_, i) => at + i).filter((place) => !memory.canRead(place, 1));
    if (missing.length === bytes) return;
    for (const place of missing) memory.u8[place] = 0;
    memory.paintReadable(at, bytes, true);
  }
  /** Place of `bytes` writable bytes; on the stack they become readable, since the helper fills them. */
  writable(n: number, bytes: number): number {
    if (bytes === 0) return 0;
    const at = this.#access(n, bytes, true);
    if (at < STACK_END) this.run.memory.paintReadable(at, bytes, true);
    return at;
  }
  /** A byte count argument: a negative or huge one is the program's mistake. */
  size(n: number, limit = 1 << 29): number {
    const value = this.lo(n);
    if (this.hi(n) !== 0 || value < 0 || value > limit)
      throw this.fault(n, `size ${BigInt.asIntN(64, this.u64(n))} is not between 0 and ${limit}`);
    return value;
  }
  /** The bytes that a pointer and a size argument describe: a view. */
  bytes(pointer: number, size: number): Uint8Array {
    const length = this.size(size);
    const at = this.readable(pointer, length);
    return this.run.memory.bytes(at, length);
  }
  map(n: number): VmMap {
    const map = this.hi(n) === MAP_TAG ? this.run.maps[this.lo(n)] : undefined;
    if (map === undefined) throw this.fault(n, "is no map");
    return map;
  }
  /** The map, which must be of one class. */
  mapOf<T extends VmMap>(n: number, type: abstract new (...args: never[]) => T): T {
    const map = this.map(n);
    if (!(map instanceof type))
      throw this.fault(n, `map ${map.name} has type ${map.typeName}, which this helper does not take`);
    return map;
  }
  /** Entry slot of the callback that argument n is. */
  func(n: number): number {
    const slot = functionSlot(this.lo(n), this.hi(n));
    if (slot === undefined) throw this.fault(n, "is no function");
    return slot;
  }
  /** Faults unless argument n is the context. */
  context(n: number, at: number): void {
    if (this.hi(n) !== MEMORY_TAG || this.lo(n) >>> 0 !== at) throw this.fault(n, "is not the context");
  }
}
