/** Loops that converge: values that changed in a round and are not precise become unknown (widen_imprecise_scalars, 6.18). */
import { sameScalar } from "../domain/scalar.js";
import { Kind, type Reg, UNKNOWN_REG } from "../state/reg.js";
import { isSpill, Slot } from "../state/slot.js";
import type { State } from "../state/state.js";

function changed(before: Reg | undefined, now: Reg | undefined): boolean {
  if (before?.kind !== Kind.Scalar || now?.kind !== Kind.Scalar || before.s === now.s) return false;
  return !sameScalar(before.s, now.s);
}

/** @param before the stored state of the last round */
export function widen(state: State, before: State | undefined): void {
  if (before === undefined) return;
  state.frames.forEach((frame, f) => {
    const past = before.frames[f];
    if (past === undefined) return;
    for (let r = 0; r < 10; r++) {
      if (((past.preciseRegs >> r) & 1) === 0 && changed(past.regs[r], frame.regs[r])) frame.regs[r] = UNKNOWN_REG;
    }
    frame.stack.forEach((slot, i) => {
      if (isSpill(slot) && !past.slotPrecise(i) && changed(past.stack[i]?.spilled, slot.spilled))
        frame.stack[i] = new Slot(slot.types, UNKNOWN_REG);
    });
  });
}
