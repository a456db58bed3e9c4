/**
 * The WebAssembly engine: compiles each program at its first run and runs it in the machine's own memory. It always
 * answers as the interpreter does, because it is built on it: generated code that meets a fault, the end of the fuel, or
 * an operation that it does not have hands the function over to the interpreter, registers and all, at that instruction.
 */
import { helperById } from "../../facts/helpers/index.js";
import { Class, Mode } from "../../isa/index.js";
import { FRAME_STRIDE, LAYOUT, MAX_FRAMES, MEMORY_TAG } from "../address.js";
import { type Code, STRIDE, Word } from "../code.js";
import type { Engine, EngineHooks, InlineMap, Quick, Trace } from "../engine.js";
import { MachineFault } from "../fault.js";
import { createInterpreter, type Interpreter } from "../interpreter/interpreter.js";
import { Place, SHADOW_FIELDS } from "../places.js";
import { Counters } from "./counters.js";
import { wasmHost } from "./host.js";
import type { SharedMemory } from "./memory.js";
import { generateModule } from "./module.js";
import { KFUNC } from "./opcodes.js";
import { rangeFinder } from "./ranges.js";

/** A program as the engine keeps it. */
interface Compiled {
  readonly run: (() => void) | undefined;
  readonly quick: Quick | undefined;
  readonly counters: Counters | undefined;
  /** The program in a frame that a tail call leaves to it; undefined: the interpreter must run it there. */
  readonly tail: ((frame: number) => void) | undefined;
  /** Compiled callbacks by slot: (start of the frame's stack). */
  readonly callbacks: ReadonlyMap<number, (frame: number) => void>;
  /** Why it is interpreted, when it is. */
  readonly reason: string | undefined;
  /** Context offsets that its 4-byte loads name: those whose pointers must be at hand. */
  readonly fields: readonly number[];
}

const INTERPRETED: Compiled = {
  run: undefined,
  quick: undefined,
  tail: undefined,
  counters: undefined,
  callbacks: new Map(),
  reason: undefined,
  fields: [],
};

/** What the engine adds to others. */
export interface WasmEngine extends Engine {
  /** Why a program is left to the interpreter; undefined when it is not. Compiles it. */
  fallback(code: Code): string | undefined;
  /** What runs step by step here. */
  readonly interpreter: Interpreter;
  /** Is a program compiled by now? */
  isCompiled(code: Code): boolean;
  /** How often generated code handed a function over to the interpreter. */
  bails: number;
}

export interface WasmOptions {
  /** False trusts the program: its accesses are not checked, only kept within the linear memory. Default true. */
  readonly checks?: boolean;
  /** True: a program is interpreted until compiling it pays. Default false: it is compiled at its first run. */
  readonly tiers?: boolean;
  /** Counts what runs: interpreted code tells each slot before it runs, compiled code keeps counters (`collect`). */
  readonly count?: { readonly step: Trace; readonly resume: () => void };
  /** As `MachineOptions.hotAfter`. */
  readonly hotAfter?: number | undefined;
}

/**
 * Instructions that a program executes in the interpreter before it is compiled: compiling costs about what it takes to
 * interpret so many (a constant part, and one for each slot).
 */
const TIER_BASE = 50_000;
const TIER_PER_SLOT = 300;

function contextFields(code: Code): number[] {
  const fields = new Set<number>();
  for (let at = 0; at < code.words.length; at += STRIDE) {
    const off = code.words[at + Word.off] ?? 0;
    if (code.words[at + Word.op] === (Class.Ldx | Mode.Mem) && off >= 0 && off < SHADOW_FIELDS && off % 4 === 0)
      fields.add(off);
  }
  return [...fields];
}

/** Without checks the linear memory's own bounds are all that is left, and a trap does not say where it was. */
function asFault(error: unknown): unknown {
  if (error instanceof Error && error.constructor.name === "RuntimeError" && /memory access/.test(error.message))
    return new MachineFault(
      "VM_ACCESS",
      "an access outside the machine's memory; checks are off, so the place is not known",
    );
  if (error instanceof RangeError && /call stack/i.test(error.message))
    return new MachineFault("VM_STACK_OVERFLOW", "calls are nested too deep");
  return error;
}

/**
 * Makes an engine over a shared memory.
 * @example
 * const shared = sharedMemory(20);
 * const engine = createWasmEngine(shared, hooks);
 * engine.fuel = 1_000_000;
 * engine.start(prepare(verifyEncoding(bytes)));
 */
export function createWasmEngine(
  shared: SharedMemory,
  hooks: EngineHooks,
  { checks = true, tiers = false, count, hotAfter }: WasmOptions = {},
): WasmEngine {
  const { memory } = shared;
  const registers = new Int32Array(memory.buffer, Place.registers, 22);
  const words = new Int32Array(memory.buffer, 0, Place.limit / 4 + 1);
  const fuelWord = Place.fuel / 4;
  const touched = Place.touched / 4;
  const outside = Place.outside / 4;
  const limit = Place.limit / 4;
  const shadow = new Int32Array(memory.buffer, Place.shadow, (SHADOW_FIELDS / 4) * 2);
  const interpreter = createInterpreter(memory, hooks, { shared, hotAfter });
  interpreter.trace = count?.step;
  let compiled = new WeakMap<Code, Compiled>();
  /** Instructions that programs executed before they were compiled. */
  const executed = new WeakMap<Code, number>();
  const changesPacket = new Map<number, boolean>();
  let running: Compiled | undefined;
  let program: Code | undefined;
  /** Frame of the generated function whose helper runs; -1: the interpreter's. */
  let helperFrame = -1;
  let shown: Code | undefined;
  /** What `start` ran last: a map look-up costs as much as a short program. */
  let last: Compiled | undefined;

  /** Writes the context's pointers where generated code looks for them. @param isFresh the place was cleared */
  function show(fields: readonly number[], isFresh: boolean): void {
    if (hooks.showPointers !== undefined) {
      hooks.showPointers(shadow, isFresh);
      return;
    }
    for (const field of fields) {
      const pointer = hooks.contextPointer(field);
      shadow[field >> 1] = pointer === undefined ? 0 : pointer[0];
      shadow[(field >> 1) + 1] = pointer === undefined ? 0 : pointer[1];
    }
  }

  const imports = {
    memory: shared.wasm,
    range: rangeFinder(memory, new Int32Array(memory.buffer, Place.rangeStart, 4)),
    bail(at: number, frame: number, budget: number): void {
      // Where segments are counted, a slot whose segment has not begun comes with its bits turned over.
      const slot = at < 0 ? ~at : at;
      if (slot === at) running?.counters?.leave(slot);
      count?.resume();
      self.bails++;
      words[touched] = 1;
      interpreter.fuel = words[fuelWord] ?? 0;
      const outer = helperFrame;
      helperFrame = -1;
      try {
        interpreter.resume(program as Code, slot, (frame - LAYOUT.stack) / FRAME_STRIDE, budget);
      } finally {
        words[fuelWord] = interpreter.fuel;
        helperFrame = outer;
      }
      show(running?.fields ?? [], false);
    },
    /** Gives 0 for what lies outside, and says so. */
    packet(offset: number, bytes: 1 | 2 | 4): number {
      const value = hooks.packetLoad(offset, bytes);
      words[outside] = value === undefined ? 1 : 0;
      return value ?? 0;
    },
    /** bpf_tail_call with all registers at their places: 1 when the target ran, with r0 at its place. */
    tail(slot: number, frame: number): number {
      words[touched] = 1;
      interpreter.fuel = words[fuelWord] ?? 0;
      let target: Code | undefined;
      try {
        target = interpreter.tail();
      } catch (error) {
        if (error instanceof MachineFault && error.insn < 0) error.insn = slot;
        throw error;
      }
      if (target === undefined) return 0;
      const [outerCode, outer, outerFrame, outerLimit] = [program, running, helperFrame, words[limit] ?? 0];
      running = compile(target);
      program = target;
      const place = (frame - LAYOUT.stack) / FRAME_STRIDE;
      interpreter.place(target, place);
      words[limit] = place + MAX_FRAMES - 1;
      show(running.fields, false);
      // Compiled code counts on what the verifier does: r1 is the context.
      if (running.tail !== undefined && registers[2] === LAYOUT.context && registers[3] === MEMORY_TAG)
        running.tail(frame);
      else {
        helperFrame = -1;
        count?.resume();
        interpreter.fuel = words[fuelWord] ?? 0;
        try {
          interpreter.enter(target, place);
        } finally {
          words[fuelWord] = interpreter.fuel;
          helperFrame = outerFrame;
        }
      }
      // Under the program's own frame lies a caller, which goes on.
      if (frame > LAYOUT.stack) {
        program = outerCode;
        running = outer;
        words[limit] = outerLimit;
        if (outerCode !== undefined) interpreter.place(outerCode, place - 1);
        show(outer?.fields ?? [], false);
      }
      return 1;
    },
    helper(id: number, slot: number, frame: number): void {
      const outer = helperFrame;
      helperFrame = frame;
      words[touched] = 1;
      interpreter.fuel = words[fuelWord] ?? 0;
      interpreter.place(program as Code, (frame - LAYOUT.stack) / FRAME_STRIDE);
      try {
        if (id === KFUNC) hooks.kfunc(slot);
        else hooks.helper(id);
      } catch (error) {
        if (error instanceof MachineFault && error.insn < 0) error.insn = slot;
        throw error;
      } finally {
        words[fuelWord] = interpreter.fuel;
        helperFrame = outer;
      }
      let changes = changesPacket.get(id);
      if (changes === undefined) {
        const helper = helperById(id);
        // A callback may call anything.
        changes = helper === undefined || helper.changesPacket || helper.args.includes("func");
        changesPacket.set(id, changes);
      }
      if (changes) show(running?.fields ?? [], false);
    },
  };

  function compile(code: Code): Compiled {
    const known = compiled.get(code);
    if (known !== undefined) return known;
    const counters = count === undefined ? undefined : new Counters(memory);
    const maps = {
      counters,
      arena: hooks.arena?.(),
      log2: Math.log2(memory.size),
      readable: memory.readable.byteOffset,
      writable: memory.writable.byteOffset,
      checks,
      inlineHelper: (id: number): boolean => hooks.inlineHelper?.(id) === true,
      inlineMap: (index: number): InlineMap | undefined => hooks.inlineMap?.(index),
      pointers: (offset: number): boolean => hooks.contextPointer(offset) !== undefined,
    };
    const generated = generateModule(code, maps, (id) => hooks.helperArity?.(id) ?? 5);
    let made: Compiled;
    if ("reason" in generated) made = { ...INTERPRETED, counters, reason: generated.reason };
    else {
      const { Module, Instance } = wasmHost();
      const { exports } = new Instance(new Module(generated.bytes), { m: imports });
      const callbacks = generated.callbacks.map(
        (slot) => [slot, exports[`callback${slot}`] as (frame: number) => void] as const,
      );
      const fields = contextFields(code);
      made = {
        run: exports["run"] as () => void,
        quick: {
          run: exports["quick"] as Quick["run"],
          refresh: () => show(fields, false),
          again: () => {
            interpreter.begin(code);
            running = made;
            program = code;
            helperFrame = -1;
            words[touched] = 0;
            show(fields, false);
          },
          end: (error) => {
            self.fuel = words[fuelWord] ?? 0;
            self.current = interpreter.current;
            return asFault(error);
          },
        },
        tail: generated.takesOver ? (exports["tail"] as (frame: number) => void) : undefined,
        counters,
        callbacks: new Map(callbacks),
        reason: undefined,
        fields,
      };
    }
    compiled.set(code, made);
    return made;
  }

  function interpret(code: Code): void {
    const { fuel } = self;
    running = undefined;
    interpreter.fuel = fuel;
    interpreter.trace = self.trace ?? count?.step;
    registers[0] = registers[1] = 0;
    registers.fill(0, 12);
    try {
      interpreter.start(code);
    } finally {
      self.fuel = interpreter.fuel;
      self.current = interpreter.current;
      interpreter.trace = count?.step;
      executed.set(code, (executed.get(code) ?? 0) + fuel - self.fuel);
    }
  }

  // Plain fields: V8 calls the accessors of an object literal some 30 times as slowly.
  const self: WasmEngine = {
    interpreter,
    registers,
    fuel: 0,
    cpu: 0,
    current: undefined,
    trace: undefined,
    bails: 0,
    forget() {
      compiled = new WeakMap();
      shown = last = undefined;
    },
    clear() {
      // Generated code has its own zeros; only r1 to r5 come from here.
      for (let i = 2; i < 12; i++) registers[i] = 0;
    },
    quick: () => (running !== undefined ? last?.quick : undefined),
    collect: (code, counts) => compiled.get(code)?.counters?.collect(counts),
    isCompiled: (code) => compiled.get(code)?.run !== undefined,
    fallback: (code) => compile(code).reason,
    start(code) {
      let found = shown === code ? last : compiled.get(code);
      if (found === undefined && tiers && (executed.get(code) ?? 0) < TIER_BASE + TIER_PER_SLOT * code.slots) {
        interpret(code);
        return;
      }
      helperFrame = -1;
      found ??= compile(code);
      // Single steps are the interpreter's business.
      if (found.run === undefined || self.trace !== undefined) {
        interpret(code);
        return;
      }
      interpreter.begin(code);
      self.current = code;
      running = found;
      program = code;
      const isFresh = shown !== code;
      if (isFresh) shadow.fill(0);
      shown = code;
      last = found;
      show(found.fields, isFresh);
      words[fuelWord] = self.fuel;
      words[Place.cpu / 4] = self.cpu;
      words[touched] = 0;
      try {
        found.run();
      } catch (error) {
        throw asFault(error);
      } finally {
        self.fuel = words[fuelWord] ?? 0;
        self.current = interpreter.current;
      }
    },
    callback(slot) {
      const compiledOne = helperFrame < 0 ? undefined : running?.callbacks.get(slot);
      const frame = helperFrame + FRAME_STRIDE;
      if (compiledOne === undefined || helperFrame >= LAYOUT.stack + (words[limit] ?? 0) * FRAME_STRIDE) {
        interpreter.callback(slot);
        return;
      }
      const outer = helperFrame;
      words[fuelWord] = interpreter.fuel;
      try {
        compiledOne(frame);
      } finally {
        interpreter.fuel = words[fuelWord] ?? 0;
        helperFrame = outer;
      }
      interpreter.place(program as Code, (outer - LAYOUT.stack) / FRAME_STRIDE);
    },
  };
  return self;
}
