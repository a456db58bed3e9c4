/**
 * Rules that are wrong on purpose: the pre-check takes one instruction for another, the machine does not. Each must be
 * found by comparing facts with values.
 */
import type { Mutation } from "./check.js";

const isAlu = (opcode: number): boolean => (opcode & 7) === 4 || (opcode & 7) === 7;
const isJump = (opcode: number): boolean => (opcode & 7) === 5 || (opcode & 7) === 6;

/** Another operation in the high four bits. */
const operation =
  (applies: (opcode: number) => boolean, from: number, to: number): Mutation =>
  (insn) =>
    applies(insn.opcode) && (insn.opcode & 0xf0) === from ? { ...insn, opcode: (insn.opcode & 0x0f) | to } : insn;

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "addition as subtraction": operation(isAlu, 0x00, 0x10),
  "and as or": operation(isAlu, 0x50, 0x40),
  "shift right as arithmetic shift": operation(isAlu, 0x70, 0xc0),
  "arithmetic shift as shift right": operation(isAlu, 0xc0, 0x70),
  "multiplication as exclusive or": operation(isAlu, 0x20, 0xa0),
  "negation forgotten": (insn) =>
    isAlu(insn.opcode) && (insn.opcode & 0xf0) === 0x80 ? { ...insn, opcode: 0xbf, src: insn.dst } : insn,
  "32-bit move as 64-bit move": (insn) => (insn.opcode === 0xbc && insn.off === 0 ? { ...insn, opcode: 0xbf } : insn),
  "sign extension forgotten": (insn) => (insn.opcode === 0xbf && insn.off !== 0 ? { ...insn, off: 0 } : insn),
  "sign-extending load as zero-extending": (insn) =>
    (insn.opcode & 0xe7) === 0x81 ? { ...insn, opcode: (insn.opcode & 0x1f) | 0x60 | 1 } : insn,
  "greater as greater or equal": operation(isJump, 0x20, 0x30),
  "less as less or equal": operation(isJump, 0xa0, 0xb0),
  "signed greater as greater": operation(isJump, 0x60, 0x20),
  "32-bit branch as 64-bit branch": (insn) =>
    (insn.opcode & 7) === 6 && (insn.opcode & 0xf0) !== 0 ? { ...insn, opcode: (insn.opcode & 0xf8) | 5 } : insn,
  "equal as different": operation(isJump, 0x10, 0x50),
  "bytes not swapped": (insn) =>
    isAlu(insn.opcode) && (insn.opcode & 0xf0) === 0xd0 ? { ...insn, opcode: 0xd4 } : insn,
};
