/**
 * Emits one function: allocas for locals and slots at its entry (LLVM's mem2reg makes registers of them), then the body.
 * Owns blocks, value names and the current source line. Invariant: every block ends in exactly one terminator, and no
 * block ends in `unreachable`, for which the BPF back end emits nothing at all.
 */
import { InternalCompilerError, type Span } from "../diagnostics/diagnostic.js";
import type { Expr, HirFunction, Local, Slot, Stmt } from "../hir/nodes.js";
import type { HirType } from "../hir/types.js";
import type { ModuleEmitter } from "./module.js";
import { globalName } from "./text.js";

/** The register type of a value. */
export function registerType(type: HirType): "i64" | "i1" | "ptr" | "void" {
  switch (type.kind) {
    case "bool":
      return "i1";
    case "void":
      return "void";
    case "pointer":
    case "context":
    case "packet":
    case "cursor":
    case "struct":
    case "array":
      return "ptr";
    case "error":
      throw new InternalCompilerError("llvm", "an erroneous expression reached the back end");
    default:
      return "i64";
  }
}

export interface LoopLabels {
  readonly onBreak: string;
  readonly onContinue: string | undefined;
}

/** Expressions hold statements (inlined calls) and statements expressions: both are handed in, so that no cycle arises. */
export interface Lowering {
  expression(out: FunctionEmitter, e: Expr): string;
  statements(out: FunctionEmitter, body: readonly Stmt[]): void;
}

export class FunctionEmitter {
  private readonly lines: string[] = [];
  private values = 0;
  private blocks = 0;
  private terminated = false;
  private scope: string | undefined;
  private location = "";
  /** The block being filled. */
  current = "entry";
  readonly jumps = new Map<number, LoopLabels>();

  constructor(
    readonly module: ModuleEmitter,
    readonly fn: HirFunction,
    private readonly lower: Lowering,
  ) {}

  /** Emits an expression: its register's name, or a constant. */
  expression(e: Expr): string {
    return this.lower.expression(this, e);
  }

  statements(body: readonly Stmt[]): void {
    this.lower.statements(this, body);
  }

  /** The function's definition. */
  emit(): string {
    const { fn, module } = this;
    this.scope = fn.inline === "always" ? undefined : module.subprogram(fn);
    this.at(fn.span);
    this.lines.push("entry:");
    for (const local of fn.locals) this.raw(`${localName(local)} = alloca ${registerType(local.type)}`);
    for (const slot of fn.slots) this.raw(`${slotName(slot)} = alloca [${slot.size} x i8], align ${slot.align}`);
    fn.params.forEach((p, i) => {
      this.raw(`store ${registerType(p.type)} %a${i}, ptr ${localName(p)}`);
    });
    this.statements(fn.body);
    if (!this.terminated) this.returnValue(undefined);
    const params = fn.params.map((p, i) => `${registerType(p.type)} %a${i}`).join(", ");
    const linkage = fn.inline === "never" ? "dso_local" : "internal";
    const kind = fn.program ? "dso_local i32" : `${linkage} ${registerType(fn.returns)}`;
    const section = fn.program ? ` section "${fn.program.section}"` : "";
    const inline = module.inlined.has(fn.name) ? "always" : fn.inline;
    const attributes = { always: "#1", free: "#0", never: "#2" }[inline];
    const debug = this.scope ? ` !dbg ${this.scope}` : "";
    return `define ${kind} ${globalName(fn.name)}(${params}) ${attributes}${section}${debug} {\n${this.lines.join("\n")}\n}`;
  }

  /** Makes `span` the line of what follows; functions without debug info take their caller's. */
  at(span: Span): void {
    if (!this.scope || span.line === 0) return;
    this.location = `, !dbg ${this.module.location(this.scope, this.fn, span)}`;
  }

  /** Runs `build` on the line of `span` and goes back to the line before. */
  on<T>(span: Span, build: () => T): T {
    const before = this.location;
    this.at(span);
    const result = build();
    this.location = before;
    return result;
  }

  private raw(text: string): void {
    this.lines.push(`  ${text}`);
  }

  /** An instruction without a result. */
  line(text: string): void {
    if (this.terminated) this.startBlock(this.label());
    this.raw(`${text}${this.location}`);
  }

  /** An instruction with one: returns its name. */
  value(text: string): string {
    const name = `%v${this.values++}`;
    this.line(`${name} = ${text}`);
    return name;
  }

  label(): string {
    return `b${this.blocks++}`;
  }

  startBlock(label: string): void {
    if (!this.terminated) this.branch(label);
    this.lines.push(`${label}:`);
    this.current = label;
    this.terminated = false;
  }

  branch(label: string): void {
    if (this.terminated) return;
    this.raw(`br label %${label}${this.location}`);
    this.terminated = true;
  }

  branchIf(test: string, whenTrue: string, whenFalse: string): void {
    this.line(`br i1 ${test}, label %${whenTrue}, label %${whenFalse}`);
    this.terminated = true;
  }

  terminate(text: string): void {
    this.line(text);
    this.terminated = true;
  }

  /** `ret`; programs return 32 bits, tracepoints always 0. */
  returnValue(value: string | undefined): void {
    const { fn } = this;
    if (fn.program) {
      if (value === undefined) this.line("ret i32 0");
      else this.line(`ret i32 ${this.value(`trunc i64 ${value} to i32`)}`);
    } else {
      const type = registerType(fn.returns);
      if (type === "void") this.line("ret void");
      else this.line(`ret ${type} ${value ?? (type === "ptr" ? "null" : type === "i1" ? "false" : "0")}`);
    }
    this.terminated = true;
  }
}

export const localName = (local: Local): string => `%l${local.id}`;
export const slotName = (slot: Slot): string => `%s${slot.id}`;
