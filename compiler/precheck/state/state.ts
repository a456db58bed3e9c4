/**
 * What is known at one instruction of one path: frames, references, locks. Frames are copied when a state is; registers
 * and slots are shared. Precision marks are bit sets beside the registers because they are set later, in states that
 * were stored (struct bpf_verifier_state).
 */
import type { Instance } from "../explore/live-stack.js";
import type { Visit } from "../explore/loops.js";
import type { Reg } from "./reg.js";
import { NO_REG } from "./reg.js";
import { EMPTY_SLOT, type Slot } from "./slot.js";

/** Stack slots of one frame: 512 bytes. */
export const MAX_SLOTS = 64;

export class Frame {
  /** Bits of registers that must compare exactly. */
  preciseRegs = 0;
  /** The same for slots 0 to 31 and 32 to 63. */
  preciseLow = 0;
  preciseHigh = 0;
  /** Return range of a callback, or undefined. */
  callback: number | undefined = undefined;
  callbackDepth = 0;
  asyncEntry = 0;
  /** Slots that a cleaned frame had before its empty end was cut off. */
  allocated = 0;
  /** Where marks of stack accesses are collected; resolved at the first one. */
  instance: Instance | undefined = undefined;

  declare readonly callsite: number;
  declare readonly number: number;
  declare readonly subprogram: number;
  declare readonly regs: Reg[];
  /** Slot 0 is fp-8. */
  declare readonly stack: Slot[];

  constructor(callsite: number, number: number, subprogram: number, regs: Reg[], stack: Slot[]) {
    this.callsite = callsite;
    this.number = number;
    this.subprogram = subprogram;
    this.regs = regs;
    this.stack = stack;
  }

  copy(): Frame {
    const frame = new Frame(this.callsite, this.number, this.subprogram, this.regs.slice(), this.stack.slice());
    frame.preciseRegs = this.preciseRegs;
    frame.preciseLow = this.preciseLow;
    frame.preciseHigh = this.preciseHigh;
    frame.callback = this.callback;
    frame.callbackDepth = this.callbackDepth;
    frame.asyncEntry = this.asyncEntry;
    frame.instance = this.instance;
    return frame;
  }

  slot(index: number): Slot {
    return this.stack[index] ?? EMPTY_SLOT;
  }

  /** Writes a slot, growing the stack that is in use. */
  setSlot(index: number, slot: Slot): void {
    while (this.stack.length <= index) this.stack.push(EMPTY_SLOT);
    this.stack[index] = slot;
  }

  slotPrecise(index: number): boolean {
    return index < 32 ? ((this.preciseLow >>> index) & 1) === 1 : ((this.preciseHigh >>> (index - 32)) & 1) === 1;
  }

  setSlotPrecise(index: number): void {
    if (index < 32) this.preciseLow |= 1 << index;
    else this.preciseHigh |= 1 << (index - 32);
  }

  clearSlotPrecise(index: number): void {
    if (index < 32) this.preciseLow &= ~(1 << index);
    else this.preciseHigh &= ~(1 << (index - 32));
  }

  forgetPrecision(): void {
    this.preciseRegs = 0;
    this.preciseLow = 0;
    this.preciseHigh = 0;
  }
}

export function newFrame(callsite: number, number: number, subprogram: number): Frame {
  return new Frame(callsite, number, subprogram, new Array<Reg>(11).fill(NO_REG), []);
}

/** enum ref_state_type: what is held. */
export const Held = { Pointer: 0, Irq: 1, Lock: 2, ResLock: 3, ResLockIrq: 4 } as const;

/** Something that must be given back; RCU and preemption sections are counted apart. */
export interface Reference {
  /** Id of the object; of a lock, of the pointer to it. */
  readonly id: number;
  /** Slot that acquired it. */
  readonly insn: number;
  /** {@link Held}; a pointer when absent. */
  readonly held?: number;
  /** Of a lock: the map or BTF that it lies in. */
  readonly place?: number;
}

/** How the path came to an instruction: needed to walk it backwards for precision (struct bpf_jmp_history_entry). */
export interface Step {
  readonly insn: number;
  readonly previous: number;
  /** Stack slot that the instruction accesses through a pointer, else -1. */
  spi: number;
  frame: number;
  /** Registers and slots linked by scalar id at a conditional jump. */
  linked: readonly Linked[] | undefined;
  /** Earlier steps are shared between states. */
  readonly before: Step | undefined;
  /** Steps up to and with this one. */
  readonly count: number;
}

export interface Linked {
  readonly frame: number;
  /** Register, or slot + 16. */
  readonly at: number;
}

export class State {
  refs: readonly Reference[] = [];
  /** Locks that are held; which, `refs` tells. */
  lock = 0;
  rcu = 0;
  preempt = 0;
  /** Id of the innermost saved IRQ flag, 0 outside. */
  irq = 0;
  sleepable = false;
  parent: State | undefined = undefined;
  /** Paths that are still open below it. */
  branches = 1;
  insn = 0;
  firstInsn = 0;
  lastInsn = 0;
  /** The last step since the parent state. */
  history: Step | undefined = undefined;
  callbackUnroll = 0;
  mayGotoDepth = 0;
  depth = 0;
  cleaned = false;
  /** The loop that a stored state is in. */
  visit: Visit | undefined = undefined;
  hits = 0;
  misses = 0;
  /** Of a finished state: the precise register that told another one apart from it last; r10, no scalar, until then. */
  hint = 10;
  /** Bounds of its low half: what lies outside is told apart. */
  hintLeast = 0;
  hintMost = 0;

  /** Outermost first; changed by {@link call}, {@link leave} and {@link restart} only. */
  readonly frames: Frame[];

  /** @param frame the innermost one */
  constructor(public frame: Frame) {
    this.frames = [frame];
  }

  /** A function is entered. */
  call(frame: Frame): void {
    this.frames.push(frame);
    this.frame = frame;
  }

  /** The innermost function returns to its caller. */
  leave(): void {
    this.frames.pop();
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) throw new RangeError("a state has at least one frame");
    this.frame = frame;
  }

  /** One frame takes the place of all. */
  restart(frame: Frame): void {
    this.frames.length = 0;
    this.call(frame);
  }

  copy(): State {
    const { frames } = this;
    const state = new State((frames[0] ?? this.frame).copy());
    for (let f = 1; f < frames.length; f++) {
      const frame = frames[f];
      if (frame !== undefined) state.call(frame.copy());
    }
    state.refs = this.refs;
    state.lock = this.lock;
    state.rcu = this.rcu;
    state.preempt = this.preempt;
    state.irq = this.irq;
    state.sleepable = this.sleepable;
    state.parent = this.parent;
    state.insn = this.insn;
    state.firstInsn = this.firstInsn;
    state.lastInsn = this.lastInsn;
    state.history = this.history;
    state.callbackUnroll = this.callbackUnroll;
    state.mayGotoDepth = this.mayGotoDepth;
    state.depth = this.depth;
    return state;
  }
}
