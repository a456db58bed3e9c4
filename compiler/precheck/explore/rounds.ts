/** Rounds of open-coded iterators, as pruning asks: which iterator, still active, how many begun (6.18). */
import { Kind } from "../state/reg.js";
import { Byte, byteType, type Slot } from "../state/slot.js";
import type { State } from "../state/state.js";

/** `off` of an iterator's record that may give more elements. */
export const ACTIVE = 1;
export const isIter = (slot: Slot): boolean => byteType(slot, 7) === Byte.Iter;

/** Is the iterator that r1 points to still active? Then a state that covers this one closes the loop. */
export function iteratorActive(state: State): boolean {
  const reg = state.frame.regs[1];
  if (reg?.kind !== Kind.Stack || !reg.s.isConst) return false;
  const off = reg.off + Number(BigInt.asIntN(64, reg.s.bits.v));
  return state.frames[reg.extra]?.slot(-off / 8 - 1).spilled?.off === ACTIVE;
}

/** Rounds of some iterator differ: the same state again is not the same loop (iter_active_depths_differ). */
export function roundsDiffer(old: State, cur: State): boolean {
  return old.frames.some((frame, f) =>
    frame.stack.some((slot, i) => {
      const before = slot.spilled;
      if (!isIter(slot) || before === undefined || before.off !== ACTIVE) return false;
      return cur.frames[f]?.slot(i).spilled?.uid !== before.uid;
    }),
  );
}
