/**
 * The software machine beside the kernel's JIT: the compute-heavy programs of vm-bench.json (small ones, which the
 * kernel's verifier accepts) on the WebAssembly engine, all checks on, and on the interpreter. Hot: medians of rounds in
 * turns, after results were compared. What the verifier refuses has no row, and says so.
 */
import { closeSync } from "node:fs";
import { type Instruction, verifyEncoding } from "../../runtime/isa/index.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { MEMORY_TAG } from "../../runtime/vm/address.js";
import { prepare } from "../../runtime/vm/code.js";
import type { Engine, EngineHooks } from "../../runtime/vm/engine.js";
import { createInterpreter } from "../../runtime/vm/interpreter/interpreter.js";
import { openStacks, register } from "../../runtime/vm/raw.js";
import { createWasmEngine } from "../../runtime/vm/wasm/engine.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import { fromHex, missingData, readJson } from "../support/data.js";
import { hasIproute } from "./devices.js";
import { cpuTimed, median, type Row, row, type Suite } from "./row.js";
import { exampleRows } from "./vm-examples.js";
import { latencyRows } from "./vm-latency.js";
import { loopRows } from "./vm-loop.js";

interface BenchProgram {
  readonly name: string;
  readonly size: "big" | "small";
  readonly insns: string;
  readonly mem: string;
  readonly expected: string;
  readonly executed: number;
}

const XDP = 6;
const ROUNDS = 15;
const INTERPRETER_ROUNDS = 5;
const REPEAT = 20;
const FUEL = 0x7fff_ffff;
const HOOKS: EngineHooks = {
  helper: () => undefined,
  kfunc: () => undefined,
  contextPointer: () => undefined,
  tailCall: () => undefined,
  packetLoad: () => undefined,
};

/** Compiled programs count by themselves; nothing here is interpreted. */
const COUNT = { step: () => undefined, resume: () => undefined };

const KINDS = ["wasm", "wasm unchecked", "wasm with coverage", "interpreter"] as const;
type Kind = (typeof KINDS)[number];

/** Makes a function that runs the program once and gives r0. */
function onMachine(program: BenchProgram, kind: Kind): () => bigint {
  const shared = sharedMemory(18);
  const { memory } = shared;
  openStacks(memory);
  const mem = fromHex(program.mem);
  const at = memory.allocate(mem.length, 16);
  memory.paint(at, mem.length, true, true);
  const engine: Engine =
    kind === "interpreter"
      ? createInterpreter(memory, HOOKS, { shared })
      : createWasmEngine(shared, HOOKS, {
          checks: kind !== "wasm unchecked",
          ...(kind === "wasm with coverage" ? { count: COUNT } : {}),
        });
  const insns: readonly Instruction[] = verifyEncoding(fromHex(program.insns));
  const code = prepare(insns);
  return () => {
    memory.u8.set(mem, at);
    engine.registers.fill(0);
    if (mem.length > 0) engine.registers.set([at, MEMORY_TAG, mem.length, 0], 2);
    engine.fuel = FUEL;
    engine.start(code);
    return register(engine, 0);
  };
}

/**
 * Turns an XDP context into the programs' convention (r1 = memory, r2 = its length): loads data and data_end, returns 0
 * unless the packet is long enough.
 */
function prologue(length: number): Uint8Array {
  const imm = Buffer.alloc(4);
  imm.writeInt32LE(length);
  const words = [
    "6112040000000000", // r2 = *(u32 *)(r1 + 4)
    "6111000000000000", // r1 = *(u32 *)(r1 + 0)
    "bf13000000000000", // r3 = r1
    `07030000${imm.toString("hex")}`, // r3 += length
    "bd23020000000000", // if r3 <= r2 goto +2
    "b700000000000000", // r0 = 0
    "9500000000000000", // exit
    `b7020000${imm.toString("hex")}`, // r2 = length
  ];
  return fromHex(words.join(""));
}

/** Median nanoseconds of one run in the kernel, or why it does not run there. */
function kernelRunner(program: BenchProgram): { readonly run: () => number; readonly close: () => void } | string {
  const mem = fromHex(program.mem);
  const body = fromHex(program.insns);
  const insns = mem.length === 0 ? body : new Uint8Array([...prologue(mem.length), ...body]);
  // No log: a million instructions of it would not fit.
  const loaded = loadProgramRaw({ type: XDP, insns, logLevel: 0 });
  if (!loaded.ok) return `the verifier refuses it (errno ${loaded.errno})`;
  const data = mem.length === 0 ? new Uint8Array(64) : mem;
  const { retval } = testRun(loaded.fd, { data });
  const expected = Number(BigInt(program.expected) & 0xffff_ffffn);
  if (retval >>> 0 !== expected) {
    closeSync(loaded.fd);
    return `gives ${retval >>> 0}, not ${expected}`;
  }
  return {
    // The kernel's own figure: these programs run for microseconds, so whole nanoseconds do, and the system call's own
    // cost (for XDP an RCU grace period) stays out.
    run: () => testRun(loaded.fd, { data, repeat: REPEAT }).durationNs,
    close: () => closeSync(loaded.fd),
  };
}

const timed = (run: () => bigint, repeat: number): number =>
  cpuTimed(repeat, () => {
    for (let i = 0; i < repeat; i++) run();
  });

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);

function measure(program: BenchProgram): Row[] {
  const kernel = kernelRunner(program);
  if (typeof kernel === "string") {
    process.stderr.write(`bench: vm: ${program.name}: not in the kernel: ${kernel}\n`);
    return [];
  }
  try {
    const ours = KINDS.map((kind) => ({ kind, run: onMachine(program, kind), times: [] as number[] }));
    for (const { kind, run } of ours) {
      const got = `0x${run().toString(16)}`;
      if (got !== program.expected) throw new Error(`${program.name} on ${kind}: ${got}, not ${program.expected}`);
      // Until V8 has optimised the code.
      timed(run, kind === "interpreter" ? 5 : REPEAT * 5);
    }
    const peers: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      peers.push(kernel.run());
      for (const { kind, run, times } of ours) {
        if (kind !== "interpreter") times.push(timed(run, REPEAT));
        else if (i < INTERPRETER_ROUNDS) times.push(timed(run, 1));
      }
    }
    const peer = median(peers);
    return ours.map(({ kind, times }) => row(`${program.name} ${kind}`, "ns", median(times), peer, "kernel JIT"));
  } finally {
    kernel.close();
  }
}

export const vm: Suite = {
  name: "vm",
  skip: () => (missingData === false ? undefined : missingData),
  async run() {
    const programs = readJson<BenchProgram[]>("vm-bench.json").filter((p) => p.size === "small");
    const rows = programs.flatMap(measure);
    if (hasIproute()) rows.push(...exampleRows());
    else process.stderr.write("bench: vm: the examples are skipped: iproute2 is not installed\n");
    for (const kind of KINDS) {
      const ratios = rows.filter((r) => r.name.endsWith(` ${kind}`)).map((r) => r.ratio);
      if (ratios.length > 0) rows.push(row(`geometric mean ${kind}`, "ratio", geometricMean(ratios), 1, "kernel JIT"));
    }
    rows.push(...interpreterRows(programs, rows), ...loopRows(), ...latencyRows());
    return rows;
  },
};

/** Million instructions a second of the interpreter; the target is 200. */
function interpreterRows(programs: readonly BenchProgram[], rows: readonly Row[]): Row[] {
  const speeds = programs.flatMap(({ name, executed }) => {
    const found = rows.find((r) => r.name === `${name} interpreter`);
    return found === undefined ? [] : [(executed / found.ours) * 1000];
  });
  if (speeds.length === 0) return [];
  return [row("interpreter, geometric mean", "M insns/s", geometricMean(speeds), 200, "target")];
}
