/** What removing dead code breaks (opt_remove_dead_code, jit_subprogs; kernel/bpf, 6.18). */
import type { Env } from "../env.js";
import { Reason, Rejection } from "../rejection.js";
import { isFuncAddress } from "./flow.js";

/**
 * A function that is named as a callback but never walked is taken out as dead code. Its address is then that of the next
 * function; where there is none, but others remain, loading fails (jit_subprogs).
 */
export function checkCallbacksRemain(env: Env): void {
  const { subprograms, at } = env.flow;
  const lives = subprograms.map(({ start, end }) => env.walked.subarray(start, end).some((times) => times > 0));
  const last = lives.lastIndexOf(true);
  if (last < 1) return;
  for (const insn of at) {
    if (insn === undefined || !isFuncAddress(insn) || env.walked[insn.slot] === 0) continue;
    const start = insn.slot + 1 + insn.imm;
    if (env.walked[start] !== 0) continue;
    // Dead functions one after the other leave their addresses inside of what follows.
    const before = at[start - 1] === undefined ? start - 2 : start - 1;
    if (env.flow.subprogramAt(start) < last && env.walked[before] !== 0) continue;
    throw new Rejection(Reason.Function, `verifier bug: No program to jit at insn ${start}`, insn.slot);
  }
}
