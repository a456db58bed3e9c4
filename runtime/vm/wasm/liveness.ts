/**
 * Which registers hold values that may still be read. Needed where generated functions know less than the machine does:
 * the kernel's verifier forbids reading what a call leaves in r1 to r5, or r0 and r6 to r9 of a caller, but the
 * interpreter defines it, and both engines must answer alike.
 */
import { HelperId } from "../../facts/helpers/index.js";
import { Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import { ARGUMENTS, effectsOf } from "./effects.js";
import type { Block, Flow } from "./flow.js";

/** A function of the program: entry slot, flow, registers read before they are written. */
export interface Routine {
  readonly entry: number;
  readonly flow: Flow;
  liveIn: number;
  /**
   * Does it make tail calls, or call what does? A target that only the interpreter runs may read what callers left in r0
   * and r6 to r9, so such functions hand those on.
   */
  tails: boolean;
  /** Registers live behind each call, by slot. */
  readonly liveAfter: Map<number, number>;
}

/** How many arguments a helper takes, at most 5. */
export type Arity = (helper: number) => number;

/** r1 to rn. */
function argumentMask(count: number): number {
  return ((1 << (count + 1)) - 1) & ARGUMENTS;
}

function isCall(operation: number): boolean {
  return operation === Op.Call || operation === Internal.CallLocal || operation === Internal.CallKfunc;
}

/** Live registers at a block's begin, from those at its end. */
function through(
  code: Code,
  block: Block,
  end: number,
  routine: Routine,
  entries: ReadonlyMap<number, Routine>,
  arity: Arity,
): number {
  let live = end;
  for (let i = block.slots.length - 1; i >= 0; i--) {
    const slot = block.slots[i] ?? 0;
    const operation = code.words[slot * STRIDE + Word.op] ?? 0;
    if (isCall(operation)) routine.liveAfter.set(slot, live);
    const { reads, writes } = effectsOf(code, slot);
    const helper = operation === Op.Call;
    live = (live & ~writes) | (helper ? argumentMask(arity(code.words[slot * STRIDE + Word.lo] ?? 0)) : reads);
    if (operation === Internal.CallLocal) live |= entries.get(calleeOf(code, slot))?.liveIn ?? 0;
  }
  return live;
}

/** Entry slot of the function that a local call calls. */
export function calleeOf(code: Code, slot: number): number {
  return (code.words[slot * STRIDE + Word.off] ?? 0) / STRIDE;
}

/** bpf_tail_call's helper id. */
export const TAIL_CALL = HelperId.tail_call;

/** Fills in `tails`. */
export function findTails(code: Code, routines: readonly Routine[]): void {
  const entries = new Map(routines.map((routine) => [routine.entry, routine]));
  const tails = (slot: number): boolean => {
    const operation = code.words[slot * STRIDE + Word.op];
    if (operation === Op.Call) return code.words[slot * STRIDE + Word.lo] === TAIL_CALL;
    return operation === Internal.CallLocal && entries.get(calleeOf(code, slot))?.tails === true;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const routine of routines) {
      if (routine.tails || !routine.flow.blocks.some((block) => block.slots.some(tails))) continue;
      routine.tails = true;
      changed = true;
    }
  }
}

/** Fills in `liveIn` and `liveAfter` of all functions: callees may come behind their callers, so until nothing changes. */
export function findLiveness(code: Code, routines: readonly Routine[], arity: Arity): void {
  const entries = new Map(routines.map((routine) => [routine.entry, routine]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const routine of routines) {
      const { blocks } = routine.flow;
      const live = new Int32Array(blocks.length);
      for (let again = true; again; ) {
        again = false;
        for (let i = blocks.length - 1; i >= 0; i--) {
          const block = blocks[i] as Block;
          const end = block.successors.reduce((all, next) => all | (live[next.index] ?? 0), 0);
          const begin = through(code, block, end, routine, entries, arity);
          if (begin === live[i]) continue;
          live[i] = begin;
          again = true;
        }
      }
      if (live[0] === routine.liveIn) continue;
      routine.liveIn = live[0] ?? 0;
      changed = true;
    }
  }
}
