/** What the machine allows, as the kernel does. */

/** may_goto's budget per function call (kernel: BPF_MAX_LOOPS). */
export const MAY_GOTO_BUDGET = 8 * 1024 * 1024;
/** Tail calls of one run (kernel: MAX_TAIL_CALL_CNT). */
export const MAX_TAIL_CALLS = 33;
