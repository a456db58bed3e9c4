/**
 * What a kernel's ranges follow: later kernels know more of a value, so a program that needs that is refused by earlier ones. Each member
 * is a change of kernel/bpf/verifier.c; which kernel has it stands in tables/since.ts. Input of the domain's functions.
 */
export interface RangeRules {
  /** A sum of which both ends wrap stays one range. */
  readonly wraps: boolean;
  /** Products of negative numbers have a range, and known bits are joined bit by bit. */
  readonly products: boolean;
  /** Signed ranges of and, or, xor follow from the unsigned ones, also of negative operands. */
  readonly signedBits: boolean;
  /** The value of `-x`. */
  readonly negation: boolean;
  /** Known bits move along with swapped bytes. */
  readonly byteSwaps: boolean;
  /** A mask of 0 or -1 is walked with each value. */
  readonly masks: boolean;
  /** An operation that is not followed (division, a shift too far) leaves nothing known, in both widths. */
  readonly forgetsWhole: boolean;
  /** Bits known and different in both operands keep them apart. */
  readonly comparedBits: boolean;
  /** Both operands of a comparison have ranges, and `!=` cuts an end off. */
  readonly comparedRanges: boolean;
  /** The first operand may be the constant. */
  readonly constantFirst: boolean;
}

/** All of it: the newest kernel. */
export const NEWEST_RULES: RangeRules = {
  wraps: true,
  products: true,
  signedBits: true,
  negation: true,
  byteSwaps: true,
  masks: true,
  forgetsWhole: true,
  comparedBits: true,
  comparedRanges: true,
  constantFirst: true,
};
