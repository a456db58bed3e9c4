/**
 * The machine: an object's programs over shared memory, maps and world. Input: a parsed object. `run` never throws for
 * what the program does: that is the result's `fault`. One machine is single-threaded; runs do not nest.
 */

import type { Btf } from "../btf/index.js";
import type { BpfObject } from "../elf/index.js";
import { LAYOUT, MAP_TAG, MEMORY_TAG } from "./address.js";
import { callbackProgram } from "./callback-program.js";
import { applyConfig } from "./config.js";
import { Context } from "./context/context.js";
import { contextKind } from "./context/kinds.js";
import { Counter } from "./coverage.js";
import { Debugger } from "./debugger.js";
import { Dynptrs } from "./dynptr.js";
import type { Trace } from "./engine.js";
import { MachineError } from "./errors.js";
import { type Fault, MachineFault } from "./fault.js";
import { Heap } from "./heap.js";
import { HelperCall } from "./helpers/call.js";
import { engineHooks } from "./hooks.js";
import { createInterpreter, type Interpreter } from "./interpreter/interpreter.js";
import { KernelStructs } from "./kernel/structs.js";
import { MachineOutside } from "./machine-outside.js";
import type { MapHandle } from "./maps/handle.js";
import { VmMap } from "./maps/map.js";
import { RingBuf } from "./maps/ringbuf.js";
import { LinearMemory } from "./memory.js";
import type { Mock } from "./mock.js";
import type { MachineOptions, RunInput, RunResult } from "./options.js";
import { Packet } from "./packet.js";
import { prepareRun, stillOpen } from "./prepare-run.js";
import { type LoadedProgram, type LoadTarget, loadProgram, sourceOf } from "./program.js";
import { openStacks } from "./raw.js";
import { resultOf } from "./result.js";
import type { RunState } from "./run-state.js";
import { Runner, type RunnerOptions } from "./runner.js";
import {
  checkedOptions,
  checkProgArrays,
  coreTarget,
  fillReferences,
  makeHandles,
  makeMaps,
  memoryLog2,
  recordNeed,
} from "./setup.js";
import { Sockets } from "./sockets.js";
import { ending, ProgramThrow } from "./throw.js";
import { type Timer, Timers } from "./timers.js";
import { createWasmEngine, type WasmEngine } from "./wasm/engine.js";
import { hasWasm } from "./wasm/host.js";
import { sharedMemory } from "./wasm/memory.js";
import { World } from "./world.js";

/** Timers that start themselves again at once must not run forever. */
const MAX_CALLBACKS = 10_000;

export class Machine extends MachineOutside {
  readonly #object: BpfObject;
  readonly #maps: readonly VmMap[];
  readonly #handles: ReadonlyMap<string, MapHandle>;
  readonly #programs: ReadonlyMap<string, LoadedProgram>;
  readonly #engine: Interpreter | WasmEngine;
  readonly #call: HelperCall;
  readonly #state: RunState;
  readonly #fuel: number;
  /** Maps that have something to do when a run ends. */
  readonly #settling: readonly VmMap[];
  readonly #mocks: Map<string, Mock>;
  #mocked = 0;
  /** The runner whose packet and context lie ready, if any. */
  #owner: object | undefined;
  /** The runner that may go on without more ado, if any. */
  readonly #gate: { armed: object | undefined } = { armed: undefined };
  readonly #counter: Counter | undefined;
  /** What interpreted code calls before each instruction when no run asks for more. */
  readonly #step: Trace | undefined;

  /** Prefer {@link loadObject}. */
  constructor(object: BpfObject, options: MachineOptions = {}) {
    super();
    const { cpus, fuel, engine, hotAfter } = checkedOptions(options);
    this.#fuel = fuel;
    this.#object = object;
    checkProgArrays(object);
    const log2 = memoryLog2(object, options, cpus);
    const shared = engine === "interp" && !hasWasm() ? undefined : sharedMemory(log2, recordNeed(object));
    const memory = shared?.memory ?? new LinearMemory(log2);
    openStacks(memory);
    const world = new World(options, memory.buffer);
    const target = coreTarget(options.btf);
    const types: Btf | undefined = target?.btf ?? object.btf;
    const heap = new Heap(memory);
    this.#mocks = new Map(Object.entries(options.mocks ?? {}));
    const packet = new Packet(memory);
    const sockets = new Sockets(memory, heap);
    const context = new Context(memory, packet, world, sockets);
    this.#maps = makeMaps(object, { memory, cpus, btf: object.btf });
    this.#settling = this.#maps.filter((map) => map.settle !== VmMap.prototype.settle);
    this.#state = {
      memory,
      packet,
      context,
      world,
      maps: this.#maps,
      cpus,
      scratch: memory.allocate(64),
      zeroes: memory.allocate(8),
      cpu: 0,
      kind: contextKind(undefined),
      output: [],
      redirect: undefined,
      cloned: [],
      reserved: new Set(),
      locks: new Set(),
      dynptrs: new Dynptrs(),
      heap,
      structs: new KernelStructs(memory, heap, types),
      timers: new Timers(),
      btf: object.btf,
      sections: new Map(),
      task: undefined,
      retval: 0,
      program: undefined,
      sockets,
      effects: [],
    }; // prettier-ignore
    const load: LoadTarget = {
      maps: this.#maps,
      btf: object.btf,
      core: target,
      mocks: this.#mocks,
      ksyms: options.ksyms ?? {},
    };
    this.#programs = new Map(object.programs.map((program) => [program.name, loadProgram(program, load)]));
    const counter =
      options.coverage && new Counter(options.coverage, (code, counts) => this.#engine.collect?.(code, counts));
    this.#counter = counter;
    const step = counter && ((slot: number): void => this.#state.program && counter.step(this.#state.program, slot));
    this.#step = engine === "interp" ? step : undefined;
    const hooks = engineHooks(this.#state, this.#programs, this.#mocks, () => this.#call);
    this.#engine =
      shared === undefined || engine === "interp"
        ? createInterpreter(memory, hooks, { shared, hotAfter })
        : createWasmEngine(shared, hooks, {
            checks: options.checks !== false,
            tiers: engine === "auto",
            hotAfter,
            ...(step && counter ? { count: { step, resume: () => counter.resume() } } : {}),
          });
    this.#call = new HelperCall(this.#state, this.#engine);
    this.#handles = makeHandles(object, this.#maps);
    fillReferences(this.#maps, memory, this.#state.scratch);
    if (options.config !== undefined) applyConfig(object, this.#maps, options.config);
  }

  protected override outside(): RunState {
    return this.#state;
  }
  protected override program(name: string): LoadedProgram {
    return this.#find(name);
  }
  protected override replaced(): Map<string, Mock> {
    this.#gate.armed = undefined;
    return this.#mocks;
  }
  /** Names of the object's programs, in file order. */
  get programs(): readonly string[] {
    return [...this.#programs.keys()];
  }
  /** Maps by name; global data sections by their section name (".bss"). */
  get maps(): ReadonlyMap<string, MapHandle> {
    return this.#handles;
  }
  get object(): BpfObject {
    return this.#object;
  }
  /** A map that must exist. @throws MachineError `VM_NO_MAP` */
  map(name: string): MapHandle {
    const handle = this.#handles.get(name);
    if (handle === undefined)
      throw new MachineError(
        "VM_NO_MAP",
        `there is no map ${name}; there are: ${[...this.#handles.keys()].join(", ")}`,
      );
    return handle;
  }
  /**
   * Lets time pass for the machine's clock and runs the timers and work that came due, earliest first.
   * @param nanoseconds 0n runs what is due already
   * @returns the results of the callbacks
   * @throws MachineError `VM_INPUT` for a negative time
   */
  advance(nanoseconds: bigint): RunResult[] {
    if (nanoseconds < 0n) throw new MachineError("VM_INPUT", `time cannot go back by ${-nanoseconds} ns`);
    const { world, timers } = this.#state;
    const until = world.peek() + nanoseconds;
    const results: RunResult[] = [];
    for (;;) {
      const next = timers.pending()[0];
      if (next?.due === undefined || next.due > until || results.length >= MAX_CALLBACKS) break;
      // Deleting an element cancels its timer (kernel: bpf_timer_cancel_and_free).
      if (next.map.locate(next.at) === undefined) {
        timers.drop(next.at, 1);
        continue;
      }
      if (next.due > world.peek()) world.advance(next.due - world.peek());
      results.push(this.#fire(next));
    }
    if (until > world.peek()) world.advance(until - world.peek());
    return results;
  }
  /** All maps back to their initial content; kernel structs, objects and timers are gone. */
  reset(): void {
    this.#gate.armed = undefined;
    for (const map of this.#maps) map.reset();
    this.#state.heap.reset();
    this.#state.timers.clear();
    this.#state.world.taskStruct = undefined;
    this.#state.world.leaderStruct = undefined;
  }

  /**
   * Runs a program.
   * @param name of the program; may be left out when the object has one only
   * @throws MachineError `VM_NO_PROGRAM`, `VM_INPUT` for a packet or context that cannot be
   * @example machine.run("filter", { packet }).action // "pass"
   */
  run(name: string | undefined, input: RunInput = {}): RunResult {
    const program = this.#find(name);
    this.#owner = undefined;
    this.#begin(program, input.cpu ?? 0);
    this.#state.task = input.task;
    this.#state.retval = input.retval ?? 0;
    prepareRun(this.#state, program, input);
    const { trace } = input;
    this.#engine.trace = trace === undefined ? this.#step : this.#traced(program, trace);
    return this.#result(program, this.#execute(program));
  }

  /**
   * Makes a runner: the same program again and again with the least that a run can cost, for property loops.
   * @param name of the program; may be left out when the object has one only
   * @throws MachineError `VM_NO_PROGRAM`, `VM_INPUT` for a context or CPU that cannot be
   * @example
   * const runner = machine.runner("filter");
   * runner.packet.set(frame);
   * runner.run(frame.length); // 1: XDP_DROP
   */
  runner(name?: string, options: RunnerOptions = {}): Runner {
    const program = this.#find(name);
    return new Runner(
      {
        state: this.#state,
        engine: this.#engine,
        fuel: this.#fuel,
        begin: (cpu) => this.#begin(program, cpu),
        open: () =>
          this.#state.context.open(
            program.kind,
            options.ctx,
            this.#object.btf,
            program.contextType,
            program.contextRules,
          ),
        execute: () => this.#execute(program),
        claim: (owner) => {
          if (this.#owner === owner) return false;
          this.#owner = owner;
          this.#engine.trace = this.#step;
          return true;
        },
        gate: this.#gate,
        conclude: (error) => this.#conclude(program, ending(error)),
      },
      program.kind,
      options,
    );
  }

  /**
   * Begins a run that stops where it is told: single steps, breakpoints, watchpoints. Always interpreted. Another run of
   * the machine ends the session.
   * @throws as {@link Machine.run}
   * @example
   * const session = machine.debug("filter", { packet });
   * session.breakAt({ line: 42 });
   * session.go().source?.line; // 42
   */
  debug(name?: string, input: RunInput = {}): Debugger {
    const program = this.#find(name);
    const session = {};
    this.#begin(program, input.cpu ?? 0);
    this.#state.task = input.task;
    this.#state.retval = input.retval ?? 0;
    prepareRun(this.#state, program, input);
    this.#owner = session;
    const engine = this.#engine;
    const interpreter = "interpreter" in engine ? engine.interpreter : engine;
    const { registers } = engine;
    registers.fill(0);
    registers[2] = LAYOUT.context;
    registers[3] = MEMORY_TAG;
    interpreter.fuel = this.#fuel;
    interpreter.open(program.code);
    return new Debugger({
      interpreter,
      memory: this.#state.memory,
      fuel: this.#fuel,
      running: () => this.#state.program ?? program,
      alive: () => this.#owner === session,
      end: (run) => {
        const fault = this.#conclude(program, run);
        engine.fuel = interpreter.fuel;
        return this.#result(program, fault);
      },
    });
  }

  #traced(program: LoadedProgram, trace: NonNullable<RunInput["trace"]>): Trace {
    return (slot) => {
      const running = this.#state.program ?? program;
      this.#counter?.step(running, slot);
      trace(running.name, slot);
    };
  }
  /** Gives the coverage sink what was counted. */
  #flush(): void {
    this.#gate.armed = undefined;
    const programs = [...this.#programs.values()];
    this.#counter?.flush(programs.flatMap((program) => [program, ...program.callbacks.values()]));
  }
  readonly #flushing = (): void => this.#flush();

  /** What every run begins with. @throws MachineError `VM_INPUT` */
  #begin(program: LoadedProgram, cpu: number): void {
    const state = this.#state;
    this.#gate.armed = undefined;
    state.kind = program.kind;
    if (state.output.length > 0) state.output = [];
    state.redirect = undefined;
    if (state.cloned.length > 0) state.cloned = [];
    if (state.effects.length > 0) state.effects = [];
    if (state.reserved.size > 0) state.reserved.clear();
    if (state.locks.size > 0) state.locks.clear();
    if (state.sections.size > 0) state.sections.clear();
    state.dynptrs.clear();
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= state.cpus)
      throw new MachineError("VM_INPUT", `cpu ${cpu} is not one of the machine's ${state.cpus}`);
    state.cpu = cpu;
    this.#engine.cpu = cpu;
    if (this.#mocks.size !== this.#mocked) {
      // What was compiled may do what a mock is to do now.
      this.#mocked = this.#mocks.size;
      this.#flush();
      this.#engine.forget();
    }
    this.#counter?.begin(this.#flushing);
    state.task = undefined;
    state.retval = 0;
    state.program = program;
  }

  /** Runs what is prepared, to its end: r1 is the context. */
  #execute(program: LoadedProgram): Fault | undefined {
    const engine = this.#engine;
    const { registers } = engine;
    engine.clear();
    registers[2] = LAYOUT.context;
    registers[3] = MEMORY_TAG;
    return this.#start(program);
  }

  /** The same with the registers as they are. */
  #start(program: LoadedProgram): Fault | undefined {
    this.#engine.fuel = this.#fuel;
    return this.#conclude(program, this.#startEngine);
  }

  /** One function for all runs: a closure for each would be garbage. */
  readonly #startEngine = (program: LoadedProgram): void => this.#engine.start(program.code);

  /** What follows a run, however it ends. */
  #conclude(program: LoadedProgram, run: (program: LoadedProgram) => void): Fault | undefined {
    const { locks, reserved, sections, heap } = this.#state;
    let fault: Fault | undefined;
    try {
      try {
        run(program);
        if (locks.size > 0 || reserved.size > 0 || sections.size > 0 || heap.owned.size > 0) {
          const open = stillOpen(this.#state, (this.#state.program?.code.slots ?? 1) - 1);
          if (open !== undefined) throw open;
        }
      } catch (error) {
        if (!(error instanceof ProgramThrow)) throw error;
        this.#unwind(program, error.cookie);
      }
    } catch (error) {
      if (!(error instanceof MachineFault)) throw error;
      fault = this.#describe(error);
    }
    heap.endRun();
    for (const map of this.#settling) map.settle();
    return fault;
  }

  /** After bpf_throw: the program's own handler if it names one, else the cookie is the result. */
  #unwind(program: LoadedProgram, cookie: bigint): void {
    const { registers } = this.#engine;
    const place = (register: number): void => {
      registers[register * 2] = Number(BigInt.asIntN(32, cookie));
      registers[register * 2 + 1] = Number(BigInt.asIntN(32, cookie >> 32n));
    };
    this.#state.heap.owned.clear();
    if (program.onThrow === undefined) {
      place(0);
      return;
    }
    place(1);
    const handler = this.#callback(program, program.onThrow);
    // Its slots are what its kernel functions and counts go by.
    this.#state.program = handler;
    this.#engine.start(handler.code);
  }

  #callback(program: LoadedProgram, slot: number): LoadedProgram {
    const known = program.callbacks.get(slot);
    if (known !== undefined) return known;
    const made = callbackProgram(program, slot);
    program.callbacks.set(slot, made);
    return made;
  }

  #fire(timer: Timer): RunResult {
    const { timers, memory, heap } = this.#state;
    timer.due = undefined;
    const { callback, map } = timer;
    const owner = map.locate(timer.at);
    if (callback === undefined || owner === undefined)
      throw new MachineError("VM_INPUT", `a timer of map ${map.name} is due, but its element is gone`);
    const program = this.#callback(callback.program, callback.slot);
    this.#owner = undefined;
    this.#begin(program, 0);
    const { registers } = this.#engine;
    const key = heap.take(owner.key.length, "key of a timer's element", { read: true, write: false });
    memory.u8.set(owner.key, key);
    registers.fill(0);
    registers.set([map.index, MAP_TAG, key, MEMORY_TAG, owner.value, MEMORY_TAG], 2);
    this.#engine.trace = this.#step;
    timers.running = timer;
    try {
      return this.#result(program, this.#start(program));
    } finally {
      timers.running = undefined;
      heap.release(key);
      heap.settle();
    }
  }

  #find(name: string | undefined): LoadedProgram {
    const program =
      name === undefined && this.#programs.size === 1
        ? [...this.#programs.values()][0]
        : this.#programs.get(name ?? "");
    if (program !== undefined) return program;
    const list = this.programs.join(", ");
    throw new MachineError(
      "VM_NO_PROGRAM",
      name === undefined ? `name one of the programs: ${list}` : `there is no program ${name}; there are: ${list}`,
    );
  }

  #describe(error: MachineFault): Fault {
    for (const map of this.#maps) if (map instanceof RingBuf) map.abandon();
    const program = this.#state.program;
    const source = program === undefined ? undefined : sourceOf(program.program, error.insn);
    return {
      code: error.code,
      message: error.message,
      insn: error.insn,
      program: program?.name ?? "",
      ...(source === undefined ? {} : { source }),
    };
  }

  #result(program: LoadedProgram, fault: Fault | undefined): RunResult {
    const { registers, fuel } = this.#engine;
    return resultOf(this.#state, program, registers[0] ?? 0, this.#fuel - fuel, fault);
  }
}
