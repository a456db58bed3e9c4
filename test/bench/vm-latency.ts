/**
 * From bytecode to the first result: generating, compiling and running a program that this process never saw, in a warm
 * process. Beside it the kernel's time to verify and load the same program.
 */
import { closeSync } from "node:fs";
import { encode, type Instruction } from "../../runtime/isa/index.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { Machine } from "../../runtime/vm/index.js";
import { objectOf } from "../vm/fuzz-object.js";
import { generator } from "../vm/generate.js";
import { median, type Row, row } from "./row.js";

const XDP = 6;
const ROUNDS = 21;
const HEADER = 64;

/** A parser of about so many instructions: loads, compares, branches forward and sums; one in four touches the stack. */
export function parser(instructions: number, seed: number): Uint8Array {
  const random = generator(seed);
  const out: Instruction[] = [];
  const put = (opcode: number, dst: number, src: number, off: number, imm: number): void => {
    out.push({ slot: out.length, opcode, dst, src, off, imm });
  };
  put(0x61, 3, 1, 4, 0);
  put(0x61, 2, 1, 0, 0);
  put(0xb7, 0, 0, 0, 0);
  put(0xbf, 4, 2, 0, 0);
  put(0x07, 4, 0, 0, HEADER);
  put(0x3d, 3, 4, 1, 0);
  put(0x95, 0, 0, 0, 0);
  put(0x7b, 10, 0, -8, 0);
  while (out.length < instructions - 1) {
    const size = [0x71, 0x69, 0x61][random(3)] ?? 0x71;
    put(size, 5, 2, random(HEADER / 4) * 4, 0);
    put(0x55, 5, 0, 2, random(256));
    put(0x07, 0, 0, 0, random(1000));
    put(0xa7, 0, 0, 0, random(1 << 20));
    if (random(4) === 0) {
      put(0x7b, 10, 0, -8 * (1 + random(4)), 0);
      put(0x79, 6, 10, -8, 0);
    }
    put(0x0f, 0, 5, 0, 0);
  }
  put(0x95, 0, 0, 0, 0);
  return encode(out);
}

/** Milliseconds from a decoded object's program to its first result. */
export function firstRun(bytes: Uint8Array): number {
  const machine = new Machine(objectOf(bytes), { engine: "wasm", cpus: 1 });
  const runner = machine.runner();
  const start = process.hrtime.bigint();
  const result = runner.run(HEADER);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (result < 0) throw new Error(`${runner.fault?.code}: ${runner.fault?.message}`);
  return ms;
}

function kernelLoad(bytes: Uint8Array): number {
  const start = process.hrtime.bigint();
  const loaded = loadProgramRaw({ type: XDP, insns: bytes, logLevel: 0 });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (!loaded.ok) throw new Error(`the kernel refuses the program (errno ${loaded.errno})`);
  closeSync(loaded.fd);
  return ms;
}

export function latencyRows(): Row[] {
  return [40, 3000].map((size) => {
    // Every program another one: nothing of it is cached.
    const seeds = Array.from({ length: ROUNDS + 5 }, (_, i) => size * 100 + i + 1);
    const own: number[] = [];
    const peer: number[] = [];
    for (const [i, seed] of seeds.entries()) {
      const bytes = parser(size, seed);
      const ms = firstRun(bytes);
      const load = kernelLoad(bytes);
      if (i < 5) continue;
      own.push(ms);
      peer.push(load);
    }
    return row(`compile to first run, ${size} instructions`, "ms", median(own), median(peer), "kernel load");
  });
}
