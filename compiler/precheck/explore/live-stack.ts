/**
 * Which stack slots may still be read: per call chain and instruction, collected while paths are walked (kernel/bpf/liveness.c,
 * Linux 6.18). Input: marks of what each instruction reads and certainly writes. Output: slots that are alive at an
 * instruction. Invariants: reads only grow and writes only shrink; answers are complete for states all of whose paths ended.
 * Slots 0 to 31 and 32 to 63 of a frame are two words side by side.
 */
import type { State } from "../state/state.js";
import type { Flow } from "./flow.js";

/** What instructions of one function do to the slots of one frame: two words an instruction. */
class Masks {
  readonly read: Int32Array;
  readonly written: Int32Array;
  /** Written by the instruction or on every way on from it. */
  readonly writtenAfter: Int32Array;
  readonly alive: Int32Array;

  constructor(insns: number) {
    this.read = new Int32Array(2 * insns);
    this.written = new Int32Array(2 * insns);
    this.writtenAfter = new Int32Array(2 * insns);
    this.alive = new Int32Array(2 * insns);
  }
}

/** One function, reached by one chain of calls. */
export class Instance {
  readonly frames: (Masks | undefined)[] = [];
  readonly callees = new Map<number, Instance>();
  /** The instruction was walked before: its writes are intersected from now on. */
  readonly walked: Uint8Array;
  updated = false;
  dropped = false;

  constructor(
    readonly start: number,
    readonly end: number,
    readonly depth: number,
    readonly caller: Instance | undefined,
    readonly callsite: number,
  ) {
    this.walked = new Uint8Array(end - start);
  }

  masks(frame: number): Masks {
    const known = this.frames[frame];
    if (known !== undefined) return known;
    const fresh = new Masks(this.end - this.start);
    while (this.frames.length < frame) this.frames.push(undefined);
    this.frames[frame] = fresh;
    return fresh;
  }

  /** Word `half` of the slots of `frame` that may be read from `insn` on. */
  aliveAt(frame: number, insn: number, half: number): number {
    const masks = this.frames[frame];
    return masks === undefined ? 0 : (masks.alive[2 * (insn - this.start) + half] ?? 0);
  }

  readAt(frame: number, insn: number, half: number, mask: number): void {
    const masks = this.masks(frame);
    const at = 2 * (insn - this.start) + half;
    const before = masks.read[at] ?? 0;
    const now = before | mask;
    if (now === before) return;
    masks.read[at] = now;
    if ((now & ~(masks.alive[at] ?? 0)) !== 0) this.updated = true;
  }

  /** @param low writes per frame, slots 0 to 31; `high` the others */
  commit(insn: number, low: Int32Array, high: Int32Array): void {
    const index = insn - this.start;
    const again = this.walked[index] === 1;
    for (let frame = 0; frame <= this.depth; frame++) {
      const mask = low[frame] ?? 0;
      const upper = high[frame] ?? 0;
      if (mask === 0 && upper === 0 && (!again || this.frames[frame] === undefined)) continue;
      const { written } = this.masks(frame);
      const at = 2 * index;
      const old = written[at] ?? 0;
      const now = again ? mask & old : mask;
      // The kernel keeps the old mask in 32 bits: slots 32 and up stay as first seen until a lower one changes.
      const nowUpper = again ? 0 : upper;
      if (now === old && nowUpper === 0) continue;
      written[at] = now;
      written[at + 1] = nowUpper;
      this.updated = true;
      if ((old & ~now) !== 0) this.dropped = true;
    }
    this.walked[index] = 1;
  }
}

const MAX_FRAMES = 8;

/** Everything collected during one exploration. */
export class LiveStack {
  private readonly roots = new Map<number, Instance>();
  private readonly low = new Int32Array(MAX_FRAMES);
  private readonly high = new Int32Array(MAX_FRAMES);
  private current: Instance | undefined = undefined;

  constructor(
    private readonly flow: Flow,
    private readonly callsCallback: (slot: number) => boolean,
  ) {}

  /** The function that a frame of a state is in, by its chain of calls. */
  instanceOf(state: State, frame: number): Instance {
    const at = state.frames[frame];
    if (at === undefined) throw new RangeError("a frame of the state");
    if (at.instance !== undefined) return at.instance;
    const { start, end } = this.flow.subprograms[at.subprogram] ?? { start: 0, end: 0 };
    const caller = frame === 0 ? undefined : this.instanceOf(state, frame - 1);
    const among = caller === undefined ? this.roots : caller.callees;
    // A call site may call more than one callback.
    const key = caller === undefined ? start : at.callsite * 0x10_0000 + start;
    let found = among.get(key);
    if (found === undefined) {
      found = new Instance(start, end, frame, caller, at.callsite);
      among.set(key, found);
    }
    at.instance = found;
    return found;
  }

  /** Before an instruction that may access the stack. */
  begin(state: State): void {
    this.current = this.instanceOf(state, state.frames.length - 1);
    this.low.fill(0);
    this.high.fill(0);
  }

  read(state: State, frame: number, slot: number, insn: number): void {
    const instance = this.current ?? this.instanceOf(state, state.frames.length - 1);
    instance.readAt(frame, insn, slot >> 5, 1 << (slot & 31));
  }

  /** All eight bytes of the slot are overwritten for certain. */
  write(frame: number, slot: number): void {
    const words = slot < 32 ? this.low : this.high;
    words[frame] = (words[frame] ?? 0) | (1 << (slot & 31));
  }

  /** After an instruction that did not enter another function. */
  end(insn: number): void {
    this.current?.commit(insn, this.low, this.high);
    this.current = undefined;
  }

  /** The next instruction is in another function. */
  leave(): void {
    this.current = undefined;
  }

  /** At the end of a path or function: what was marked reaches the instructions before (bpf_update_live_stack). */
  update(state: State): void {
    this.current = undefined;
    for (let frame = state.frames.length - 1; frame >= 0; frame--) {
      const instance = this.instanceOf(state, frame);
      if (!instance.updated) continue;
      this.propagate(instance);
      instance.updated = false;
      instance.dropped = false;
    }
  }

  private propagate(instance: Instance): void {
    const { start, end, depth, frames } = instance;
    if (instance.dropped) for (const masks of frames) masks?.writtenAfter.fill(0);
    for (const masks of frames) if (masks !== undefined) this.settle(masks, start, end);
    const outer = instance.caller;
    if (outer === undefined) return;
    this.low.fill(0);
    this.high.fill(0);
    for (let frame = 0; frame < depth; frame++) {
      const masks = frames[frame];
      if (masks === undefined) continue;
      this.low[frame] = masks.writtenAfter[0] ?? 0;
      this.high[frame] = masks.writtenAfter[1] ?? 0;
      for (let half = 0; half < 2; half++) {
        const alive = masks.alive[half] ?? 0;
        outer.readAt(frame, instance.callsite, half, alive);
      }
    }
    outer.commit(instance.callsite, this.low, this.high);
  }

  private settle(masks: Masks, start: number, end: number): void {
    const { read, written, writtenAfter, alive } = masks;
    const { first, second } = this.flow;
    for (let changed = true; changed; ) {
      changed = false;
      for (let slot = end - 1; slot >= start; slot--) {
        const a = first[slot] ?? -1;
        if (a < 0) continue;
        const b = second[slot] ?? -1;
        for (let half = 0; half < 2; half++) {
          const at = 2 * (slot - start) + half;
          const atA = 2 * (a - start) + half;
          let after = alive[atA] ?? 0;
          let sure = writtenAfter[atA] ?? 0;
          if (b >= 0) {
            const atB = 2 * (b - start) + half;
            after |= alive[atB] ?? 0;
            sure &= writtenAfter[atB] ?? 0;
          }
          const writes = written[at] ?? 0;
          sure |= writes;
          const before = (after & ~writes) | (read[at] ?? 0);
          if (before !== alive[at] || sure !== writtenAfter[at]) {
            alive[at] = before;
            writtenAfter[at] = sure;
            changed = true;
          }
        }
      }
    }
  }

  /** Word `half` of the slots of `frame` that a stored state's ways on may read (bpf_stack_slot_alive). */
  alive(state: State, frame: number, half: number): number {
    const last = state.frames.length - 1;
    let word = this.instanceOf(state, last).aliveAt(frame, state.insn, half);
    for (let i = frame; i < last; i++) {
      const callsite = state.frames[i + 1]?.callsite ?? 0;
      word |= this.instanceOf(state, i).aliveAt(frame, this.callsCallback(callsite) ? callsite : callsite + 1, half);
    }
    return word;
  }
}
