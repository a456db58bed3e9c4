/**
 * Lowers one function instance: owns its scope, locals, stack slots and the list of statements being built. Constructs
 * themselves are in statements/ and expressions/.
 */
import type typescript from "typescript";
import type { Code } from "../../diagnostics/catalogue.js";
import type { RelatedSpan, Span } from "../../diagnostics/diagnostic.js";
import { CONTEXTS } from "../../layout/contexts.js";
import { spanOf } from "../../source/span.js";
import { ts } from "../../source/typescript.js";
import {
  assign,
  errorExpr,
  localPlace,
  memory,
  read,
  readLocal,
  retype,
  sequence,
  slotAddress,
  statement,
} from "../make.js";
import type { Expr, HirFunction, Local, Place, ProgramInfo, Slot, Stmt } from "../nodes.js";
import { alignOf, type ContextType, type HirType, INT, pointerTo, sizeOf } from "../types.js";
import { referenceFor } from "./aliases.js";
import { coerce, quoted } from "./convert.js";
import { lowerExpression, lowerPlace } from "./expressions/index.js";
import { Jumps } from "./jumps.js";
import type {
  Binding,
  FunctionNode,
  InlineFrame,
  JumpTargets,
  Lowering,
  ModuleLowering,
  PacketKind,
} from "./lowering.js";
import { lowerStatement } from "./statements/index.js";
import { lowerResult } from "./statements/return.js";
import { memoryOf, storeInto } from "./store.js";
import type { TypeEnv } from "./types.js";

interface Bounds {
  readonly context: Local;
  readonly data: Local;
  readonly end: Local;
  readonly span: Span;
}

const hasPacket = (type: HirType): type is ContextType =>
  (type.kind === "context" || type.kind === "packet") && type.context !== "tracepoint";

export class FunctionLowering implements Lowering {
  readonly jumps: JumpTargets = new Jumps();
  readonly params: Local[] = [];
  changesPacket = false;
  /** The struct that a getter or method is called on. */
  self: Local | undefined;
  frame: InlineFrame | undefined;
  private readonly inlined = new Set<FunctionNode>();
  private readonly locals: Local[] = [];
  private readonly slots: Slot[] = [];
  private readonly bindings = new Map<typescript.Symbol, Binding>();
  private statements: Stmt[] = [];
  private temporaries: Slot[] = [];
  private bounds: Bounds | undefined;
  /** Of variables that began as undefined: whether they refer to packet memory. */
  private readonly inPacket = new Map<Local, boolean>();
  /** The end of the packet as a parameter, in functions that have packet memory and no context. */
  hiddenEnd: Local | undefined;
  /** Whether the references that it returns are packet memory; undefined before the first. */
  returnsPacket: boolean | undefined;

  constructor(
    readonly module: ModuleLowering,
    public env: TypeEnv,
    readonly returns: HirType,
    readonly packetKind: PacketKind,
  ) {}

  /** Declares a parameter; its name is bound by the caller. */
  parameter(name: string, type: HirType): Local {
    const local = this.local(name, type);
    this.params.push(local);
    return local;
  }

  /**
   * Builds the body. The packet's bounds are loaded once at entry when there is a context to load them from.
   * @param names the parameters' names, in order: a reference whose memory the body assigns is copied at entry
   */
  body(block: typescript.ConciseBody, names: readonly typescript.ParameterDeclaration[] = []): readonly Stmt[] {
    const context = this.params.find((p) => hasPacket(p.type));
    return this.collect(() => {
      if (context) {
        const bytes = pointerTo(INT.u8);
        const span = spanOf(block);
        this.bounds = { context, data: this.local("packet.data", bytes), end: this.local("packet.end", bytes), span };
        this.loadBounds(this.bounds, span);
      }
      for (const { name } of names) if (ts.isIdentifier(name)) this.keepValue(name);
      if (ts.isBlock(block)) for (const s of block.statements) this.lower(s);
      else lowerResult(this, block, spanOf(block));
    });
  }

  private keepValue(name: typescript.Identifier): void {
    const symbol = this.module.checker.getSymbolAtLocation(name);
    const binding = symbol && this.lookup(symbol);
    if (!symbol || binding?.kind !== "local") return;
    const given = readLocal(binding.local, spanOf(name));
    const value = referenceFor(this, name, given, undefined);
    if (value !== given) this.bind(symbol, { kind: "value", value });
  }

  finish(
    name: string,
    body: readonly Stmt[],
    span: Span,
    inline: HirFunction["inline"],
    program?: ProgramInfo,
  ): HirFunction {
    const { params, returns, locals, slots } = this;
    return { name, params, returns, locals, slots, body, span, inline, ...(program ? { program } : {}) };
  }

  expression(node: typescript.Expression, want?: HirType): Expr {
    return lowerExpression(this, node, want);
  }

  value(node: typescript.Expression, type: HirType, what: string): Expr {
    return coerce(this, this.expression(node, type), type, node, what);
  }

  place(node: typescript.Expression): Place | undefined {
    return lowerPlace(this, node);
  }

  memoryOf(node: typescript.Expression, type: HirType): Expr {
    return memoryOf(this, node, type);
  }

  storeInto(address: Expr, type: HirType, node: typescript.Expression, fresh: boolean): void {
    storeInto(this, address, type, node, fresh);
  }

  scoped(span: Span, build: () => Expr): Expr {
    const outer = this.temporaries;
    this.temporaries = [];
    let value: Expr = errorExpr(span);
    const before = this.collect(() => {
      value = build();
    });
    const mine = this.temporaries;
    this.temporaries = outer;
    if (before.length === 0 && mine.length === 0) return value;
    const ends = mine.map((slot): Stmt => ({ kind: "lifetime", slot, at: "end", span }));
    if (value.type.kind === "void")
      return sequence([...before, statement(value), ...ends], { kind: "const", value: 0n, type: value.type, span });
    if (ends.length === 0) return sequence(before, value);
    const result = this.local("result", value.type);
    return sequence([...before, statement(assign(localPlace(result), value, span)), ...ends], readLocal(result, span));
  }

  isInlining(node: FunctionNode): boolean {
    return this.inlined.has(node);
  }

  inline(frame: InlineFrame, env: TypeEnv, build: () => void): void {
    const [outer, outerEnv] = [this.frame, this.env];
    this.frame = frame;
    this.env = env;
    this.inlined.add(frame.node);
    build();
    this.inlined.delete(frame.node);
    this.env = outerEnv;
    this.frame = outer;
  }

  lower(node: typescript.Statement): void {
    lowerStatement(this, node);
  }

  collect(build: () => void): readonly Stmt[] {
    const outer = this.statements;
    const mine: Stmt[] = [];
    this.statements = mine;
    try {
      build();
    } finally {
      this.statements = outer;
    }
    return mine;
  }

  emit(stmt: Stmt): void {
    this.statements.push(stmt);
  }

  local(name: string, type: HirType, below?: bigint): Local {
    const id = this.locals.length;
    const local: Local = { kind: "local", id, name, type, ...(below === undefined ? {} : { below }) };
    this.locals.push(local);
    return local;
  }

  slot(name: string, type: HirType, named: boolean, span: Span): Slot {
    // Eight-byte alignment lets copies and zeroing use whole words; the verifier wants stack accesses aligned.
    const slot: Slot = {
      kind: "slot",
      id: this.slots.length,
      name,
      size: sizeOf(type),
      align: Math.max(8, alignOf(type)),
      named,
      span,
    };
    this.slots.push(slot);
    if (!named) this.temporaries.push(slot);
    this.emit({ kind: "lifetime", slot, at: "start", span });
    return slot;
  }

  bind(symbol: typescript.Symbol, binding: Binding): void {
    this.bindings.set(symbol, binding);
  }

  lookup(symbol: typescript.Symbol): Binding | undefined {
    return this.bindings.get(symbol);
  }

  packetBounds(context: Expr, span: Span): { readonly data: Expr; readonly end: Expr } {
    const own = this.bounds;
    if (own && context.kind === "read" && context.place.kind === "local" && context.place.local === own.context)
      return { data: readLocal(own.data, span), end: readLocal(own.end, span) };
    return { data: this.loadBound(context, "data", span), end: this.loadBound(context, "dataEnd", span) };
  }

  packetEnd(span: Span): Expr {
    if (this.bounds) return readLocal(this.bounds.end, span);
    this.hiddenEnd ??= this.parameter("packet.end", pointerTo(INT.u8));
    return readLocal(this.hiddenEnd, span);
  }

  refersTo(local: Local, value: Expr): boolean {
    if (local.type.kind !== "pointer" || value.type.kind !== "pointer" || value.kind === "null") return true;
    const inPacket = value.type.packet === true;
    const known = local.type.packet ?? this.inPacket.get(local);
    if (known === undefined) this.inPacket.set(local, inPacket);
    return known === undefined || known === inPacket;
  }

  typeOfLocal(local: Local): HirType {
    return local.type.kind === "pointer" && this.inPacket.get(local) ? { ...local.type, packet: true } : local.type;
  }

  returned(value: Expr, node: typescript.Node): void {
    if (value.type.kind !== "pointer" || value.kind === "null") return;
    const inPacket = value.type.packet === true;
    if (this.returnsPacket === undefined) this.returnsPacket = inPacket;
    else if (this.returnsPacket !== inPacket)
      this.error(
        "EB2011",
        node,
        `${quoted(node)} is ${inPacket ? "" : "not "}packet memory, what is returned elsewhere is ${inPacket ? "not" : ""}`.trimEnd(),
      );
  }

  contextParameter(): Expr | undefined {
    return this.bounds && readLocal(this.bounds.context, this.bounds.span);
  }

  packetMoved(span: Span): void {
    this.changesPacket = true;
    if (this.bounds) this.loadBounds(this.bounds, span);
  }

  private loadBounds(bounds: Bounds, span: Span): void {
    const context = readLocal(bounds.context, span);
    this.emit(statement(assign(localPlace(bounds.data), this.loadBound(context, "data", span), span)));
    this.emit(statement(assign(localPlace(bounds.end), this.loadBound(context, "dataEnd", span), span)));
  }

  private loadBound(context: Expr, which: "data" | "dataEnd", span: Span): Expr {
    const kind = hasPacket(context.type) || context.type.kind === "cursor" ? context.type.context : "xdp";
    const layout = CONTEXTS[kind === "skb" ? "skb" : "xdp"];
    const value = read(memory(retype(context, pointerTo(INT.u8)), layout[which], pointerTo(INT.u8), "context"), span);
    return { kind: "present", value, type: value.type, span };
  }

  typeOf(node: typescript.Node): HirType {
    return this.resolve(this.module.checker.getTypeAtLocation(node), node);
  }

  resolve(type: typescript.Type, node: typescript.Node): HirType {
    return this.module.types.resolve(type, spanOf(node), this.env);
  }

  resolveQuietly(type: typescript.Type): HirType | undefined {
    return this.module.types.quietly(type, this.env);
  }

  error(code: Code, node: typescript.Node, message: string, more?: { help?: string; related?: RelatedSpan[] }): Expr {
    const span = spanOf(node);
    this.module.diagnostics.report(code, span, message, more);
    return errorExpr(span);
  }

  /** The address of a slot as a pointer to `type`. */
  addressOfSlot(slot: Slot, type: HirType): Expr {
    return slotAddress(slot, type, slot.span);
  }
}
