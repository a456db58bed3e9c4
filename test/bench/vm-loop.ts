/**
 * What a property test pays: a random packet made, run and judged. The packet is filled in the runner's own buffer by an
 * inlined xorshift; the same with fast-check making the bytes and `Machine.run` judging them. Peers are targets: 8 million
 * runs a second for the loop, and for fast-check the time that fast-check takes without a machine.
 */
import fc from "fast-check";
import type { BpfObject } from "../../runtime/elf/index.js";
import { encode, type Instruction } from "../../runtime/isa/index.js";
import { Machine, type Runner } from "../../runtime/vm/index.js";
import { objectOf } from "../vm/fuzz-object.js";
import { cpuTimed, median, type Row, row } from "./row.js";

const RUNS = 200_000;
const ROUNDS = 15;
const CHECKS = 2_000;
const TARGET_NS = 125;
const WORDS = 16;

const insn = (opcode: number, dst: number, src: number, off: number, imm: number): Instruction => ({
  slot: 0,
  opcode,
  dst,
  src,
  off,
  imm,
});

/** Ethernet, IPv4, UDP or TCP: drops port 22 in 20 instructions; 64 bytes are enough for all it reads. */
export function parserObject(): BpfObject {
  const list = [
    insn(0x61, 3, 1, 4, 0), // r3 = data_end
    insn(0x61, 2, 1, 0, 0), // r2 = data
    insn(0xb7, 0, 0, 0, 2), // r0 = pass
    insn(0xbf, 4, 2, 0, 0),
    insn(0x07, 4, 0, 0, 38), // r4 = data + 38
    insn(0x2d, 4, 3, 13, 0), // if r4 > data_end: exit
    insn(0x69, 5, 2, 12, 0),
    insn(0x56, 5, 0, 11, 0x0008), // not IPv4: exit
    insn(0x71, 5, 2, 14, 0),
    insn(0x54, 5, 0, 0, 0x0f),
    insn(0x56, 5, 0, 8, 5), // options: exit
    insn(0x71, 5, 2, 23, 0),
    insn(0x16, 5, 0, 1, 17), // UDP
    insn(0x56, 5, 0, 5, 6), // nor TCP: exit
    insn(0x69, 5, 2, 36, 0),
    insn(0xdc, 5, 0, 0, 16),
    insn(0x56, 5, 0, 2, 22),
    insn(0xb7, 0, 0, 0, 1), // drop
    insn(0x05, 0, 0, 0, 0),
    insn(0x95, 0, 0, 0, 0),
  ].map((one, slot) => ({ ...one, slot }));
  return { ...objectOf(encode(list)), maps: [] };
}

/** Nanoseconds of one round of the loop; `drops` proves that packets reach every branch. */
export function propertyLoop(runs: number, checks = true): { readonly ns: number; readonly drops: number } {
  const machine = new Machine(parserObject(), { engine: "wasm", checks });
  const runner = machine.runner();
  const words = new Uint32Array(runner.packet.buffer, runner.packet.byteOffset, WORDS);
  let drops = 0;
  // The generator's state stays in locals of one function: captured by a closure it would cost more than the run.
  const ns = cpuTimed(runs, () => {
    drops = loop(runner, words, runs);
  });
  return { ns, drops };
}

function loop(runner: Runner, words: Uint32Array, runs: number): number {
  let state = 88172645;
  let drops = 0;
  for (let i = 0; i < runs; i++) {
    for (let k = 0; k < WORDS; k++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[k] = state;
    }
    // Three quarters are IPv4 without options, half of those UDP.
    if ((state & 3) !== 0) {
      words[3] = 0x00450008;
      if ((state & 4) !== 0) words[5] = 0x11000000;
      if ((state & 8) !== 0) words[9] = 0x00001600;
    }
    if (runner.run(64) === 1) drops++;
  }
  return drops;
}

function fastCheck(judge: (bytes: Uint8Array) => boolean): number {
  const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
  return cpuTimed(CHECKS, () => fc.assert(fc.property(bytes, judge), { numRuns: CHECKS, seed: 7 }));
}

export function loopRows(): Row[] {
  propertyLoop(RUNS);
  const loops = Array.from({ length: ROUNDS }, () => propertyLoop(RUNS).ns);
  const machine = new Machine(parserObject(), { engine: "auto" });
  const judge = (packet: Uint8Array): boolean => machine.run("p", { packet }).fault === undefined;
  fastCheck(judge);
  const [own, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < 7; i++) {
    own.push(fastCheck(judge));
    bare.push(fastCheck((packet) => packet.length === 64));
  }
  return [
    row("property loop (small parser, fresh random packet)", "ns", median(loops), TARGET_NS, "target 8 M runs/s"),
    row("property with fast-check and Machine.run", "ns", median(own), median(bare), "fast-check alone"),
  ];
}
