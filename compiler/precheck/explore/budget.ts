/** What one program may take. Input: time and memory used so far. Beyond it the verdict is "undecided", never a guess. */
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";

export interface Budget {
  /** Milliseconds. */
  readonly ms: number;
  /** Bytes of heap, of the whole process. */
  readonly bytes: number;
}

/** Instructions between two looks at time and memory: the question costs a millisecond. */
export const BUDGET_STRIDE = 0x1_0000;

/** A minute and 2 GiB: the kernel's own million instructions take a second or two here. */
export const BUDGET: Budget = { ms: 60_000, bytes: 2 ** 31 };

/** @throws Rejection `EB5099` when the budget is used up */
export function checkBudget(env: Env): void {
  const { budget } = env;
  if (budget === undefined) return;
  const cost = `after ${env.cost.processed} instructions`;
  if (performance.now() > budget.until) reject(Reason.Unsupported, `undecided: budget: the time is used up ${cost}`);
  if (process.memoryUsage().heapUsed > budget.bytes) {
    reject(Reason.Unsupported, `undecided: budget: the memory is used up ${cost}`);
  }
}
