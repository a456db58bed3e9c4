/** What refuses a program besides the verifier's rules: type information that does not fit, the JIT, faults of the verifier. */
import { Reason } from "../../rejection.js";
import { type MessageRule, plain } from "./rule.js";

const MATCH = {
  c: "Build the object again with one compiler and linker of matching version, name every function and parameter, and load it with a current libbpf; stripping or merging objects with `ld -r` breaks it.",
  typescript: "Build the object again, and load it with a current libbpf.",
};
const KERNEL_FAULT =
  "That is a fault of the kernel: update it, or write the comparison differently (another order, a wider type); the program need not be wrong.";

// biome-ignore format: a table
export const REFUSED: readonly MessageRule[] = [
  { pattern: /REG INVARIANTS VIOLATION(?: \((\w+)\))?/, reason: Reason.Outside, tell: plain("the kernel's verifier contradicts itself about a register (REG INVARIANTS VIOLATION): a value that it takes for possible has no number left.", KERNEL_FAULT) },
  { pattern: /verifier bug|verifier internal error/i, reason: Reason.Outside, tell: plain("the kernel's verifier met a state that it takes for impossible.", KERNEL_FAULT) },
  { pattern: /number of funcs in func_info doesn't match number of subprogs/, reason: Reason.Outside, tell: plain("the object's function information names another number of functions than the program has.", MATCH) },
  { pattern: /func_info BTF section doesn't match subprog layout|same (?:insn_off|offset).*func_info|func_info.*(?:invalid|mismatch)|(?:invalid|nonzero) .*func_info|Invalid type_id in func_info|invalid insn_off/, reason: Reason.Outside, tell: plain("the object's function information does not fit its instructions.", MATCH) },
  { pattern: /line_info\[?\d*\]?.*|Invalid line_info|missing bpf_line_info/, reason: Reason.Outside, tell: plain("the object's line information does not fit its instructions.", MATCH) },
  { pattern: /exception table|\bextable\b|ex gen bug/i, reason: Reason.Outside, tell: plain("the JIT's table of loads that may fault does not fit the program: it was accepted, and refused when it was compiled.", "That is a fault of the kernel's JIT: update the kernel, or use fewer direct reads of kernel memory (probe reads instead).") },
];

/** What loaders print where the verifier accepted, or never ran. */
export interface Outcome {
  readonly pattern: RegExp;
  /** Whether the verifier must have come to its end without a reason. */
  readonly reason: Reason;
  readonly sentence: string;
  readonly remedy: string | Readonly<Record<"c" | "typescript", string>>;
}

// biome-ignore format: a table
export const OUTCOMES: readonly Outcome[] = [
  { pattern: /\bE2BIG\b|Argument list too long|failed to load: -7\b|\berrno[ =:]*7\b|\berr(?:or)?[ =:]*-7\b/, reason: Reason.Complexity,
    sentence: "the kernel refused the program for its size (E2BIG): more instructions than it takes, or more than 64 maps.",
    remedy: { c: "Inline and unroll less, or split the program with tail calls; without privileges the limit is 4,096 instructions.", typescript: "Unroll less, or split the program with `tail`; without privileges the limit is 4,096 instructions." } },
  { pattern: /\bENOTSUPP\b|error 524|error \(524\)|-524\b|errno[ =:]*524/, reason: Reason.Outside,
    sentence: "the kernel refused the program after the verifier (error 524, ENOTSUPP): its JIT cannot compile it, and the interpreter is switched off or cannot run it either.",
    remedy: { c: "Look into dmesg; enable the JIT (net.core.bpf_jit_enable=1), raise net.core.bpf_jit_limit, make the program smaller, or leave out what this processor's JIT lacks (calls of kernel functions, atomics, tail calls in functions).", typescript: "Look into dmesg; enable the JIT (net.core.bpf_jit_enable=1), raise net.core.bpf_jit_limit, make the program smaller, or build for an older instruction set (`--cpu v2`)." } },
];
