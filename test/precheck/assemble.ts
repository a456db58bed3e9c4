/** Small programs for the pre-check's tests, instruction by instruction, and what both verifiers say of them. */
import { verify } from "../../compiler/precheck/explore/run.js";
import type { MapFacts, Subject } from "../../compiler/precheck/program.js";
import { decode, encode, type Instruction } from "../../runtime/isa/index.js";

const insn = (opcode: number, dst = 0, src = 0, off = 0, imm = 0): Instruction => ({
  slot: 0,
  opcode,
  dst,
  src,
  off,
  imm,
});

export const mov = (dst: number, imm: number): Instruction => insn(0xb7, dst, 0, 0, imm);
export const movr = (dst: number, src: number): Instruction => insn(0xbf, dst, src);
/** 64-bit operation with an immediate; `op` is the high four bits. */
export const alu = (op: number, dst: number, imm: number): Instruction => insn(op | 7, dst, 0, 0, imm);
export const alur = (op: number, dst: number, src: number): Instruction => insn(op | 15, dst, src);
export const alu32 = (op: number, dst: number, imm: number): Instruction => insn(op | 4, dst, 0, 0, imm);
export const load = (size: number, dst: number, src: number, off: number): Instruction =>
  insn(sizeOf(size) | 0x61, dst, src, off);
export const store = (size: number, dst: number, off: number, imm: number): Instruction =>
  insn(sizeOf(size) | 0x62, dst, 0, off, imm);
export const storer = (size: number, dst: number, off: number, src: number): Instruction =>
  insn(sizeOf(size) | 0x63, dst, src, off);
/** Jump on an immediate; `op` is the high four bits. */
export const jump = (op: number, dst: number, imm: number, off: number): Instruction => insn(op | 5, dst, 0, off, imm);
export const jumpr = (op: number, dst: number, src: number, off: number): Instruction => insn(op | 13, dst, src, off);
export const call = (helper: number): Instruction => insn(0x85, 0, 0, 0, helper);
export const callLocal = (off: number): Instruction => insn(0x85, 0, 1, 0, off);
export const map = (dst: number, index: number): Instruction => ({ ...insn(0x18, dst, 1, 0, index), imm2: 0 });
export const exit: Instruction = insn(0x95);
export const atomicAdd = (dst: number, off: number, src: number): Instruction => insn(0xdb, dst, src, off);

function sizeOf(size: number): number {
  return { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 }[size] ?? 0;
}

/** The maps that `map(…, index)` names. */
export const MAPS: readonly (MapFacts & { readonly type: number })[] = [
  { name: "hash", type: 1, keySize: 4, valueSize: 64, maxEntries: 16, flags: 0 },
  { name: "array", type: 2, keySize: 4, valueSize: 48, maxEntries: 4, flags: 0 },
  { name: "ring", type: 27, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 },
  { name: "jumps", type: 3, keySize: 4, valueSize: 4, maxEntries: 4, flags: 0 },
];

/** Program types with the attach types that tests use. */
export const TYPES = {
  socket_filter: [1, 0],
  kprobe: [2, 0],
  tc: [3, 0],
  xdp: [6, 37],
  cgroup_sock: [9, 2],
  connect4: [18, 10],
} as const;

export function subject(type: keyof typeof TYPES, insns: readonly Instruction[], gpl = true): Subject {
  const [number, attachType] = TYPES[type];
  return {
    type: number,
    attachType,
    insns: decode(encode(insns)),
    maps: MAPS,
    gpl,
    sleepable: false,
    functions: [],
    functionsUnknown: true,
  };
}

/** "accept", or the reason code. */
export function judge(type: keyof typeof TYPES, insns: readonly Instruction[], gpl = true): string {
  return verify(subject(type, insns, gpl), 2).rejection?.reason ?? "accept";
}
