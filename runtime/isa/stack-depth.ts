/**
 * Bytecode -> bytes of stack along its deepest chain of calls, each frame rounded up as the verifier does. Read from the
 * code alone: accesses through r10 and the addresses that are made of it.
 */
import type { Instruction } from "./instruction.js";
import { CallKind, Class, FRAME_POINTER, Op, Pseudo } from "./opcode.js";

/** Where programs are compiled the kernel rounds a frame up to 16 bytes, at least 1 (kernel/bpf/verifier.c, round_up_stack_depth; 6.8). */
const FRAME_ROUNDING = 16;
/** `rX += imm` (RFC 9669, 4.1). */
const ADD64_IMM = 0x07;

/** Far beyond the kernel's 8 frames: corrupt code may chain any number of functions. */
const MAX_LEVELS = 64;

interface Frame {
  readonly depth: number;
  readonly calls: readonly number[];
}

/** The deepest byte below r10 that the code names. */
function frameDepth(insns: readonly Instruction[]): number {
  let depth = 0;
  const copies = new Set<number>();
  for (const i of insns) {
    const cls = i.opcode & 7;
    if (cls === Class.Ldx && i.src === FRAME_POINTER) depth = Math.max(depth, -i.off);
    if ((cls === Class.Stx || cls === Class.St) && i.dst === FRAME_POINTER) depth = Math.max(depth, -i.off);
    if (i.opcode === Op.Mov64Reg && i.src === FRAME_POINTER) copies.add(i.dst);
    else if (i.opcode === ADD64_IMM && copies.has(i.dst)) depth = Math.max(depth, -i.imm);
    else if (cls === Class.Alu64 || cls === Class.Alu || cls === Class.Ldx) copies.delete(i.dst);
  }
  return depth;
}

/** Entries of the functions that the code calls, or whose address it takes for a callback. */
const calls = (insns: readonly Instruction[]): number[] =>
  insns
    .filter(
      (i) => (i.opcode === Op.Call && i.src === CallKind.Local) || (i.opcode === Op.LdImm64 && i.src === Pseudo.Func),
    )
    .map((i) => i.slot + 1 + i.imm);

/**
 * Stack of a program.
 * @param functions entry and end slots; the program is the one at slot 0
 * @returns bytes; 0 for a program that has neither stack nor calls
 */
export function stackDepth(
  functions: readonly { readonly start: number; readonly end: number }[],
  insns: readonly Instruction[],
): number {
  const frames = new Map<number, Frame>();
  // Functions and instructions both ascend by slot.
  let at = 0;
  for (const { start, end } of [...functions].sort((a, b) => a.start - b.start)) {
    const body: Instruction[] = [];
    for (let insn = insns[at]; insn !== undefined && insn.slot < end; insn = insns[++at])
      if (insn.slot >= start) body.push(insn);
    frames.set(start, { depth: frameDepth(body), calls: calls(body) });
  }
  const known = new Map<number, number>();
  const chain = (start: number, level: number): number => {
    const frame = frames.get(start);
    const before = known.get(start);
    if (frame === undefined || before !== undefined || level > MAX_LEVELS) return before ?? 0;
    // Recursion has no depth; it is a fault when it runs.
    known.set(start, 0);
    const below = frame.calls.reduce((deepest, callee) => Math.max(deepest, chain(callee, level + 1)), 0);
    const total = Math.max(FRAME_ROUNDING, Math.ceil(frame.depth / FRAME_ROUNDING) * FRAME_ROUNDING) + below;
    known.set(start, total);
    return total;
  };
  const usesStack = frames.size > 1 || [...frames.values()].some((frame) => frame.depth > 0);
  return usesStack ? chain(0, 1) : 0;
}
