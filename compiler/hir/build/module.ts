/**
 * Builds the HIR of one file: finds programs, maps and globals in its classes, and lowers what the programs reach, each
 * function once per set of type arguments. Input: a type-checked program that the subset checker accepted.
 */
import type typescript from "typescript";
import type { Diagnostics, Span } from "../../diagnostics/diagnostic.js";
import type { SourceProgram } from "../../source/program.js";
import { spanOf } from "../../source/span.js";
import { constantText, hasDecorator, stdlibName } from "../../source/symbols.js";
import { ts } from "../../source/typescript.js";
import type { Expr, HirFunction, HirGlobal, HirMap, HirModule } from "../nodes.js";
import {
  ERROR,
  type HirType,
  hasLayout,
  INT,
  isCompileTime,
  isScalar,
  pointerTo,
  sizeOf,
  typeKey,
  typeName,
  VOID,
} from "../types.js";
import { constantValue, writeConstant } from "./constant.js";
import {
  asValue,
  isGlobalDeclaration,
  isPartOfConstant,
  isReadonly,
  moduleName,
  nameOf,
  placed,
  placeKey,
} from "./declarations.js";
import { returnsFrame } from "./frame-escape.js";
import { FunctionLowering } from "./function.js";
import type { Callable, FunctionNode, ModuleLowering, PacketKind, Use } from "./lowering.js";
import { mapFrom } from "./map-declaration.js";
import { MAP_KINDS } from "./map-kinds.js";
import { type Handler, handlerOf, programVariable } from "./programs.js";
import { type TypeEnv, TypeResolver } from "./types.js";

export interface BuildOptions {
  readonly cpu: 1 | 2 | 3 | 4;
}

/** The HIR of `file`, complete only when no error was reported. */
export function buildModule(
  source: SourceProgram,
  file: typescript.SourceFile,
  diagnostics: Diagnostics,
  options: BuildOptions,
): HirModule {
  return new ModuleBuilder(source, diagnostics, options).build(file);
}

const MAX_ARGUMENTS = 5;
const TAIL_TABLE = "tail_calls";

class ModuleBuilder implements ModuleLowering {
  readonly checker: typescript.TypeChecker;
  readonly types: TypeResolver;
  readonly cpu: 1 | 2 | 3 | 4;
  private readonly functions: HirFunction[] = [];
  private readonly maps = new Map<typescript.Symbol, HirMap | undefined>();
  private readonly globals = new Map<typescript.Symbol, HirGlobal | undefined>();
  private readonly literals = new Map<string, HirGlobal>();
  private readonly instances = new Map<string, Callable | undefined>();
  private readonly active = new Set<string>();
  private readonly names = new Map<string, Span>();
  private readonly ids = new Map<FunctionNode, number>();
  /** Handlers by method symbol, with the ELF name each will have. */
  private readonly programNames = new Map<typescript.Symbol, string>();
  private readonly tails: string[] = [];

  constructor(
    private readonly source: SourceProgram,
    readonly diagnostics: Diagnostics,
    options: BuildOptions,
  ) {
    this.checker = source.checker;
    this.cpu = options.cpu;
    this.types = new TypeResolver(source.checker, diagnostics, source.isStdlib);
  }

  isStdlib(node: typescript.Node): boolean {
    return this.source.isStdlib(node);
  }

  build(file: typescript.SourceFile): HirModule {
    const handlers = this.declarations(file);
    for (const { name, info } of handlers) {
      const symbol = this.checker.getSymbolAtLocation(name);
      if (symbol) this.programNames.set(symbol, this.unique(info.methodName, info.className, spanOf(name)));
    }
    for (const handler of handlers) this.program(handler);
    if (handlers.length === 0 && this.diagnostics.errors === 0)
      this.diagnostics.report("EB3002", undefined, `${file.fileName.replace(/^.*\//, "")} declares no program`);
    return {
      file: file.fileName,
      license: this.license(file),
      functions: this.functions,
      maps: [...this.maps.values()].filter((m) => m !== undefined),
      globals: [...this.globals.values(), ...this.literals.values()].filter((g) => g !== undefined),
      ...(this.tails.length > 0 ? { tails: { name: TAIL_TABLE, targets: this.tails } } : {}),
    };
  }

  /** Declares every map and config of the file's classes, used or not, and collects its handlers. */
  private declarations(file: typescript.SourceFile): Handler[] {
    const handlers: Handler[] = [];
    const className = moduleName(file.fileName);
    for (const statement of file.statements) {
      if (ts.isVariableStatement(statement)) {
        for (const declaration of statement.declarationList.declarations) {
          const handler = programVariable(this, declaration, className);
          if (handler) handlers.push(handler);
          const symbol = this.checker.getSymbolAtLocation(declaration.name);
          if (symbol && this.isMapDeclaration(declaration)) this.map(symbol);
        }
      }
      if (!ts.isClassDeclaration(statement)) continue;
      for (const member of statement.members) {
        if (ts.isMethodDeclaration(member)) {
          const handler = handlerOf(this, statement, member);
          if (handler) handlers.push(handler);
        }
        const symbol = member.name && this.checker.getSymbolAtLocation(member.name);
        if (!symbol || !ts.isPropertyDeclaration(member)) continue;
        if (this.isMapDeclaration(member)) this.map(symbol);
        else if (hasDecorator(this, member, "config")) this.global(symbol);
      }
    }
    return handlers;
  }

  private license(file: typescript.SourceFile): string {
    for (const statement of file.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name) || name.text !== "LICENSE") continue;
        const text = initializer && constantText(this, initializer);
        if (text !== undefined) return text;
        this.diagnostics.report(
          "EB2012",
          spanOf(initializer ?? name),
          "LICENSE is not a text that is known when the object is built",
        );
      }
    }
    return "GPL";
  }

  private isMapDeclaration(
    node: typescript.Node,
  ): node is typescript.PropertyDeclaration & { initializer: typescript.NewExpression } {
    if (!(ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node))) return false;
    const made = node.initializer;
    return made !== undefined && ts.isNewExpression(made) && this.mapClass(made) !== undefined;
  }

  private mapClass(node: typescript.NewExpression): string | undefined {
    const name = stdlibName(this, node.expression);
    return name !== undefined && Object.hasOwn(MAP_KINDS, name) ? name : undefined;
  }

  map(symbol: typescript.Symbol): HirMap | undefined {
    if (this.maps.has(symbol)) return this.maps.get(symbol);
    const declaration = symbol.valueDeclaration;
    if (!declaration || !this.isMapDeclaration(declaration)) return undefined;
    const made = declaration.initializer;
    const typeClass = this.mapClass(made);
    const place = this.memberNames(symbol, declaration);
    const map = typeClass && place ? mapFrom(this, made, typeClass, place) : undefined;
    this.maps.set(symbol, map);
    return map;
  }

  mapByName(name: string): HirMap | undefined {
    return [...this.maps.values()].find((m) => m?.name === name);
  }

  resultOf(declaration: FunctionNode, env: TypeEnv): HirType {
    return asValue(this.returnType(declaration, env));
  }

  isBroken(symbol: typescript.Symbol): boolean {
    return (this.maps.has(symbol) && !this.maps.get(symbol)) || (this.globals.has(symbol) && !this.globals.get(symbol));
  }

  /** ELF symbol and origin of a static field or module variable. */
  private memberNames(symbol: typescript.Symbol, declaration: typescript.Declaration) {
    const { parent } = declaration;
    const className = ts.isClassDeclaration(parent) ? parent.name?.text : undefined;
    const name = this.unique(symbol.name, className, spanOf(declaration));
    return { name, className, fieldName: symbol.name };
  }

  /** A symbol for a name; the class goes in front where the bare name is taken. */
  private unique(name: string, className: string | undefined, span: Span): string {
    const candidates = className ? [name, `${className}_${name}`] : [name];
    for (const candidate of candidates) {
      if (this.names.has(candidate) || candidate === "LICENSE" || candidate === "license") continue;
      this.names.set(candidate, span);
      return candidate;
    }
    const taken = candidates.at(-1) ?? name;
    const first = this.names.get(taken);
    this.diagnostics.report(
      "EB3005",
      span,
      `the object already has a symbol named ${taken}`,
      first ? { related: [{ message: "first used here", span: first }] } : {},
    );
    return taken;
  }

  global(symbol: typescript.Symbol): HirGlobal | undefined {
    if (this.globals.has(symbol)) return this.globals.get(symbol);
    const declaration = symbol.valueDeclaration;
    if (!declaration || !isGlobalDeclaration(declaration) || this.isMapDeclaration(declaration)) return undefined;
    if (this.isStdlib(declaration)) return undefined;
    const global = this.makeGlobal(symbol, declaration);
    this.globals.set(symbol, global);
    return global;
  }

  constant(symbol: typescript.Symbol, span: Span): Expr | undefined {
    const declaration = symbol.valueDeclaration;
    if (declaration && ts.isPropertyAssignment(declaration)) return this.constantProperty(declaration, span);
    if (!declaration || !isGlobalDeclaration(declaration) || !isReadonly(declaration) || !declaration.initializer)
      return undefined;
    const value = constantValue(this, declaration.initializer);
    if (value === undefined || (ts.isPropertyDeclaration(declaration) && hasDecorator(this, declaration, "config")))
      return undefined;
    const type = this.types.resolve(this.checker.getTypeAtLocation(declaration.name), span);
    if (!isScalar(type) || type.kind === "pointer") return undefined;
    if (type.kind !== "int") return { kind: "const", value, type, span };
    const bytes = new Uint8Array(8);
    if (!writeConstant(this, type, declaration.initializer, bytes, 0))
      return { kind: "const", value: 0n, type: ERROR, span };
    const raw = new DataView(bytes.buffer).getBigUint64(0, true);
    return { kind: "const", value: type.signed ? BigInt.asIntN(type.bits, raw) : raw, type, span };
  }

  /** `LIMITS.min`, of `const LIMITS = { min: 20 }`. */
  private constantProperty(declaration: typescript.PropertyAssignment, span: Span): Expr | undefined {
    if (!isPartOfConstant(declaration)) return undefined;
    const value = constantValue(this, declaration.initializer);
    if (value === undefined) return undefined;
    const type = this.types.quietly(this.checker.getTypeAtLocation(declaration.initializer));
    return type && isScalar(type) && type.kind !== "pointer" ? { kind: "const", value, type, span } : undefined;
  }

  private makeGlobal(
    symbol: typescript.Symbol,
    node: typescript.PropertyDeclaration | typescript.VariableDeclaration,
  ): HirGlobal | undefined {
    const span = spanOf(node);
    const type = this.globalType(node);
    if (type.kind === "error") return undefined;
    if (!hasLayout(type)) {
      this.diagnostics.report(
        "EB2001",
        span,
        `${symbol.name} has type ${typeName(type)}, which has no fixed size; annotate it`,
      );
      return undefined;
    }
    const bytes = new Uint8Array(sizeOf(type));
    if (node.initializer && !writeConstant(this, type, node.initializer, bytes, 0)) return undefined;
    const isConfig = ts.isPropertyDeclaration(node) && hasDecorator(this, node, "config");
    const storage = isConfig ? "config" : isReadonly(node) ? "rodata" : bytes.every((b) => b === 0) ? "bss" : "data";
    return { ...this.memberNames(symbol, node), type, storage, bytes, span };
  }

  /** An unannotated constant array takes the narrowest integer that holds its elements. */
  private globalType(node: typescript.PropertyDeclaration | typescript.VariableDeclaration): HirType {
    const span = spanOf(node);
    let made = node.initializer;
    while (made && (ts.isAsExpression(made) || ts.isSatisfiesExpression(made))) made = made.expression;
    if (!node.type && made && ts.isArrayLiteralExpression(made)) {
      const values = made.elements.map((e) => constantValue(this, e));
      if (values.length > 0 && values.every((v) => v !== undefined)) {
        const [low, high] = [values.reduce((a, b) => (a < b ? a : b)), values.reduce((a, b) => (a > b ? a : b))];
        const wide = made.elements.some((e) => ts.isBigIntLiteral(e));
        const order = wide
          ? (["u64", "i64"] as const)
          : low < 0n
            ? (["i8", "i16", "i32", "i64"] as const)
            : (["u8", "u16", "u32", "u64"] as const);
        const fits = order
          .map((n) => INT[n])
          .find((t) =>
            t.signed
              ? low >= -(1n << BigInt(t.bits - 1)) && high < 1n << BigInt(t.bits - 1)
              : low >= 0n && high < 1n << BigInt(t.bits),
          );
        if (fits) return { kind: "array", element: fits, length: values.length, flavour: "array" };
      }
    }
    const type = this.types.resolve(this.checker.getTypeAtLocation(node.name), span);
    if (type.kind === "number") return INT.i64;
    if (type.kind === "bigint") return INT.u64;
    return type;
  }

  tailSlot(symbol: typescript.Symbol): { readonly map: string; readonly slot: number } | undefined {
    const name = this.programNames.get(symbol);
    if (name === undefined) return undefined;
    if (!this.tails.includes(name)) this.tails.push(name);
    return { map: TAIL_TABLE, slot: this.tails.indexOf(name) };
  }

  literal(bytes: Uint8Array, span: Span): Expr {
    const text = Buffer.from(bytes).toString("latin1");
    const known = this.literals.get(text);
    const name = known?.name ?? `.text.${this.literals.size}`;
    const type: HirType = { kind: "array", element: INT.i8, length: bytes.length, flavour: "chars" };
    if (!known)
      this.literals.set(text, { name, className: undefined, fieldName: name, type, storage: "rodata", bytes, span });
    return { kind: "global", name, type: pointerTo(type), span };
  }

  private program({ info, method, name, context }: Handler): void {
    const type: HirType = info.kind === "tracepoint" ? INT.i32 : this.handlerResult(method);
    if (type.kind === "error" || !method.body) return;
    const result = info.kind === "tracepoint" ? VOID : type;
    const fn = new FunctionLowering(this, new Map(), result, info.kind === "tc" ? "skb" : "xdp");
    this.bindParameter(fn, method.parameters[0], context);
    const body = fn.body(method.body);
    const symbol = this.checker.getSymbolAtLocation(name);
    const elfName = (symbol && this.programNames.get(symbol)) ?? info.methodName;
    this.functions.push(fn.finish(elfName, body, spanOf(method), "free", info));
  }

  /** A method says its result; the function of `program.xdp(...)` has that of the type it is checked against. */
  private handlerResult(method: Handler["method"]): HirType {
    if (ts.isMethodDeclaration(method)) return this.returnType(method);
    const [signature] = this.checker.getContextualType(method)?.getCallSignatures() ?? [];
    return signature ? this.types.resolve(this.checker.getReturnTypeOfSignature(signature), spanOf(method)) : ERROR;
  }

  private bindParameter(fn: FunctionLowering, node: typescript.ParameterDeclaration | undefined, type: HirType): void {
    const local = fn.parameter(node?.name.getText() ?? "ctx", type);
    const symbol = node && this.checker.getSymbolAtLocation(node.name);
    if (symbol) fn.bind(symbol, { kind: "local", local });
  }

  private returnType(node: FunctionNode, env: TypeEnv = new Map()): HirType {
    const signature = this.checker.getSignatureFromDeclaration(node);
    return signature
      ? this.types.resolve(
          this.checker.getReturnTypeOfSignature(signature),
          spanOf(node.type ?? node.name ?? node),
          env,
        )
      : ERROR;
  }

  parameters(declaration: FunctionNode, env: TypeEnv, packet: PacketKind): readonly HirType[] {
    return declaration.parameters.map((parameter) => {
      // A function: whoever takes one is lowered where it is called.
      if (this.checker.getTypeAtLocation(parameter.name).getCallSignatures().length > 0) return VOID;
      const type = asValue(this.types.resolve(this.checker.getTypeAtLocation(parameter.name), spanOf(parameter), env));
      return type.kind === "packet" || type.kind === "cursor" ? { ...type, context: packet } : type;
    });
  }

  instantiate(declaration: FunctionNode, use: Use): Callable | undefined {
    const { env, call, packet } = use;
    const id = this.ids.get(declaration) ?? this.ids.size;
    this.ids.set(declaration, id);
    const key = `${id}<${[...env.values()].map(typeKey).join(",")}>${declaration.parameters.length > 0 ? packet : ""}${this.isGlobal(declaration) ? "" : use.args.map(placeKey).join()}`;
    if (this.instances.has(key)) return this.instances.get(key);
    const name = nameOf(declaration);
    if (this.active.has(key)) {
      this.diagnostics.report("EB1018", spanOf(call), `${name} calls itself`);
      return undefined;
    }
    this.active.add(key);
    const made = this.lowerFunction(declaration, use, name);
    this.active.delete(key);
    this.instances.set(key, made);
    return made;
  }

  private lowerFunction(node: FunctionNode, use: Use, plainName: string): Callable | undefined {
    const { env, packet } = use;
    const { parent } = node;
    const className = ts.isClassDeclaration(parent) ? parent.name?.text : undefined;
    const isMember =
      ts.isGetAccessorDeclaration(node) ||
      (ts.isMethodDeclaration(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) === 0);
    const count = node.parameters.length + (isMember ? 1 : 0);
    if (count > MAX_ARGUMENTS) {
      this.diagnostics.report(
        "EB1019",
        spanOf(node.name ?? node),
        `${plainName} takes ${count} arguments, the most is ${MAX_ARGUMENTS}`,
      );
      return undefined;
    }
    const returns = asValue(this.returnType(node, env));
    if (returns.kind === "error" || !node.body) return undefined;
    const fn = new FunctionLowering(this, env, returns, packet);
    const given = (i: number): HirType | undefined => (this.isGlobal(node) ? undefined : use.args[i]);
    if (isMember) this.bindThis(fn, node, parent, given(0));
    const types = this.parameters(node, env, packet);
    if (types.some((t) => t.kind === "error")) return undefined;
    node.parameters.forEach((parameter, i) => {
      const argument = use.args[isMember ? i + 1 : i];
      const type = types[i] ?? ERROR;
      if (isCompileTime(type)) this.bindKnown(fn, parameter, argument ?? type);
      else this.bindParameter(fn, parameter, placed(type, given(isMember ? i + 1 : i)));
    });
    const body = fn.body(node.body, node.parameters);
    const name = this.functionName(plainName, className);
    const inline = this.isStdlib(node) ? "always" : this.isGlobal(node) ? "never" : "free";
    if (this.isGlobal(node) && !this.checkGlobal(fn, node, plainName)) return undefined;
    this.functions.push(fn.finish(name, body, spanOf(node), inline));
    const escaped = this.diagnostics.errors === 0 ? returnsFrame(body) : undefined;
    if (escaped) this.diagnostics.report("EB3007", escaped.span, `${plainName} returns memory of its own stack`);
    if (fn.params.length > MAX_ARGUMENTS) {
      const what = `${plainName} takes ${count} arguments and the end of the packet`;
      this.diagnostics.report("EB1019", spanOf(node.name ?? node), `${what}, the most is ${MAX_ARGUMENTS} together`);
      return undefined;
    }
    const takesPacketEnd = fn.hiddenEnd !== undefined;
    const result = fn.returnsPacket && returns.kind === "pointer" ? { ...returns, packet: true } : returns;
    return { name, params: fn.params, returns: result, changesPacket: fn.changesPacket, takesPacketEnd };
  }

  /** A global function is verified alone: its arguments must say all that its body relies on. */
  private checkGlobal(fn: FunctionLowering, node: FunctionNode, name: string): boolean {
    const bad = fn.params.find(
      (p) => p.type.kind === "cursor" || p.type.kind === "packet" || (p.type.kind === "pointer" && p.type.nullable),
    );
    if (bad)
      this.diagnostics.report(
        "EB3001",
        spanOf(node.name ?? node),
        `${name} is global: it cannot take ${bad.name}, a ${typeName(bad.type)}`,
      );
    else if (fn.returns.kind === "pointer")
      this.diagnostics.report(
        "EB3001",
        spanOf(node.name ?? node),
        `${name} is global: it returns an integer, not ${typeName(fn.returns)}`,
      );
    else return true;
    return false;
  }

  /** A function that the verifier checks on its own: its references are memory of no kind. */
  private isGlobal(node: FunctionNode): boolean {
    return hasDecorator(this, node, "global");
  }

  /** A parameter that stands for a map or a struct class: nothing of it is left at run time. */
  private bindKnown(fn: FunctionLowering, parameter: typescript.ParameterDeclaration, type: HirType): void {
    const symbol = this.checker.getSymbolAtLocation(parameter.name);
    const map = type.kind === "map" ? this.mapByName(type.name) : undefined;
    if (symbol && map) fn.bind(symbol, { kind: "map", map });
    if (symbol && type.kind === "class") fn.bind(symbol, { kind: "class", type: type.of });
  }

  private bindThis(
    fn: FunctionLowering,
    node: FunctionNode,
    parent: typescript.Node,
    given: HirType | undefined,
  ): void {
    const type = this.types.resolve(this.checker.getTypeAtLocation(parent), spanOf(node));
    const local = fn.parameter("this", placed(pointerTo(type), given));
    fn.self = local;
  }

  /** Internal functions never clash: instances and overloads get a number. */
  private functionName(name: string, className: string | undefined): string {
    const base = className ? `${className}_${name}` : name;
    let candidate = base;
    for (let i = 1; this.names.has(candidate); i++) candidate = `${base}_${i}`;
    this.names.set(candidate, { file: "", line: 0, column: 0, endLine: 0, endColumn: 0 });
    return candidate;
  }
}
