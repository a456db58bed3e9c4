/**
 * Which scalars of earlier states must compare exactly: walks the path backwards from where a value mattered
 * (__mark_chain_precision and backtrack_insn of kernel/bpf/verifier.c, 6.18). Input: the current state. Output: marks set in
 * its stored ancestors.
 */
import { HelperId } from "../../../runtime/facts/helpers/index.js";
import { Alu, CallKind, Class, type Instruction, Jump, Mode, Op } from "../../../runtime/isa/index.js";
import { Kind } from "../state/reg.js";
import { isSpill } from "../state/slot.js";
import type { Frame, Linked, State, Step } from "../state/state.js";
import type { Flow } from "./flow.js";
import { ALONE } from "./runs.js";

/** Registers (bits 0 to 9) and slots still wanted, per frame; three words a frame. */
class Wanted {
  private readonly words = new Int32Array(3 * 8);
  frame = 0;

  start(frame: number): void {
    this.words.fill(0);
    this.frame = frame;
  }
  get empty(): boolean {
    const { words } = this;
    for (let i = 3 * this.frame + 2; i >= 0; i--) if (words[i] !== 0) return false;
    return true;
  }
  /** Wanted registers of the frame that is walked. */
  get here(): number {
    return this.words[3 * this.frame] ?? 0;
  }
  regs(frame: number): number {
    return this.words[3 * frame] ?? 0;
  }
  hasSlots(frame: number): boolean {
    return this.words[3 * frame + 1] !== 0 || this.words[3 * frame + 2] !== 0;
  }
  has(reg: number, frame = this.frame): boolean {
    return ((this.regs(frame) >> reg) & 1) === 1;
  }
  set(reg: number, frame = this.frame): void {
    this.words[3 * frame] = this.regs(frame) | (1 << reg);
  }
  clear(reg: number, frame = this.frame): void {
    this.words[3 * frame] = this.regs(frame) & ~(1 << reg);
  }
  /** Registers that are wanted no more. */
  drop(regs: number, frame: number): void {
    this.words[3 * frame] = this.regs(frame) & ~regs;
  }
  /** Wanted slots 0 to 31 or, `half` 1, 32 to 63. */
  slots(frame: number, half: number): number {
    return this.words[3 * frame + 1 + half] ?? 0;
  }
  hasSlot(frame: number, slot: number): boolean {
    return (((this.words[3 * frame + 1 + (slot >> 5)] ?? 0) >>> (slot & 31)) & 1) === 1;
  }
  setSlot(frame: number, slot: number): void {
    const at = 3 * frame + 1 + (slot >> 5);
    this.words[at] = (this.words[at] ?? 0) | (1 << (slot & 31));
  }
  clearSlot(frame: number, slot: number): void {
    const at = 3 * frame + 1 + (slot >> 5);
    this.words[at] = (this.words[at] ?? 0) & ~(1 << (slot & 31));
  }
  /** Back from a function into its caller. */
  leave(): void {
    this.words.fill(0, 3 * this.frame, 3 * this.frame + 3);
    this.frame--;
  }
}

/** If one of the linked registers is wanted, all are (bt_sync_linked_regs). */
function syncLinked(linked: readonly Linked[], wanted: Wanted): void {
  let some = false;
  for (let i = 0; i < linked.length && !some; i++) {
    const { frame, at } = linked[i] ?? NOTHING;
    some = at >= 16 ? wanted.hasSlot(frame, at - 16) : wanted.has(at, frame);
  }
  if (!some) return;
  for (const { frame, at } of linked) {
    if (at >= 16) wanted.setSlot(frame, at - 16);
    else wanted.set(at, frame);
  }
}
const NOTHING: Linked = { frame: 0, at: 0 };

/** True when the value cannot be followed: everything becomes precise. */
function stepBack(
  flow: Flow,
  insn: Instruction,
  next: number,
  step: Step | undefined,
  wanted: Wanted,
  isGlobal: (slot: number) => boolean,
): boolean {
  const linked = step?.linked;
  if (linked !== undefined) syncLinked(linked, wanted);
  const { dst, src } = insn;
  const register = (insn.opcode & 8) !== 0;
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64: {
      if (!wanted.has(dst)) return false;
      const op = insn.opcode & 0xf0;
      if (op === Alu.End || op === Alu.Neg) return false;
      if (op === Alu.Mov) wanted.clear(dst);
      if (register && src !== 10) wanted.set(src);
      break;
    }
    case Class.Ldx:
      if (!wanted.has(dst)) return false;
      wanted.clear(dst);
      if (step === undefined || step.spi < 0) return false;
      wanted.setSlot(step.frame, step.spi);
      break;
    case Class.St:
    case Class.Stx: {
      const atomicLoad = (insn.opcode & 0xe0) === Mode.Atomic && insn.imm === 0x100;
      if (wanted.has(dst)) {
        if (!atomicLoad) return true;
        wanted.clear(dst);
      }
      if (step === undefined || step.spi < 0 || atomicLoad) return false;
      if (!wanted.hasSlot(step.frame, step.spi)) return false;
      wanted.clearSlot(step.frame, step.spi);
      if ((insn.opcode & 7) === Class.Stx) wanted.set(src);
      break;
    }
    case Class.Ld:
      if (!wanted.has(dst)) return false;
      wanted.clear(dst);
      return (insn.opcode & 0xe0) !== Mode.Imm;
    default:
      if (jumpBack(flow, insn, next, wanted, register, isGlobal)) return false;
  }
  if (linked !== undefined) syncLinked(linked, wanted);
  return false;
}

/** @returns true where the step was a call or exit: linked registers are not asked again */
function jumpBack(
  flow: Flow,
  insn: Instruction,
  next: number,
  wanted: Wanted,
  register: boolean,
  isGlobal: (slot: number) => boolean,
): boolean {
  const op = insn.opcode & 0xf0;
  if (op === Jump.Call) {
    if (insn.src === CallKind.Local) {
      if (isGlobal(insn.slot + 1 + insn.imm)) {
        wanted.clear(0);
        return true;
      }
      // Entering the callee: its r1 to r5 are the caller's.
      for (let r = 1; r <= 5; r++) {
        if (!wanted.has(r)) continue;
        wanted.clear(r);
        wanted.set(r, wanted.frame - 1);
      }
      if (wanted.frame > 0) wanted.leave();
      return true;
    }
    if (flow.callsBack[insn.slot] === 1 && insn.slot !== next - 1) {
      if (wanted.frame > 0) wanted.leave();
      return true;
    }
    wanted.clear(0);
    // A tail call that does not come back left its function.
    if (insn.src === CallKind.Helper && insn.imm === HelperId.tail_call && insn.slot !== next - 1) wanted.frame++;
    return true;
  }
  if (op === Jump.Exit) {
    const before = next > 0 ? flow.at[next - 1] : undefined;
    const value = before !== undefined && before.opcode === Op.Call && before.src === CallKind.Local && wanted.has(0);
    if (next >= 0 && flow.callsBack[next] === 1) {
      for (let r = 1; r <= 5; r++) wanted.clear(r);
    }
    wanted.clear(0);
    wanted.frame++;
    if (value) wanted.set(0);
    return true;
  }
  if (register && op !== Jump.Ja && op !== Jump.Cond && (wanted.has(insn.dst) || wanted.has(insn.src))) {
    wanted.set(insn.src);
    wanted.set(insn.dst);
  }
  return false;
}

/** The place of the lowest bit that is set. */
const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Marks what is wanted in a stored state; what was marked before needs no more. */
function markState(state: State, wanted: Wanted): boolean {
  let changed = false;
  for (let f = Math.min(wanted.frame, state.frames.length - 1); f >= 0; f--) {
    const frame = state.frames[f];
    if (frame === undefined) continue;
    wanted.drop(frame.preciseRegs, f);
    for (let regs = wanted.regs(f); regs !== 0; regs &= regs - 1) {
      const r = lowest(regs);
      if (frame.regs[r]?.kind !== Kind.Scalar) wanted.clear(r, f);
      else {
        frame.preciseRegs |= 1 << r;
        changed = true;
      }
    }
    if (!wanted.hasSlots(f)) continue;
    for (let half = 0; half < 2; half++) {
      for (let bits = wanted.slots(f, half); bits !== 0; bits &= bits - 1) {
        const i = 32 * half + lowest(bits);
        const slot = frame.slot(i);
        if (!isSpill(slot) || slot.spilled?.kind !== Kind.Scalar || frame.slotPrecise(i)) wanted.clearSlot(f, i);
        else {
          frame.setSlotPrecise(i);
          changed = true;
        }
      }
    }
  }
  return changed;
}

function markFrame(frame: Frame): void {
  for (let r = 0; r < 10; r++) if (frame.regs[r]?.kind === Kind.Scalar) frame.preciseRegs |= 1 << r;
  frame.stack.forEach((slot, i) => {
    if (isSpill(slot) && slot.spilled?.kind === Kind.Scalar) frame.setSlotPrecise(i);
  });
}

export function markEverything(from: State): void {
  for (let state = from.parent; state !== undefined; state = state.parent) state.frames.forEach(markFrame);
}

/** @returns a mark was set that was not there */
function walk(flow: Flow, start: State, wanted: Wanted, isGlobal: (slot: number) => boolean): boolean {
  const { start: lineStart, own, touched, stores } = flow.runs;
  const { at } = flow;
  let state: State = start;
  let last = start.insn;
  let next = -1;
  let skip = true;
  let changed = false;
  // Registers that are wanted in the frame that is walked; calls and exits always matter.
  let here = wanted.here | ALONE;
  for (;;) {
    let entry = state.history;
    const { firstInsn } = state;
    if (last < 0) return markArguments(state, wanted);
    for (let i = last; ; ) {
      let step = entry !== undefined && entry.insn === i ? entry : undefined;
      if (skip) {
        skip = false;
        if (wanted.empty) return changed;
      } else {
        let matters = ((own[i] ?? 0) & here) !== 0;
        if (!matters && step === undefined && i !== firstInsn && ((touched[i] ?? 0) & here) === 0) {
          // Nothing from here to the start of the straight line matters but what the path remembers in between.
          let low = lineStart[i] ?? i;
          if (entry !== undefined && entry.insn < i && entry.insn > low) low = entry.insn;
          if (firstInsn < i && firstInsn > low) low = firstInsn;
          if (low < i) {
            i = low;
            next = low + 1;
            step = entry !== undefined && entry.insn === i ? entry : undefined;
          }
        }
        if (!matters && step !== undefined) {
          // Something is linked there, or it stores to a slot that is wanted.
          matters =
            step.linked !== undefined || (step.spi >= 0 && stores[i] === 1 && wanted.hasSlot(step.frame, step.spi));
        }
        if (matters) {
          const insn = at[i];
          if (insn !== undefined && stepBack(flow, insn, next, step, wanted, isGlobal)) {
            markEverything(start);
            return true;
          }
          if (wanted.empty) return changed;
          here = wanted.here | ALONE;
        }
      }
      next = i;
      if (i === firstInsn && (entry === undefined || (entry.count === 1 && step !== undefined))) break;
      if (step !== undefined) {
        i = step.previous;
        entry = step.before;
      } else i--;
      if (i < 0) break;
    }
    const parent = state.parent;
    if (parent === undefined) break;
    if (markState(parent, wanted)) changed = true;
    if (wanted.empty) return changed;
    here = wanted.here | ALONE;
    next = firstInsn;
    last = parent.lastInsn;
    state = parent;
  }
  if (!wanted.empty) {
    markEverything(start);
    return true;
  }
  return changed;
}

/** Before the first instruction of a function that is judged on its own: its arguments (in __mark_chain_precision). */
function markArguments(state: State, wanted: Wanted): boolean {
  const frame = state.frames[0];
  if (frame === undefined) return false;
  for (let r = 1; r <= 5; r++) if (wanted.has(r) && frame.regs[r]?.kind === Kind.Scalar) frame.preciseRegs |= 1 << r;
  return true;
}

/** Marks what decided something, of one exploration. */
export class Precision {
  private readonly wanted = new Wanted();

  constructor(
    private readonly flow: Flow,
    private readonly isGlobal: (slot: number) => boolean,
  ) {}

  /** The value of `reg` in the current frame decided something. */
  mark(state: State, reg: number): void {
    if (state.frame.regs[reg]?.kind !== Kind.Scalar) return;
    this.wanted.start(state.frames.length - 1);
    this.wanted.set(reg);
    walk(this.flow, state, this.wanted, this.isGlobal);
  }

  /** The same for a spilled scalar. */
  markSlot(state: State, frame: number, spi: number): void {
    this.wanted.start(state.frames.length - 1);
    this.wanted.setSlot(frame, spi);
    walk(this.flow, state, this.wanted, this.isGlobal);
  }

  /**
   * `old` covers the current state: what is precise there becomes precise on the way here (propagate_precision).
   * @returns a mark was set that was not there
   */
  propagate(old: State, cur: State): boolean {
    const { wanted } = this;
    wanted.start(cur.frames.length - 1);
    let some = false;
    for (let f = 0; f < old.frames.length; f++) {
      const frame = old.frames[f];
      if (frame === undefined) continue;
      for (let regs = frame.preciseRegs; regs !== 0; regs &= regs - 1) {
        const r = lowest(regs);
        if (frame.regs[r]?.kind !== Kind.Scalar) continue;
        wanted.set(r, f);
        some = true;
      }
      if ((frame.preciseLow | frame.preciseHigh) === 0) continue;
      for (let i = 0; i < frame.stack.length; i++) {
        if (!frame.slotPrecise(i) || !isSpill(frame.slot(i))) continue;
        wanted.setSlot(f, i);
        some = true;
      }
    }
    return some && walk(this.flow, cur, wanted, this.isGlobal);
  }
}
