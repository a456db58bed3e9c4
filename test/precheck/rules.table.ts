/** One failing and one mended program per reason, and the regressions that comparing with the kernel found. */
import type { Instruction } from "../../runtime/isa/index.js";
import {
  alu,
  alu32,
  alur,
  atomicAdd,
  call,
  callLocal,
  exit,
  jump,
  jumpr,
  load,
  map,
  mov,
  movr,
  store,
  storer,
  type TYPES,
} from "./assemble.js";

export interface RuleCase {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  /** "accept", or the reason code. */
  readonly expected: string;
  readonly insns: readonly Instruction[];
  readonly gpl?: boolean;
}

const end = [mov(0, 0), exit];
/** r0 = lookup(map, key on the stack). */
const lookup = (index: number, key = 9): Instruction[] => [
  store(4, 10, -4, key),
  movr(2, 10),
  alu(0x00, 2, -4),
  map(1, index),
  call(1),
];
/** r2 = data, r3 = data_end. */
const packet = [load(4, 2, 1, 0), load(4, 3, 1, 4)];
const reserve = [map(1, 2), mov(2, 16), mov(3, 0), call(131)];

// biome-ignore format: a table
export const CASES: readonly RuleCase[] = [
  { name: "value beyond its size", type: "xdp", expected: "EB5001", insns: [...lookup(0), jump(0x10, 0, 0, 1), load(8, 1, 0, 60), ...end] },
  { name: "value within its size", type: "xdp", expected: "accept", insns: [...lookup(0), jump(0x10, 0, 0, 1), load(8, 1, 0, 56), ...end] },
  { name: "packet bytes without a test", type: "xdp", expected: "EB5002", insns: [...packet, load(1, 4, 2, 0), ...end] },
  { name: "packet bytes after a test", type: "xdp", expected: "accept", insns: [...packet, movr(4, 2), alu(0x00, 4, 14), jumpr(0x20, 4, 3, 1), load(1, 4, 2, 13), ...end] },
  { name: "packet pointer after adjust_head", type: "xdp", expected: "EB5004", insns: [movr(6, 1), load(4, 7, 1, 0), mov(2, 0), call(44), load(1, 4, 7, 0), ...end] },
  { name: "lookup not tested", type: "xdp", expected: "EB5003", insns: [...lookup(0), load(8, 1, 0, 0), ...end] },
  { name: "array key beyond its entries", type: "xdp", expected: "EB5003", insns: [...lookup(1), load(8, 1, 0, 0), ...end] },
  { name: "array key 0 is known to be there", type: "xdp", expected: "accept", insns: [...lookup(1, 0), load(8, 1, 0, 0), ...end] },
  { name: "number as pointer", type: "xdp", expected: "EB5004", insns: [mov(2, 4096), load(8, 3, 2, 0), ...end] },
  { name: "stack below 512 bytes", type: "xdp", expected: "EB5005", insns: [store(8, 10, -520, 0), ...end] },
  { name: "stack of 512 bytes", type: "xdp", expected: "accept", insns: [store(8, 10, -512, 0), ...end] },
  { name: "CO-RE read that this kernel cannot answer", type: "kprobe", expected: "EB5023", insns: [call(195896080), ...end] },
  { name: "CO-RE read behind a guard that is false", type: "kprobe", expected: "accept", insns: [mov(1, 0), jump(0x10, 1, 0, 1), call(195896080), ...end] },
  { name: "call chain of 528 bytes", type: "xdp", expected: "EB5006", insns: [store(8, 10, -256, 0), callLocal(2), ...end, store(8, 10, -264, 0), ...end] },
  { name: "call chain of 512 bytes", type: "xdp", expected: "accept", insns: [store(8, 10, -256, 0), callLocal(2), ...end, store(8, 10, -256, 0), ...end] },
  { name: "context field of another size", type: "xdp", expected: "EB5007", insns: [load(8, 2, 1, 0), ...end] },
  { name: "context pointer moved", type: "xdp", expected: "EB5007", insns: [alu(0x00, 1, 8), load(4, 2, 1, 0), ...end] },
  { name: "helper of another type", type: "kprobe", expected: "EB5008", insns: [mov(1, 1), mov(2, 0), call(23), ...end] },
  { name: "stack where context is wanted", type: "xdp", expected: "EB5009", insns: [movr(1, 10), mov(2, 0), call(44), ...end] },
  { name: "lookup in a ring buffer", type: "xdp", expected: "EB5010", insns: [movr(2, 10), alu(0x00, 2, -8), map(1, 3), call(1), ...end] },
  { name: "record neither submitted nor discarded", type: "xdp", expected: "EB5011", insns: [...reserve, ...end] },
  { name: "record discarded", type: "xdp", expected: "accept", insns: [...reserve, jump(0x10, 0, 0, 3), movr(1, 0), mov(2, 0), call(133), ...end] },
  { name: "return value out of range", type: "connect4", expected: "EB5013", insns: [mov(0, 7), exit] },
  { name: "return value in range", type: "connect4", expected: "accept", insns: [mov(0, 1), exit] },
  { name: "pointer or-ed", type: "xdp", expected: "EB5014", insns: [movr(2, 10), alu(0x40, 2, 1), ...end] },
  { name: "scalar minus pointer", type: "xdp", expected: "EB5014", insns: [mov(2, 1), alur(0x10, 2, 10), ...end] },
  { name: "register never set", type: "xdp", expected: "EB5015", insns: [movr(0, 5), exit] },
  { name: "r0 after a tail call", type: "xdp", expected: "EB5015", insns: [map(2, 3), mov(3, 0), call(12), exit] },
  { name: "loop without change", type: "xdp", expected: "EB5016", insns: [call(7), movr(2, 0), jump(0x50, 2, 0, -1), ...end] },
  { name: "bounded loop", type: "xdp", expected: "accept", insns: [mov(2, 0), alu(0x00, 2, 1), jump(0xa0, 2, 100, -2), ...end] },
  { name: "loop of two million rounds", type: "xdp", expected: "EB5017", insns: [mov(2, 0), alu(0x00, 2, 1), jump(0xa0, 2, 2_000_000, -2), ...end] },
  { name: "shift by 64", type: "xdp", expected: "EB5018", insns: [mov(2, 1), alu(0x60, 2, 64), ...end] },
  { name: "division by a constant zero", type: "xdp", expected: "EB5018", insns: [mov(2, 1), alu(0x30, 2, 0), ...end] },
  { name: "code that nothing reaches", type: "xdp", expected: "EB5019", insns: [...end, ...end] },
  { name: "jump out of the program", type: "xdp", expected: "EB5019", insns: [mov(0, 0), jump(0x10, 0, 0, 9), exit] },
  { name: "GPL helper without GPL", type: "kprobe", expected: "EB5020", gpl: false, insns: [movr(1, 10), alu(0x00, 1, -8), mov(2, 8), mov(3, 0), call(4), ...end] },
  { name: "half a spilled pointer", type: "xdp", expected: "EB5005", insns: [storer(8, 10, -8, 1), load(4, 2, 10, -8), ...end] },
  { name: "stack access out of line", type: "xdp", expected: "EB5021", insns: [store(8, 10, -12, 0), ...end] },
  { name: "atomic add out of line", type: "xdp", expected: "EB5021", insns: [...lookup(0), jump(0x10, 0, 0, 2), mov(1, 1), atomicAdd(0, 4, 1), ...end] },
  // A 32-bit division leaves the whole register unknown: the range below 2^32 is lost too.
  { name: "32-bit division as offset", type: "tc", expected: "EB5001", insns: [call(7), movr(9, 0), alu32(0x30, 9, 63), ...lookup(0), jump(0x10, 0, 0, 3), jump(0x60, 9, 8, 2), alur(0x00, 0, 9), load(1, 3, 0, 0), ...end] },
  { name: "masked offset", type: "tc", expected: "accept", insns: [call(7), movr(9, 0), alu32(0x50, 9, 63), ...lookup(0), jump(0x10, 0, 0, 2), alur(0x00, 0, 9), load(1, 3, 0, 0), ...end] },
  { name: "check of a copy bounds the original", type: "tc", expected: "accept", insns: [call(7), movr(9, 0), movr(8, 9), ...lookup(0), jump(0x10, 0, 0, 3), jump(0x20, 8, 63, 2), alur(0x00, 0, 9), load(1, 3, 0, 0), ...end] },
];
