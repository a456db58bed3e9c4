/**
 * The machine: an object's programs over shared memory, maps and world. Input: a parsed object. `run` never throws for
 * what the program does: that is the result's `fault`. One machine is single-threaded; runs do not nest.
 */
import type { BpfObject } from "../elf/index.js";
import { helperById, type Instruction } from "../isa/index.js";
import { LAYOUT, MEMORY_TAG } from "./address.js";
import { applyConfig } from "./config.js";
import { Context } from "./context/context.js";
import { type ContextKind, contextKind } from "./context/kinds.js";
import type { Engine, EngineHooks } from "./engine.js";
import { MachineError } from "./errors.js";
import { type Fault, MachineFault } from "./fault.js";
import { HelperCall } from "./helpers/call.js";
import { callHelper } from "./helpers/table.js";
import { createInterpreter } from "./interpreter/interpreter.js";
import { READ_ONLY_PROGRAM } from "./maps/array.js";
import { createMap, memoryNeed } from "./maps/create.js";
import { MapHandle } from "./maps/handle.js";
import { VmMap } from "./maps/map.js";
import { MapInMap, ProgArray } from "./maps/references.js";
import { RingBuf } from "./maps/ringbuf.js";
import { LinearMemory } from "./memory.js";
import type { EngineName, MachineOptions, RunInput, RunResult } from "./options.js";
import { MAX_PACKET, Packet, XDP_FRAME, XDP_HEADROOM } from "./packet.js";
import { type LoadedProgram, loadProgram, sourceOf } from "./program.js";
import { openStacks } from "./raw.js";
import type { RunState } from "./run-state.js";
import { Runner, type RunnerOptions } from "./runner.js";
import { describeFrame, ETH_HLEN, SKB_HEADROOM } from "./skb.js";
import { createWasmEngine } from "./wasm/engine.js";
import { sharedMemory } from "./wasm/memory.js";
import { type CurrentTask, World } from "./world.js";

const DEFAULT_FUEL = 10_000_000;
const FIXED_NEED = 512 * 1024;
const ENGINES: readonly EngineName[] = ["interp", "wasm", "auto"];
const NOTHING: ReadonlySet<string> = new Set();

function memoryLog2(object: BpfObject, options: MachineOptions, cpus: number): number {
  const need = options.memory ?? object.maps.reduce((sum, def) => sum + memoryNeed(def, cpus), FIXED_NEED);
  const log2 = Math.max(20, Math.ceil(Math.log2(need)));
  if (log2 > 30)
    throw new MachineError(
      "VM_MEMORY",
      `the maps need ${need} bytes, more than 1 GiB: make them smaller or set the option memory`,
    );
  return log2;
}

export class Machine {
  readonly #object: BpfObject;
  readonly #maps: VmMap[] = [];
  readonly #handles: ReadonlyMap<string, MapHandle>;
  readonly #programs: ReadonlyMap<string, LoadedProgram>;
  readonly #engine: Engine;
  readonly #call: HelperCall;
  readonly #state: RunState;
  readonly #fuel: number;
  /** Maps that have something to do when a run ends. */
  readonly #settling: readonly VmMap[];
  #running: LoadedProgram | undefined;
  /** The runner whose packet and context lie ready, if any. */
  #owner: object | undefined;

  /** Prefer {@link loadObject}. */
  constructor(object: BpfObject, options: MachineOptions = {}) {
    const cpus = options.cpus ?? 2;
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > 64)
      throw new MachineError("VM_OPTION", `cpus is ${cpus}: 1 to 64 are possible`);
    this.#fuel = options.fuel ?? DEFAULT_FUEL;
    if (!Number.isInteger(this.#fuel) || this.#fuel < 1 || this.#fuel > 0x7fff_ffff) {
      throw new MachineError("VM_OPTION", `fuel is ${this.#fuel}: 1 to ${0x7fff_ffff} are possible`);
    }
    this.#object = object;
    const { engine = "interp" } = options;
    if (!ENGINES.includes(engine))
      throw new MachineError("VM_OPTION", `engine is ${String(engine)}: ${ENGINES.join(", ")} are possible`);
    const log2 = memoryLog2(object, options, cpus);
    const shared = engine === "interp" ? undefined : sharedMemory(log2);
    const memory = shared?.memory ?? new LinearMemory(log2);
    openStacks(memory);
    const world = new World(options);
    const packet = new Packet(memory);
    const context = new Context(memory, packet, world);
    this.#makeMaps(memory, cpus);
    this.#settling = this.#maps.filter((map) => map.settle !== VmMap.prototype.settle);
    this.#state = {
      memory,
      packet,
      context,
      world,
      maps: this.#maps,
      cpus,
      scratch: memory.allocate(64),
      cpu: 0,
      kind: contextKind(undefined),
      output: [],
      redirect: undefined,
      cloned: [],
      reserved: new Set(),
      locks: new Set(),
    }; // prettier-ignore
    this.#programs = new Map(
      object.programs.map((program) => [program.name, loadProgram(program, this.#maps, object.btf)]),
    );
    this.#engine =
      shared === undefined
        ? createInterpreter(memory, this.#hooks())
        : createWasmEngine(shared, this.#hooks(), { checks: options.checks !== false, tiers: engine === "auto" });
    this.#call = new HelperCall(this.#state, this.#engine);
    this.#handles = this.#makeHandles();
    this.#fillReferences();
    if (options.config !== undefined) applyConfig(object, this.#maps, options.config);
  }

  /** Names of the object's programs, in file order. */
  get programs(): readonly string[] {
    return [...this.#programs.keys()];
  }
  /** Maps by name; global data sections by their section name (".bss"). */
  get maps(): ReadonlyMap<string, MapHandle> {
    return this.#handles;
  }
  /** The current task that helpers report; may be changed between runs. */
  get task(): CurrentTask {
    return this.#state.world.task;
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
  /** Puts bytes or text into user memory; gives the address that bpf_probe_read_user reads from. */
  userMemory(content: Uint8Array | string): bigint {
    return this.#state.world.user.place(content);
  }
  /** The same for kernel memory. */
  kernelMemory(content: Uint8Array | string): bigint {
    return this.#state.world.kernel.place(content);
  }
  /** A program's instructions, linked. @throws MachineError `VM_NO_PROGRAM` */
  instructions(program: string): readonly Instruction[] {
    return this.#find(program).insns;
  }
  /** All maps back to their initial content. */
  reset(): void {
    for (const map of this.#maps) map.reset();
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
    this.#prepare(program, input);
    const { trace } = input;
    this.#engine.trace = trace === undefined ? undefined : (slot) => trace(this.#running?.name ?? program.name, slot);
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
        open: () => this.#state.context.open(program.kind, options.ctx, this.#object.btf, program.contextType),
        execute: () => this.#execute(program),
        claim: (owner) => {
          if (this.#owner === owner) return false;
          this.#owner = owner;
          this.#engine.trace = undefined;
          return true;
        },
      },
      program.kind,
      options,
    );
  }

  /** What every run begins with. @throws MachineError `VM_INPUT` */
  #begin(program: LoadedProgram, cpu: number): void {
    const state = this.#state;
    state.kind = program.kind;
    state.output = [];
    state.redirect = undefined;
    if (state.cloned.length > 0) state.cloned = [];
    if (state.reserved.size > 0) state.reserved.clear();
    if (state.locks.size > 0) state.locks.clear();
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= state.cpus)
      throw new MachineError("VM_INPUT", `cpu ${cpu} is not one of the machine's ${state.cpus}`);
    state.cpu = cpu;
    this.#engine.cpu = cpu;
    this.#running = program;
  }

  /** Runs what is prepared, to its end. */
  #execute(program: LoadedProgram): Fault | undefined {
    const engine = this.#engine;
    const { registers } = engine;
    engine.clear();
    registers[2] = LAYOUT.context;
    registers[3] = MEMORY_TAG;
    engine.fuel = this.#fuel;
    let fault: Fault | undefined;
    try {
      engine.start(program.code);
      if (this.#state.locks.size > 0 || this.#state.reserved.size > 0) this.#checkEnd();
    } catch (error) {
      if (!(error instanceof MachineFault)) throw error;
      fault = this.#describe(error);
    }
    for (const map of this.#settling) map.settle();
    return fault;
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

  #makeMaps(memory: LinearMemory, cpus: number): void {
    const host = { memory, cpus };
    for (const def of this.#object.maps) {
      // The machine's own copy of initial data: config must not change the object.
      const own = def.data === undefined ? def : { ...def, data: def.data.slice() };
      const map = createMap(own, host);
      map.index = this.#maps.length;
      this.#maps.push(map);
    }
  }

  #makeHandles(): Map<string, MapHandle> {
    const context = {
      btf: this.#object.btf,
      map: (name: string): VmMap | undefined => this.#maps.find((map) => map.name === name),
      hasProgram: (name: string): boolean => this.#programs.has(name),
    };
    return new Map(this.#maps.map((map) => [map.name, new MapHandle(map, context)]));
  }

  #fillReferences(): void {
    for (const map of this.#maps) {
      for (const { index, target } of map.def.initial) {
        if (!(map instanceof ProgArray) && !(map instanceof MapInMap)) continue;
        const key = new DataView(new ArrayBuffer(4));
        key.setUint32(0, index, true);
        if (map instanceof ProgArray) map.targets.set(index, target.name);
        else {
          const inner = this.#maps.find((m) => m.name === target.name);
          const { memory } = this.#state;
          memory.view.setUint32(this.#state.scratch, index, true);
          if (inner !== undefined) map.put(this.#state.scratch, inner);
        }
      }
    }
  }

  #hooks(): EngineHooks {
    return {
      helper: (id) => callHelper(this.#call, id),
      helperArity: (id) => helperById(id)?.args.length ?? 5,
      kfunc: (slot) => {
        const program = this.#running?.program;
        const symbol = program?.references.find((r) => r.kind === "ksym" && r.insn === slot);
        throw new MachineFault(
          "VM_KFUNC",
          `the machine does not have the kernel function ${symbol?.kind === "ksym" ? symbol.name : ""}`.trim(),
        );
      },
      inlineMap: (index) => {
        const map = this.#maps[index];
        return map?.plan === undefined
          ? undefined
          : { plan: map.plan, valueSize: map.def.valueSize, writable: (map.def.flags & READ_ONLY_PROGRAM) === 0 };
      },
      contextPointer: (offset) => this.#state.context.pointer(offset),
      showPointers: (shadow) => this.#state.context.showPointers(shadow),
      tailCall: () => {
        const map = this.#call.map(2);
        const name = map instanceof ProgArray ? map.targets.get(this.#call.u32(3)) : undefined;
        const target = name === undefined ? undefined : this.#programs.get(name);
        if (target === undefined) return undefined;
        this.#running = target;
        return target.code;
      },
      packetLoad: (offset, bytes) => {
        const { packet, memory } = this.#state;
        if (offset < 0 || offset + bytes > packet.length) return undefined;
        const at = packet.data + offset;
        if (bytes === 1) return memory.view.getUint8(at);
        return bytes === 2 ? memory.view.getUint16(at) : memory.view.getInt32(at);
      },
    };
  }

  #prepare(program: LoadedProgram, input: RunInput): void {
    const { packet, context } = this.#state;
    const { kind } = program;
    const frame = input.packet ?? (kind.shape === "xdp" || kind.shape === "skb" ? new Uint8Array(64) : undefined);
    if (frame !== undefined && frame.length > MAX_PACKET)
      throw new MachineError("VM_INPUT", `a packet of ${frame.length} bytes: at most ${MAX_PACKET} are possible`);
    context.open(kind, input.ctx, this.#object.btf, program.contextType);
    if (frame === undefined || (kind.shape !== "xdp" && kind.shape !== "skb")) {
      packet.clear();
      return;
    }
    if (frame.length < ETH_HLEN) {
      throw new MachineError(
        "VM_INPUT",
        `a packet of ${frame.length} bytes: an Ethernet frame has at least ${ETH_HLEN}`,
      );
    }
    if (kind.shape === "xdp") {
      packet.load(frame, XDP_HEADROOM, XDP_FRAME, true);
      if (input.ctx === undefined || !("ingress_ifindex" in input.ctx)) context.set("ingress_ifindex", 1);
    } else {
      packet.load(kind.link ? frame : frame.subarray(ETH_HLEN), SKB_HEADROOM, 0, kind.writable);
      describeFrame(context, frame, packet, input.ctx === undefined ? NOTHING : new Set(Object.keys(input.ctx)));
    }
  }

  #checkEnd(): void {
    const { locks, reserved } = this.#state;
    const at = (this.#running?.code.slots ?? 1) - 1;
    const ended = (code: "VM_LOCK" | "VM_REFERENCE", message: string): MachineFault => {
      const fault = new MachineFault(code, message);
      fault.insn = at;
      return fault;
    };
    if (locks.size > 0) throw ended("VM_LOCK", "the program ended while it held a spin lock");
    if (reserved.size > 0)
      throw ended("VM_REFERENCE", "the program ended with a ring buffer record neither submitted nor discarded");
  }

  #describe(error: MachineFault): Fault {
    for (const map of this.#maps) if (map instanceof RingBuf) map.abandon();
    const program = this.#running;
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
    const { context, output, redirect, cloned } = this.#state;
    const { kind } = program;
    const word = fault === undefined ? (this.#engine.registers[0] ?? 0) : 0;
    const action = fault === undefined ? (kind.actions[word] ?? kind.actions[word >>> 0]) : undefined;
    const hasPacket = kind.shape === "xdp" || kind.shape === "skb";
    // Assigned one by one: this is the greater part of what a short run costs, and spreading is slow.
    const result: { -readonly [K in keyof RunResult]: RunResult[K] } = {
      result: BigInt(word >>> 0),
      output,
      insns: this.#fuel - this.#engine.fuel,
      cloned,
    };
    if (action !== undefined) result.action = action;
    if (hasPacket) result.packet = this.#packetAfter(kind);
    const fields = context.read();
    if (fields !== undefined) result.ctx = fields;
    if (redirect !== undefined) result.redirect = redirect;
    if (fault !== undefined) result.fault = fault;
    return result;
  }

  /**
   * As the kernel's test runs give it back: with metadata in front for XDP (bpf_prog_test_run_xdp), behind 14 zero bytes
   * above the link layer (bpf_prog_test_run_skb).
   */
  #packetAfter(kind: ContextKind): Uint8Array {
    const { packet, memory } = this.#state;
    if (kind.shape !== "skb" || kind.link) return memory.u8.slice(packet.meta, packet.end);
    const bytes = new Uint8Array(ETH_HLEN + packet.length);
    bytes.set(packet.bytes, ETH_HLEN);
    return bytes;
  }
}
