/**
 * Which kernel brought what: the one comparison of versions, and one list of rules with the source of each. Read by the kernel floor of
 * builds, `--kernel`, the pre-check and doctor. Imports nothing. Helpers, map types, program types and sections, kernel functions and
 * context fields have their kernel in their own tables here.
 */

/** Kernels of which the pre-check knows the rules; the walk is the last one's, less what RULES dates later than the one asked for. */
export const KERNELS = ["5.15", "6.1", "6.6", "6.12", "6.18"] as const;
export type Kernel = (typeof KERNELS)[number];
export const NEWEST: Kernel = "6.18";

/** "6.1" -> 6001, "6.18.44" -> 6018: versions in order. */
export function versionNumber(text: string): number {
  const [major = 0, minor = 0] = text.replace(/^v/, "").split(".").map(Number.parseFloat);
  return major * 1000 + minor;
}

/** Whether kernel `a` came before `b`. @example older("6.1", "6.12") // true */
export const older = (a: string, b: string): boolean => versionNumber(a) < versionNumber(b);

/** The later of both. */
export const later = (a: string, b: string): string => (older(a, b) ? b : a);

export interface Rule {
  /** First kernel. */
  readonly since: string;
  /** What it is, to be read after "needs Linux 5.3 for". */
  readonly what: string;
  /** Where the fact is from. */
  readonly source: string;
}

const rule = (since: string, what: string, source: string): Rule => ({ since, what, source });

// biome-ignore format: a table
/** What programs use, and what the verifier knows. */
export const RULES = {
  // What a program uses.
  calls: rule("4.16", "functions", "kernel/bpf/verifier.c, check_subprogs"),
  dataSections: rule("5.2", "global data", "BPF_PSEUDO_MAP_VALUE"),
  loops: rule("5.3", "loops", "kernel/bpf/verifier.c, 2589726d12a1 (bounded loops)"),
  globalFunctions: rule("5.6", "global functions", "kernel/bpf/btf.c, btf_prepare_func_args; BTF_FUNC_GLOBAL"),
  globalMemory: rule("5.12", "pointers as arguments of global functions", "kernel/bpf/btf.c, PTR_TO_MEM arguments"),
  argumentTags: rule("6.8", "argument tags of global functions", "kernel/bpf/btf.c, btf_prepare_func_args (arg:nonnull, arg:ctx)"),
  callbacks: rule("5.13", "callbacks", "BPF_PSEUDO_FUNC, bpf_for_each_map_elem"),
  tailCallsInFunctions: rule("5.10", "tail calls beside functions", "kernel/bpf/verifier.c, check_max_stack_depth; x86-64"),
  kernelFunctions: rule("5.13", "kernel functions", "BPF_PSEUDO_KFUNC_CALL"),
  kernelVariables: rule("5.10", "kernel variables", "BPF_PSEUDO_BTF_ID"),
  jumps32: rule("5.1", "instruction set v3 (32-bit jumps)", "BPF_JMP32"),
  jumpsLess: rule("4.14", "instruction set v2 (jumps if less)", "BPF_JLT"),
  cpuV4: rule("6.6", "instruction set v4", "BPF_MEMSX, BPF_MOVSX, gotol, signed division"),
  atomics: rule("5.12", "atomic operations with a result", "BPF_FETCH, BPF_CMPXCHG"),
  signedDivision: rule("6.6", "signed division", "kernel/bpf/verifier.c, check_alu_op"),
  signedMoves: rule("6.6", "sign-extending moves", "kernel/bpf/verifier.c, check_alu_op"),
  signedLoads: rule("6.6", "sign-extending loads", "BPF_MEMSX"),
  byteSwap: rule("6.6", "unconditional byte swaps", "BPF_ALU64 | BPF_END"),
  farJumps: rule("6.6", "far jumps", "BPF_JMP32 | BPF_JA"),
  mayGoto: rule("6.9", "may_goto", "BPF_JCOND"),
  addressSpaces: rule("6.9", "casts between address spaces", "BPF_ADDR_SPACE_CAST"),
  ordered: rule("6.15", "load-acquire and store-release", "BPF_LOAD_ACQ, BPF_STORE_REL"),
  // What the walk follows.
  storedConstants: rule("6.3", "Constants that are stored to the stack are known when they are loaded", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  anySpill: rule("6.9", "A number of which nothing is known stays the same in its slot, and a part of a slot can be loaded", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  linkedHalves: rule("6.5", "A 32-bit move of a number below 2^32 makes a copy that learns with the original", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  linkedSums: rule("6.11", "`r1 = r2; r1 += 8` learns with r2", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  linkedSums32: rule("6.18", "linkedSums32", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  uninitialisedStack: rule("6.1", "Privileged programs may read stack that nothing wrote (6.3; 6.1.y has it, measured on 6.1.192)", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  hookReturns: rule("6.12", "LSM programs return 0 or an error number", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  privateStack: rule("6.13", "kprobe and raw tracepoint programs have a stack of their own, so only each frame is limited", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  globalCallsMovePacket: rule("6.12", "A global function that moves the packet makes its caller's packet pointers numbers (6.13; 6.12.y has it)", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  tailCallMovesPacket: rule("6.12", "A tail call makes packet pointers numbers where it stands (6.13; 6.12.y has it), until 6.18", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  tailCallReturns: rule("6.18", "A tail call out of a function goes on in its caller too, where packet pointers are numbers then (6.19; 6.18.y has it)", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  helperReadsKeepStack: rule("6.14", "What a helper only reads keeps its spilled registers", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  sleepingHelpersEverywhere: rule("6.17", "Helpers that read user memory are for all programs; whether they may sleep there is asked at the call", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  castToVoid: rule("6.17", "bpf_rdonly_cast to void", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  certainLookup: rule("6.16", "A lookup in an array with a constant key below its size cannot fail", "kernel/bpf/verifier.c; measured on 6.1.192, 6.12.117, 6.18.44"),
  // What ranges follow.
  wraps: rule("6.17", "a sum of which both ends wrap stays one range", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  products: rule("6.14", "products of negative numbers have a range; multiplication joins known bits", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  signedBits: rule("6.12", "signed ranges of and, or, xor of negative operands", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  negation: rule("6.18", "the value of -x", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  byteSwaps: rule("6.18", "known bits move along with swapped bytes", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  masks: rule("6.12", "a mask of 0 or -1 is walked with each value (backported to 6.12.y)", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  forgetsWhole: rule("6.12", "an operation that is not followed leaves nothing known, in both widths", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  comparedBits: rule("6.18", "known bits that differ keep operands apart", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  comparedRanges: rule("6.8", "both operands of a comparison have ranges", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
  constantFirst: rule("6.5", "the first operand of a comparison may be the constant", "kernel/bpf/verifier.c; test/guest/oracle.ts"),
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof RULES;
