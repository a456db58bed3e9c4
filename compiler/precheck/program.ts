/** What the pre-check is given: instructions with maps in place, and what the loader knows of them. */
import type { Btf } from "../../runtime/btf/index.js";
import type { Instruction } from "../../runtime/isa/index.js";
import type { Field } from "./fields.js";

/** A map, as far as rules ask. */
export interface MapFacts {
  readonly name: string;
  /** enum bpf_map_type */
  readonly type: number;
  /** Bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Content of a frozen, read-only map; loads from it are constants. */
  readonly frozen?: Uint8Array | undefined;
  /** Parts of `frozen` that are constant but not known here. */
  readonly unknown?: readonly (readonly [from: number, to: number])[];
  readonly inner?: MapFacts | undefined;
  /** Sizes are not known: keySize and valueSize are the most a pointer may reach, arguments are asked one byte only. */
  readonly sizesUnknown?: boolean;
  /** Offsets in the value of struct bpf_spin_lock and bpf_timer, from its BTF. */
  readonly spinLock?: number | undefined;
  readonly timer?: number | undefined;
  /** All special members of the value, from its BTF. */
  readonly fields?: readonly Field[];
}

/** A function that BTF describes. */
export interface FunctionFacts {
  readonly start: number;
  readonly name: string;
  readonly global: boolean;
  /** What each argument is known to be, for global functions. */
  readonly args: readonly ArgumentFacts[];
  /** A global one must (btf_prepare_func_args). */
  readonly returnsScalar: boolean;
}
export type ArgumentFacts =
  | { readonly kind: "scalar" }
  | { readonly kind: "ctx" }
  | { readonly kind: "dynptr" }
  | { readonly kind: "arena" }
  /** A kernel struct by name. */
  | { readonly kind: "trusted"; readonly struct: string; readonly nullable: boolean }
  /** Read by loads that may fault; undefined for plain memory. */
  | { readonly kind: "untrusted"; readonly struct: string | undefined }
  | { readonly kind: "mem"; readonly size: number; readonly nonnull: boolean };

/** One program to judge. */
export interface Subject {
  /** enum bpf_prog_type */
  readonly type: number;
  readonly attachType: number;
  readonly insns: readonly Instruction[];
  /** What `imm` of a 64-bit load with src 1 or 2 counts. */
  readonly maps: readonly MapFacts[];
  readonly gpl: boolean;
  readonly sleepable: boolean;
  readonly functions: readonly FunctionFacts[];
  /** The program may have BTF of which `functions` tells nothing. */
  readonly functionsUnknown?: boolean;
  /** Name of the kernel function that a call refers to, by slot. */
  readonly kfuncs?: ReadonlyMap<number, string>;
  /** First slot of the function that handles exceptions (`exception_callback:` tag). */
  readonly exceptionCallback?: number | undefined;
  /** How many functions the program names for it; more than one is a mistake. */
  readonly exceptionTags?: number;
  /** Slots of calls to weak kernel functions: where the kernel lacks one, libbpf puts a call that fails. */
  readonly weakCalls?: ReadonlySet<number>;
  /** The kernel finds addresses of variables by name (CONFIG_KALLSYMS_ALL); absent where that is not known. */
  readonly findsVariables?: boolean | undefined;
  /** Kernel variable that a 64-bit load refers to, by slot. */
  readonly variables?: ReadonlyMap<number, KernelVariable>;
  /** What the section names: tracepoint, function, hook, iterator ("sched_switch"). */
  readonly target?: string | undefined;
  /** Version to predict as {@link versionNumber} has it; the newest that is known when absent. */
  readonly version?: number;
  /** The object's own types. */
  readonly btf?: Btf | undefined;
  /** The kernel's types, read when first needed. */
  readonly kernel?: (() => Btf | undefined) | undefined;
}

/** An extern variable of the kernel (__ksym). */
export interface KernelVariable {
  readonly name: string;
  readonly weak: boolean;
  /** Declared void: only its address is of use. */
  readonly untyped: boolean;
}

/** What needs which kernel. */
export interface Needs {
  readonly kernel: string;
  readonly what: string;
}

/** What exploring it cost; also of accepted programs. */
export interface Cost {
  /** Instructions walked, the kernel's "processed"; limit 1,000,000. */
  processed: number;
  /** States stored. */
  states: number;
  /** Bytes of stack of the deepest call chain. */
  stackBytes: number;
  /** The latest kernel that anything needs which was walked: helpers, kernel functions, context fields, instructions. */
  needs?: Needs | undefined;
}
