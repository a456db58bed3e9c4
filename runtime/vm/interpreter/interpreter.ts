/**
 * The interpreter: runs prepared code exactly as RFC 9669 defines it, every access checked to the byte. Input must have
 * passed isa `validate`.
 *
 * It does so in two ways that end the same: steps (steps.ts), and the hot loop (loop/), generated WebAssembly that a
 * machine changes to after HOT_AFTER steps. Whatever the loop meets that is not its own is one step; what is traced or
 * debugged is steps only.
 */
import type { Code } from "../code.js";
import type { Engine, EngineHooks } from "../engine.js";
import { MachineFault } from "../fault.js";
import { MAX_TAIL_CALLS } from "../limits.js";
import type { LinearMemory } from "../memory.js";
import type { SharedMemory } from "../wasm/memory.js";
import { Frames } from "./frames.js";
import { createDriver, type Driver } from "./loop/driver.js";
import { createSteps } from "./steps.js";

/** Steps until the hot loop pays: what it takes to generate it, and V8 to compile it. */
const HOT_AFTER = 100_000;

/** The interpreter, with what an engine that hands functions over to it needs. */
export interface Interpreter extends Engine {
  /** A run that is to stop now and then begins; r1 to r5 must be set. */
  open(code: Code): void;
  /**
   * Goes on until `trace` gives true before an instruction; true then, false when the program has ended.
   * @throws MachineFault with `insn` set
   */
  proceed(): boolean;
  /** How often the hot loop left an instruction to a step. */
  bails: number;
  /** Slots of the calls under way, the innermost first. */
  backtrace(): readonly number[];
  /** A new run of a program begins, at first elsewhere. */
  begin(code: Code): void;
  /** Says where the run is, for callbacks of the helper that is called next. */
  place(code: Code, frame: number): void;
  /**
   * Runs a function that is under way, from a slot to its end; r0 to r9 and `fuel` must be set.
   * @param budget what may_goto has left
   * @throws MachineFault with `insn` set
   */
  resume(code: Code, slot: number, frame: number, budget: number): void;
  /** bpf_tail_call with r2 and r3 set: the program to go on with, or undefined when the call fails. */
  tail(): Code | undefined;
  /** Runs a program from its first instruction to its end, in a frame that another one leaves to it. */
  enter(code: Code, frame: number): void;
}

export interface InterpreterOptions {
  /** The memory as WebAssembly has it; without it there are steps only. */
  readonly shared?: SharedMemory | undefined;
  /** Steps until the hot loop takes over; 0: it always does; Infinity: never. */
  readonly hotAfter?: number | undefined;
}

/**
 * Makes an interpreter over a memory; r0 to r10 are at Place.registers in it.
 * @example
 * const cpu = createInterpreter(memory, hooks);
 * cpu.fuel = 1_000_000;
 * cpu.start(prepare(verifyEncoding(bytes)));
 */
export function createInterpreter(
  memory: LinearMemory,
  hooks: EngineHooks,
  { shared, hotAfter = HOT_AFTER }: InterpreterOptions = {},
): Interpreter {
  const frames = new Frames(memory);
  const { registers } = frames;
  let loop: Driver | undefined;
  /** Instructions that ran, as far as they are counted: until the loop takes over. */
  let stepped = 0;

  function hotLoop(): Driver | undefined {
    if (shared === undefined || stepped < hotAfter || self.trace !== undefined) return undefined;
    loop ??= createDriver(shared, hooks, frames, self);
    return loop;
  }

  /** Runs until the function that started at `base` depth returns: in the loop as soon as it pays. */
  function run(first: Code, entry: number, base: number): void {
    let code = first;
    let slot = entry;
    for (;;) {
      const hot = hotLoop();
      const at = hot?.place(code);
      let stopped: boolean;
      if (hot !== undefined && at !== undefined) {
        slot = hot.run(code, at, slot, base);
        if (slot < 0) return;
        self.bails++;
        stopped = steps.run(code, slot, base, 1);
      } else stopped = stepAlong(code, slot, base);
      // A trace may stop what a debugger began only; other runs end with it.
      if (!stopped || self.trace !== undefined || steps.paused === undefined) return;
      ({ code, slot } = steps.paused);
      steps.paused = undefined;
    }
  }

  /** Steps until the loop is to take over. */
  function stepAlong(code: Code, slot: number, base: number): boolean {
    const { fuel } = self;
    const toLoop = shared !== undefined && self.trace === undefined && stepped < hotAfter;
    try {
      return steps.run(code, slot, base, toLoop ? hotAfter - stepped : Number.POSITIVE_INFINITY);
    } finally {
      stepped += fuel - self.fuel;
    }
  }

  // Plain fields: V8 calls the accessors of an object literal some 30 times as slowly.
  const self: Interpreter = {
    registers,
    fuel: 0,
    cpu: 0,
    current: undefined,
    trace: undefined,
    bails: 0,
    forget() {},
    clear() {
      for (let i = 0; i < 22; i++) registers[i] = 0;
    },
    open(code) {
      self.begin(code);
      frames.enter(0);
      steps.paused = { code, slot: 0 };
    },
    proceed() {
      if (steps.paused === undefined) throw new MachineFault("VM_INSTRUCTION", "no run is stopped");
      const { code, slot } = steps.paused;
      steps.paused = undefined;
      return steps.run(code, slot, 0, Number.POSITIVE_INFINITY);
    },
    backtrace: () => frames.backtrace(),
    begin(code) {
      self.current = code;
      if (!frames.begin()) loop?.clear();
    },
    place(code, frame) {
      frames.depth = frame;
      self.current = code;
    },
    resume(code, slot, frame, budget) {
      frames.point(frame);
      frames.budget = budget;
      self.current = code;
      run(code, slot, frame);
    },
    tail() {
      const target = frames.tailCalls < MAX_TAIL_CALLS ? hooks.tailCall() : undefined;
      if (target !== undefined) frames.tailCalls++;
      return target;
    },
    enter(code, frame) {
      frames.enter(frame);
      frames.beginProgram();
      self.current = code;
      run(code, 0, frame);
    },
    start(code) {
      self.begin(code);
      frames.enter(0);
      run(code, 0, 0);
    },
    callback(slot) {
      const code = self.current;
      if (code === undefined || slot < 0 || slot >= code.slots)
        throw new MachineFault("VM_CALLBACK", `no function at ${slot}`);
      frames.push(code, 0);
      try {
        run(code, slot, frames.depth);
      } finally {
        frames.pop();
      }
      self.current = code;
    },
  };
  const steps = createSteps(memory, hooks, frames, self);
  return self;
}
