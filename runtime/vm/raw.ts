/** Bare bytecode with one block of memory: r1 its address, r2 its length. What `ebpftsc vm` and ISA tests run. */
import { type Instruction, verifyEncoding } from "../isa/index.js";
import { FRAME_STRIDE, LAYOUT, MEMORY_TAG, RUN_FRAMES, STACK_BYTES } from "./address.js";
import { prepare } from "./code.js";
import type { Engine, EngineHooks } from "./engine.js";
import { MachineError } from "./errors.js";
import { type Fault, MachineFault } from "./fault.js";
import { createInterpreter } from "./interpreter/interpreter.js";
import { RECORD } from "./interpreter/loop/record.js";
import { LinearMemory } from "./memory.js";
import type { EngineName } from "./options.js";
import { createWasmEngine } from "./wasm/engine.js";
import { hasWasm } from "./wasm/host.js";
import { sharedMemory } from "./wasm/memory.js";

/** Options of {@link runRaw}. */
export interface RawOptions {
  /** What runs it; default "interp". Both give the same results and faults. */
  readonly engine?: EngineName;
  /** As `MachineOptions.checks`. */
  readonly checks?: boolean;
  /** As `MachineOptions.hotAfter`. */
  readonly hotAfter?: number;
  /** Instructions before VM_FUEL; default 100 million. */
  readonly fuel?: number;
  /** Helpers by id: arguments r1 to r5 as unsigned 64-bit, result into r0. */
  readonly helpers?: Readonly<Record<number, (...args: readonly bigint[]) => bigint>>;
  /** Called before each instruction. */
  readonly trace?: (slot: number, registers: readonly bigint[]) => void;
}

/** What a raw run gives. */
export interface RawResult {
  /** r0, unsigned 64-bit; 0 after a fault. */
  readonly result: bigint;
  /** Memory afterwards; as long as the input. */
  readonly mem: Uint8Array;
  /** Instructions executed. */
  readonly insns: number;
  readonly fault?: Fault;
}

const DEFAULT_FUEL = 100_000_000;

/** Makes every frame's stack writable; reading needs a write first. */
export function openStacks(memory: LinearMemory): void {
  for (let frame = 0; frame < RUN_FRAMES; frame++) {
    memory.paint(LAYOUT.stack + frame * FRAME_STRIDE, STACK_BYTES, false, true);
  }
}

/** Register n as unsigned 64-bit. */
export function register(engine: Engine, n: number): bigint {
  const lo = engine.registers[n * 2] ?? 0;
  const hi = engine.registers[n * 2 + 1] ?? 0;
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/**
 * Checks and runs bytecode.
 * @param insns 8 bytes an instruction, little-endian
 * @param mem initial memory, at most 64 MiB
 * @throws EncodingError when the bytecode is refused; MachineError `VM_MEMORY`
 * @example runRaw(hex("b7000000070000009500000000000000")).result // 7n
 */
export function runRaw(insns: Uint8Array, mem: Uint8Array = new Uint8Array(), options: RawOptions = {}): RawResult {
  return runInstructions(verifyEncoding(insns), mem, options);
}

/** As {@link runRaw}, for decoded and validated instructions. */
export function runInstructions(insns: readonly Instruction[], mem: Uint8Array, options: RawOptions = {}): RawResult {
  const log2 = Math.max(18, Math.ceil(Math.log2(LAYOUT.heap + mem.length + 4096)));
  if (log2 > 27) throw new MachineError("VM_MEMORY", `${mem.length} bytes of memory are too many`);
  const { engine: name = "interp" } = options;
  const shared = name === "interp" && !hasWasm() ? undefined : sharedMemory(log2, insns.length * 2 * RECORD);
  const memory = shared?.memory ?? new LinearMemory(log2);
  openStacks(memory);
  const at = memory.allocate(mem.length, 16);
  memory.u8.set(mem, at);
  memory.paint(at, mem.length, true, true);
  const hooks: EngineHooks = {
    helper(id) {
      const helper = options.helpers?.[id];
      if (helper === undefined) throw new MachineFault("VM_HELPER_UNKNOWN", `there is no helper ${id}`);
      const value = helper(...[1, 2, 3, 4, 5].map((n) => register(engine, n)));
      engine.registers[0] = Number(BigInt.asIntN(32, value));
      engine.registers[1] = Number(BigInt.asIntN(32, value >> 32n));
    },
    kfunc() {
      throw new MachineFault("VM_KFUNC", "raw bytecode has no kernel functions");
    },
    contextPointer: () => undefined,
    tailCall: () => undefined,
    packetLoad(offset, bytes) {
      if (offset < 0 || offset + bytes > mem.length) return undefined;
      const place = at + offset;
      if (bytes === 1) return memory.view.getUint8(place);
      return bytes === 2 ? memory.view.getUint16(place) : memory.view.getInt32(place);
    },
  };
  const engine: Engine =
    shared === undefined || name === "interp"
      ? createInterpreter(memory, hooks, { shared, hotAfter: options.hotAfter })
      : createWasmEngine(shared, hooks, { checks: options.checks !== false, tiers: name === "auto" });
  const fuel = options.fuel ?? DEFAULT_FUEL;
  engine.fuel = fuel;
  const { trace } = options;
  if (trace !== undefined)
    engine.trace = (slot) =>
      trace(
        slot,
        Array.from({ length: 11 }, (_, n) => register(engine, n)),
      );
  if (mem.length > 0) {
    engine.registers[2] = at;
    engine.registers[3] = MEMORY_TAG;
    engine.registers[4] = mem.length;
  }
  const finish = (fault?: Fault): RawResult => ({
    result: fault === undefined ? register(engine, 0) : 0n,
    mem: memory.bytes(at, mem.length).slice(),
    insns: fuel - engine.fuel,
    ...(fault === undefined ? {} : { fault }),
  });
  try {
    engine.start(prepare(insns));
    return finish();
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    return finish({ code: error.code, message: error.message, insn: error.insn, program: "" });
  }
}
