/**
 * The typed tree between TypeScript and LLVM IR. Widths, conversions, null tests, bounds checks and byte orders are
 * explicit; nothing of TypeScript is left but the spans.
 *
 * Register values: integers are 64 bits wide, extended as their type says; booleans are one bit; the rest are pointers.
 */
import type { Span } from "../diagnostics/diagnostic.js";
import type { ContextType, HirType, IntType } from "./types.js";

export interface Local {
  readonly kind: "local";
  readonly id: number;
  readonly name: string;
  readonly type: HirType;
  /** Counts from a constant to less than this: the verifier walks each round with the number itself. */
  readonly below?: bigint;
}

/** Stack memory of a struct, an array, or a scalar whose address a helper takes. */
export interface Slot {
  readonly kind: "slot";
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** Named by the user: lives as long as the function. Temporaries end with their statement. */
  readonly named: boolean;
  readonly span: Span;
}

export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "udiv"
  | "sdiv"
  | "urem"
  | "srem"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "lshr"
  | "ashr";
export type Predicate = "eq" | "ne" | "ult" | "ule" | "ugt" | "uge" | "slt" | "sle" | "sgt" | "sge";
export type AtomicOp = "add" | "and" | "or" | "xor" | "xchg" | "cmpxchg";

/** Where a value is kept. */
export type Place =
  | { readonly kind: "local"; readonly local: Local; readonly type: HirType }
  | {
      readonly kind: "memory";
      readonly base: Expr;
      /** Constant bytes added to the base. */
      readonly offset: number;
      readonly type: HirType;
      /** "context": through the context pointer, which only constant offsets may reach. */
      readonly access: "plain" | "context" | "constant";
      /** Natural alignment may be assumed up to this many bytes. */
      readonly align: number;
    };

interface Node {
  readonly type: HirType;
  readonly span: Span;
}

export type Expr = Node &
  (
    | { readonly kind: "const"; readonly value: bigint }
    | { readonly kind: "null" }
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "read"; readonly place: Place }
    | { readonly kind: "assign"; readonly place: Place; readonly value: Expr }
    | { readonly kind: "binary"; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr }
    | { readonly kind: "compare"; readonly predicate: Predicate; readonly left: Expr; readonly right: Expr }
    | { readonly kind: "not"; readonly value: Expr }
    | { readonly kind: "logical"; readonly op: "and" | "or"; readonly left: Expr; readonly right: Expr }
    | {
        readonly kind: "conditional";
        readonly test: Expr;
        readonly whenTrue: Expr;
        readonly whenFalse: Expr;
        /** The end of an optional chain: undefined where the test fails. */
        readonly optional?: boolean;
      }
    /** Truncates to `to` and extends again; from bool: 0 or 1. */
    | { readonly kind: "convert"; readonly to: IntType; readonly value: Expr }
    | { readonly kind: "bswap"; readonly bits: 16 | 32 | 64; readonly value: Expr }
    /**
     * Pointer plus constant or computed bytes. `within`: where the result is used it stays inside what the pointer points
     * into, so it is never null. `barrier`: one value for the bounds check and the accesses behind it.
     */
    | {
        readonly kind: "advance";
        readonly pointer: Expr;
        readonly bytes: Expr;
        readonly barrier?: boolean;
        readonly within?: boolean;
      }
    /** A pointer that the kernel never makes null: spares tests that LLVM could not fold. */
    | { readonly kind: "present"; readonly value: Expr }
    | { readonly kind: "difference"; readonly left: Expr; readonly right: Expr }
    /**
     * A register value whose origin LLVM does not see, so that it keeps the test of this very register that the verifier
     * needs. `atMost`: LLVM may look through where the verifier knows such a bound from the instructions themselves.
     */
    | { readonly kind: "opaque"; readonly value: Expr; readonly atMost?: bigint }
    /** Zero, which neither LLVM nor the verifier knows, by way of 8 bytes of stack. */
    | { readonly kind: "unknown"; readonly slot: Slot }
    /** `value`, of which neither LLVM nor the verifier knows anything from here on; `zero` is an unknown one. */
    | { readonly kind: "forgotten"; readonly value: Expr; readonly zero: Expr }
    /** Whether LLVM finds a value to be constant, when loops are unrolled. */
    | { readonly kind: "constant"; readonly value: Expr }
    /** Whether `value`, which was made of `origin`, is less than `length`: no test where the verifier knows it already. */
    | { readonly kind: "fits"; readonly value: Expr; readonly origin: Expr; readonly length: number }
    | { readonly kind: "slot"; readonly slot: Slot }
    | { readonly kind: "global"; readonly name: string }
    | { readonly kind: "context" }
    | { readonly kind: "call"; readonly callee: string; readonly args: readonly Expr[] }
    | { readonly kind: "helper"; readonly helper: number; readonly name: string; readonly args: readonly Expr[] }
    | {
        readonly kind: "atomic";
        readonly op: AtomicOp;
        readonly place: Place;
        readonly value: Expr;
        readonly expected?: Expr;
        readonly fetch: boolean;
      }
    | { readonly kind: "sequence"; readonly body: readonly Stmt[]; readonly value: Expr }
  );

export type ExprOf<K extends Expr["kind"]> = Extract<Expr, { kind: K }>;

export type Stmt = { readonly span: Span } & (
  | { readonly kind: "expr"; readonly value: Expr }
  | { readonly kind: "if"; readonly test: Expr; readonly then: readonly Stmt[]; readonly otherwise: readonly Stmt[] }
  | {
      readonly kind: "loop";
      readonly label: number;
      /** Tested before each round unless `testAfter`. */
      readonly test?: Expr;
      readonly testAfter: boolean;
      readonly body: readonly Stmt[];
      readonly update: readonly Stmt[];
    }
  | { readonly kind: "block"; readonly label: number; readonly body: readonly Stmt[] }
  | {
      readonly kind: "switch";
      readonly label: number;
      readonly value: Expr;
      readonly clauses: readonly {
        readonly values: readonly bigint[];
        readonly isDefault: boolean;
        readonly body: readonly Stmt[];
      }[];
    }
  | { readonly kind: "break"; readonly label: number }
  | { readonly kind: "continue"; readonly label: number }
  | { readonly kind: "return"; readonly value?: Expr }
  /** The slot's memory holds nothing before "start" and after "end": temporaries share stack. */
  | { readonly kind: "lifetime"; readonly slot: Slot; readonly at: "start" | "end" }
  /** Zeroes memory. */
  | { readonly kind: "zero"; readonly address: Expr; readonly size: number; readonly align: number }
  /** Copies memory that does not overlap. */
  | { readonly kind: "copy"; readonly to: Expr; readonly from: Expr; readonly size: number; readonly align: number }
  /** Copies literal bytes. */
  | { readonly kind: "fill"; readonly address: Expr; readonly bytes: Uint8Array }
);

/** How a function reaches the kernel. */
export interface ProgramInfo {
  readonly kind: "xdp" | "tc" | "tracepoint";
  /** ELF section, as libbpf names it. */
  readonly section: string;
  /** "ingress"/"egress", or "category/name". */
  readonly attach?: string;
  readonly className: string;
  readonly methodName: string;
  readonly context: ContextType;
  /** Bytes of the context struct for the debug info. */
  readonly contextStruct: string;
}

export interface HirFunction {
  /** ELF symbol. */
  readonly name: string;
  readonly params: readonly Local[];
  readonly returns: HirType;
  readonly locals: readonly Local[];
  readonly slots: readonly Slot[];
  readonly body: readonly Stmt[];
  readonly span: Span;
  /** "always": stdlib code, which takes the caller's line. "never": a global function, verified on its own. */
  readonly inline: "always" | "free" | "never";
  readonly program?: ProgramInfo;
}

export interface HirMap {
  readonly name: string;
  readonly className: string | undefined;
  readonly fieldName: string;
  /** TypeScript class name: "HashMap", "RingBuf"… */
  readonly typeName: string;
  /** BPF_MAP_TYPE_*. */
  readonly mapType: number;
  readonly key?: HirType;
  readonly value?: HirType;
  readonly maxEntries: number;
  readonly flags: number;
  readonly pinning: boolean;
  readonly numaNode?: number;
  readonly mapExtra?: bigint;
  /** What a ring buffer's records are. */
  readonly record?: HirType;
  readonly span: Span;
}

/** The program array behind `tail()`: one slot per target, filled by the loader from the object. */
export interface HirTailTable {
  readonly name: string;
  /** Symbols of the programs, by slot. */
  readonly targets: readonly string[];
}

export interface HirGlobal {
  readonly name: string;
  readonly className: string | undefined;
  readonly fieldName: string;
  readonly type: HirType;
  /** "config": read through volatile loads, set before load. */
  readonly storage: "config" | "rodata" | "data" | "bss";
  readonly bytes: Uint8Array;
  readonly span: Span;
}

export interface HirModule {
  readonly file: string;
  readonly license: string;
  readonly functions: readonly HirFunction[];
  readonly maps: readonly HirMap[];
  readonly globals: readonly HirGlobal[];
  readonly tails?: HirTailTable;
}
