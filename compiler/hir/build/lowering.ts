/**
 * What handlers of constructs see while a function is lowered: the narrow waist between one-file-per-construct lowering
 * and the builders that own state.
 */
import type typescript from "typescript";
import type { Code } from "../../diagnostics/catalogue.js";
import type { Diagnostics, RelatedSpan, Span } from "../../diagnostics/diagnostic.js";
import type { Expr, HirGlobal, HirMap, Local, Place, Slot, Stmt } from "../nodes.js";
import type { HirType } from "../types.js";
import type { TypeEnv, TypeResolver } from "./types.js";

/** What a name stands for inside a function. */
export type Binding =
  | { readonly kind: "local"; readonly local: Local }
  /** A reference that may be absent, and whether it is there: the pointer itself is never null. */
  | { readonly kind: "optional"; readonly pointer: Local; readonly present: Local }
  /** A parameter that a map, a struct class or a function was given for. */
  | { readonly kind: "map"; readonly map: HirMap }
  | { readonly kind: "class"; readonly type: HirType }
  | { readonly kind: "function"; readonly value: FunctionValue }
  /** A value that needs no storage: a constant, a parameter alias, a struct's stack memory. */
  | { readonly kind: "value"; readonly value: Expr };

/** A function ready to be called. */
export interface Callable {
  readonly name: string;
  readonly params: readonly Local[];
  readonly returns: HirType;
  /** Whether it, or what it calls, may move packet data. */
  readonly changesPacket: boolean;
  /** Takes the end of the packet as its last parameter, which no source names. */
  readonly takesPacketEnd: boolean;
}

/** What a function is lowered for. */
export interface Use {
  readonly env: TypeEnv;
  readonly call: typescript.Node;
  readonly packet: PacketKind;
  /** What the arguments are, `this` first. */
  readonly args: readonly HirType[];
}

/** Whose packets `Packet` and `Cursor` parameters are: functions are instantiated per kind of context. */
export type PacketKind = "xdp" | "skb";

export interface ModuleLowering {
  readonly checker: typescript.TypeChecker;
  readonly types: TypeResolver;
  readonly diagnostics: Diagnostics;
  readonly cpu: 1 | 2 | 3 | 4;
  isStdlib(node: typescript.Node): boolean;
  /** The map that a symbol declares. */
  map(symbol: typescript.Symbol): HirMap | undefined;
  /** The value of a constant scalar: `const LIMIT = 4`, `static readonly PORT: u16 = 22`. */
  constant(symbol: typescript.Symbol, span: Span): Expr | undefined;
  /** A map by its ELF symbol. */
  mapByName(name: string): HirMap | undefined;
  /** What a function returns, as a value. */
  resultOf(declaration: FunctionNode, env: TypeEnv): HirType;
  /** The global that a symbol declares. */
  global(symbol: typescript.Symbol): HirGlobal | undefined;
  /** Whether a symbol is a map or global whose declaration was already reported. */
  isBroken(symbol: typescript.Symbol): boolean;
  /** Types of a function's parameters, `this` left out. */
  parameters(declaration: FunctionNode, env: TypeEnv, packet: PacketKind): readonly HirType[];
  /** Lowers a function once for one set of type arguments and of arguments' memory. Undefined after a diagnostic. */
  instantiate(declaration: FunctionNode, use: Use): Callable | undefined;
  /** The slot of a program in the tail-call table, or undefined when the symbol is no program of this file. */
  tailSlot(symbol: typescript.Symbol): { readonly map: string; readonly slot: number } | undefined;
  /** Read-only bytes in the object; equal bytes share a symbol. */
  literal(bytes: Uint8Array, span: Span): Expr;
}

/** Declarations with a body that compile to a function. */
export type FunctionNode =
  | typescript.FunctionDeclaration
  | typescript.MethodDeclaration
  | typescript.GetAccessorDeclaration
  | typescript.ArrowFunction
  | typescript.FunctionExpression;

/** A function as an argument: its code, and what its type parameters were where it stands. */
export interface FunctionValue {
  readonly node: FunctionNode;
  readonly env: TypeEnv;
}

/** A call that is lowered in place of itself: where its `return` leads to. */
export interface InlineFrame {
  readonly node: FunctionNode;
  readonly returns: HirType;
  readonly result: Local | undefined;
  /** Set where the result may be undefined: whether it is there. */
  readonly present?: Local;
  readonly label: number;
}

export interface Lowering {
  readonly module: ModuleLowering;
  readonly env: TypeEnv;
  readonly returns: HirType;
  /** The innermost call that is lowered in place. */
  readonly frame: InlineFrame | undefined;
  /** Whether a function is being lowered in place. */
  isInlining(node: FunctionNode): boolean;
  /** Lowers in place of a call. */
  inline(frame: InlineFrame, env: TypeEnv, build: () => void): void;
  readonly packetKind: PacketKind;
  /** What `this` is in a getter or method of a struct. */
  readonly self: Local | undefined;
  /** Lowers an expression; `want` is the type of the place that it will meet, where there is one. */
  expression(node: typescript.Expression, want?: HirType): Expr;
  /** Lowers an expression and converts it to `type`. */
  value(node: typescript.Expression, type: HirType, what: string): Expr;
  /** A place to assign to; undefined after a diagnostic. */
  place(node: typescript.Expression): Place | undefined;
  /** An address that holds the value of `node` as a `type`: its own place, or a temporary. */
  memoryOf(node: typescript.Expression, type: HirType): Expr;
  /** Statements that store the value of `node` into memory of `type`. */
  storeInto(address: Expr, type: HirType, node: typescript.Expression, fresh: boolean): void;
  /** Runs `build` and ends the temporaries that it made right after its value is there. */
  scoped(span: Span, build: () => Expr): Expr;
  lower(node: typescript.Statement): void;
  /** Collects the statements that `build` emits. */
  collect(build: () => void): readonly Stmt[];
  emit(statement: Stmt): void;
  local(name: string, type: HirType, below?: bigint): Local;
  /** Stack memory. */
  slot(name: string, type: HirType, named: boolean, span: Span): Slot;
  bind(symbol: typescript.Symbol, binding: Binding): void;
  lookup(symbol: typescript.Symbol): Binding | undefined;
  /** The cached start and end of the packet behind a context expression. */
  packetBounds(context: Expr, span: Span): { readonly data: Expr; readonly end: Expr };
  /** The end of the packet that pointers of this function point into. */
  packetEnd(span: Span): Expr;
  /** Notes what memory a variable refers to with its first value; false when it already refers to another kind. */
  refersTo(local: Local, value: Expr): boolean;
  /** The type of a variable, with the memory that it was found to refer to. */
  typeOfLocal(local: Local): HirType;
  /** To be called for every value that the function returns. */
  returned(value: Expr, node: typescript.Node): void;
  /** The function's own context parameter, whose packet bounds are cached. */
  contextParameter(): Expr | undefined;
  /** To be called after what may move the packet: reloads the cached bounds. */
  packetMoved(span: Span): void;
  /** Labels of enclosing loops and switches. */
  readonly jumps: JumpTargets;
  typeOf(node: typescript.Node): HirType;
  /** The machine type, without a diagnostic where there is none. */
  resolveQuietly(type: typescript.Type): HirType | undefined;
  resolve(type: typescript.Type, node: typescript.Node): HirType;
  error(code: Code, node: typescript.Node, message: string, more?: { help?: string; related?: RelatedSpan[] }): Expr;
}

export interface JumpTarget {
  readonly label: number;
  readonly name: string | undefined;
  readonly isLoop: boolean;
  /** A labelled block: only a labelled break leaves it. */
  readonly onlyNamed?: boolean;
}

/** The stack of places that `break` and `continue` lead to. */
export interface JumpTargets {
  next(): number;
  within(target: JumpTarget, build: () => void): void;
  find(kind: "break" | "continue", name: string | undefined): JumpTarget | undefined;
}
