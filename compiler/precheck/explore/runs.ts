/**
 * Straight lines of instructions, for walking backwards over them at once. Input: instructions. Output: per slot where its
 * line starts, and which registers the instruction, and the line up to it, has to do with. A line holds no call and no exit.
 * Where a path came from elsewhere, its history says so (Step in state.ts); without such an entry it came from the slot before.
 */
import { Class, type Instruction, Jump } from "../../../runtime/isa/index.js";

/** The bit of {@link Runs.own} that calls and exits have: they change what is wanted whatever it is. */
export const ALONE = 1 << 15;

export interface Runs {
  /** First slot of the line. */
  readonly start: Int32Array;
  /** Registers (bit set) that must be wanted for the instruction to matter, where it accesses no stack. */
  readonly own: Uint16Array;
  /** All of `own` from the start of the line to here. */
  readonly touched: Uint16Array;
  /** 1 for stores. */
  readonly stores: Uint8Array;
}

/** As stepBack in precision.ts asks. */
function ownRegisters(insn: Instruction): number {
  const cls = insn.opcode & 7;
  if (cls !== Class.Jmp && cls !== Class.Jmp32) return 1 << insn.dst;
  const op = insn.opcode & 0xf0;
  const compares = op !== Jump.Ja && op !== Jump.Cond && (insn.opcode & 8) !== 0;
  return compares ? (1 << insn.dst) | (1 << insn.src) : 0;
}

export function runsOf(at: readonly (Instruction | undefined)[]): Runs {
  const start = new Int32Array(at.length);
  const own = new Uint16Array(at.length);
  const touched = new Uint16Array(at.length);
  const stores = new Uint8Array(at.length);
  let from = 0;
  let all = 0;
  at.forEach((insn, slot) => {
    const cls = insn === undefined ? Class.Ld : insn.opcode & 7;
    const op = insn === undefined ? 0 : insn.opcode & 0xf0;
    if (insn !== undefined && (cls === Class.Jmp || cls === Class.Jmp32) && (op === Jump.Call || op === Jump.Exit)) {
      own[slot] = touched[slot] = ALONE;
      start[slot] = slot;
      from = slot + 1;
      all = 0;
      return;
    }
    own[slot] = insn === undefined ? 0 : ownRegisters(insn);
    if (cls === Class.St || cls === Class.Stx) stores[slot] = 1;
    all |= own[slot] ?? 0;
    start[slot] = from;
    touched[slot] = all;
  });
  return { start, own, touched, stores };
}
