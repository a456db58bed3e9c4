/**
 * The helpers that the public bpf_conformance suite's vectors may call: the suite defines them by number for machines
 * without a kernel. Only what its vectors use; not the kernel's helpers.
 */

/** Helper 5, "unwind": gives its argument back; the vectors only need that a nonzero result goes on. */
const UNWIND = 5;

export const CONFORMANCE_HELPERS: Readonly<Record<number, (...args: readonly bigint[]) => bigint>> = {
  [UNWIND]: (value = 0n) => value,
};
