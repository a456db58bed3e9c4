/** What an engine (interpreter, WebAssembly) needs from the machine, and what it gives. */
import type { Code } from "./code.js";
import type { Counts } from "./coverage.js";
import type { ArenaWindow } from "./maps/arena.js";
import type { LookupPlan } from "./maps/map.js";

/** A map that generated code looks up by itself. */
export interface InlineMap {
  readonly plan: LookupPlan;
  /** Bytes of a value, and whether programs may write them. */
  readonly valueSize: number;
  readonly writable: boolean;
  /** Are values plain bytes, without locks, timers and the like? */
  readonly plain: boolean;
}

/** Called by an engine. Registers are in `Engine.registers`; a hook may throw MachineFault. */
export interface EngineHooks {
  /** Runs helper `id`: reads r1 to r5, writes r0. */
  helper(id: number): void;
  /** How many arguments helper `id` reads, 0 to 5; default 5. */
  helperArity?(id: number): number;
  /**
   * An access that is about to be a fault: the place to use instead, where the kernel goes on (8 zero bytes for reads
   * through BTF pointers, what an arena says), else undefined for the fault.
   */
  missing?(hi: number, lo: number, bytes: number, write: boolean): number | undefined;
  /** The arena of the program that runs, which address casts are about; undefined: it has none. */
  arena?(): ArenaWindow | undefined;
  /** Runs the kernel function called at a slot. */
  kfunc(slot: number): void;
  /** The 64-bit value of a 4-byte context field that holds a pointer, as [low, high] words; undefined when it is none. */
  contextPointer(offset: number): readonly [number, number] | undefined;
  /**
   * Writes all such fields into a table: two words, low and high, for each 4 bytes of context. Default: by
   * `contextPointer`, for the fields that a program names.
   * @param isFresh the table does not hold what was written last
   */
  showPointers?(shadow: Int32Array, isFresh: boolean): void;
  /** May generated code do a helper's work by itself, without calling `helper`? Default: no. */
  inlineHelper?(id: number): boolean;
  /**
   * A map, by the number in its references, that generated code may look up by itself; undefined when it must ask the
   * helper. Default: none.
   */
  inlineMap?(index: number): InlineMap | undefined;
  /** bpf_tail_call with r2 = map and r3 = index: the program to go on with, or undefined when the call fails. */
  tailCall(): Code | undefined;
  /** LD_ABS and LD_IND: the value in host order, or undefined when it lies outside the packet. */
  packetLoad(offset: number, bytes: 1 | 2 | 4): number | undefined;
}

/** Is told each slot before it runs; true stops a run that a debugger began. */
export type Trace = (slot: number) => boolean | undefined | void;

/**
 * The next run of the program that ran last, with nothing changed in between but packet bytes and maps. Only what the run
 * itself needs is done.
 */
export interface Quick {
  /**
   * Runs with r1 = context, which is put back from LAYOUT.fresh; gives the low half of r0.
   * @param contextBytes a multiple of 24
   * @throws what `end` makes a fault of
   */
  readonly run: (fuel: number, contextBytes: number) => number;
  /** Shows the context's pointers again: the packet has another length. */
  readonly refresh: () => void;
  /** Before the next run when the last one called something outside. */
  readonly again: () => void;
  /** After a run that did more than its code could by itself, or ended with an error, which it gives as `start` throws it. */
  readonly end: (error: unknown) => unknown;
}

/** One way of running prepared code. */
export interface Engine {
  /** r0 to r10, two words each: low, high. */
  readonly registers: Int32Array;
  /** Instructions that may still run before VM_FUEL. */
  fuel: number;
  /** CPU that runs the program. */
  cpu: number;
  /** Forgets compiled code: what hooks answered at compile time may have changed. */
  forget(): void;
  /** Makes the registers what a run begins with, as far as it can read them: zero. */
  clear(): void;
  /**
   * Runs a program from its first instruction until it exits; r1 and r2 must be set.
   * @throws MachineFault with `insn` set
   */
  start(code: Code): void;
  /** How to run again what `start` ran last, when that is compiled. */
  quick?(): Quick | undefined;
  /** Adds what compiled code counted to counts by slot, and begins anew. */
  collect?(code: Code, counts: Counts): void;
  /** Runs a function of the program that is running (a callback) with r1 to r5 set; keeps r6 to r10. */
  callback(slot: number): void;
  /** The code that ran last: after a tail call, the target's. */
  current: Code | undefined;
  /** Called before each instruction with its slot, when set. */
  trace: Trace | undefined;
}
