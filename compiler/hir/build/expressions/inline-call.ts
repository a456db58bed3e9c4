/**
 * Calls that are lowered in place of themselves: arrow functions that use variables around them, functions that are given
 * functions, that return memory of their own, or a number that may be undefined. The body becomes a block that its
 * `return` leaves; parameters are variables of the caller.
 */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { resolvedSymbol } from "../../../source/symbols.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { assign, constant, localPlace, readLocal, statement } from "../../make.js";
import type { Expr, Local } from "../../nodes.js";
import { BOOL, type HirType, isScalar } from "../../types.js";
import { referenceFor } from "../aliases.js";
import { fraction, quoted } from "../convert.js";
import { mapNamed } from "../intrinsics/map-named.js";
import { structNamed } from "../intrinsics/struct-named.js";
import type { FunctionNode, FunctionValue, InlineFrame, Lowering } from "../lowering.js";
import { lowerResult } from "../statements/return.js";
import type { TypeEnv } from "../types.js";
import { argumentsOf } from "./arguments.js";
import { mayBeUndefined } from "./identifier.js";
import { returnsOwnMemory } from "./own-memory.js";

/** The function that an expression is or names, where it is one that nothing else can be done with but to call it. */
export function functionValue(fn: Lowering, node: typescript.Expression): FunctionValue | undefined {
  const at = unparenthesized(node);
  if (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) return { node: at, env: fn.env };
  const symbol = resolvedSymbol(fn.module, at);
  const binding = symbol && fn.lookup(symbol);
  if (binding?.kind === "function") return binding.value;
  const declaration = symbol?.valueDeclaration;
  if (
    declaration &&
    ts.isVariableDeclaration(declaration) &&
    ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const
  ) {
    const made = declaration.initializer && unparenthesized(declaration.initializer);
    if (made && (ts.isArrowFunction(made) || ts.isFunctionExpression(made))) return { node: made, env: fn.env };
  }
  if (declaration && (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) && declaration.body)
    return { node: declaration, env: fn.env };
  return undefined;
}

/** Whether a function stands inside another one, whose variables it may use. */
export const isLocal = (node: FunctionNode): boolean => {
  for (let at: typescript.Node | undefined = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
};

/** Whether a call of this function can only be lowered in place. */
export function needsInlining(fn: Lowering, node: FunctionNode): boolean {
  if (isLocal(node)) return true;
  const { checker } = fn.module;
  if (node.parameters.some((p) => checker.getTypeAtLocation(p.name).getCallSignatures().length > 0)) return true;
  return returnsOptionalNumber(fn, node) || returnsOwnMemory(fn, node);
}

/** `u32 | undefined`: a number that may be absent. */
function returnsOptionalNumber(fn: Lowering, node: FunctionNode): boolean {
  const signature = fn.module.checker.getSignatureFromDeclaration(node);
  const type = signature && fn.module.checker.getReturnTypeOfSignature(signature);
  return type !== undefined && optionalNumber(fn, type) !== undefined;
}

function optionalNumber(fn: Lowering, type: typescript.Type): HirType | undefined {
  if (!mayBeUndefined(type) || !type.isUnion()) return undefined;
  const found = fn.resolveQuietly(fn.module.checker.getNonNullableType(type));
  const isNumber = found && isScalar(found) && found.kind !== "pointer" && found.kind !== "cursor";
  return isNumber && found.kind !== "packet" && found.kind !== "context" ? found : undefined;
}

/** Lowers `value`, called by `call`, where the call stands. */
export function inlineCall(fn: Lowering, call: typescript.CallExpression, value: FunctionValue, env: TypeEnv): Expr {
  const span = spanOf(call);
  const { node } = value;
  if (fn.isInlining(node)) return fn.error("EB1018", call, `${quoted(call.expression)} calls itself`);
  return fn.scoped(span, () => {
    if (!bindArguments(fn, call, value, env)) return constant(0, { kind: "error" }, span);
    const frame = frameOf(fn, node, env, span);
    if (!frame) return constant(0, { kind: "error" }, span);
    const body = fn.collect(() => {
      fn.inline(frame, env, () => {
        if (!node.body) return;
        if (ts.isBlock(node.body)) for (const s of node.body.statements) fn.lower(s);
        else lowerResult(fn, node.body, spanOf(node.body));
      });
    });
    fn.emit({ kind: "block", label: frame.label, body, span });
    return resultOf(fn, frame, span);
  });
}

function frameOf(fn: Lowering, node: FunctionNode, env: TypeEnv, span: Expr["span"]): InlineFrame | undefined {
  const { checker } = fn.module;
  const signature = checker.getSignatureFromDeclaration(node);
  const type = signature && checker.getReturnTypeOfSignature(signature);
  const label = fn.jumps.next();
  const optional = type && optionalNumber(fn, type);
  if (optional) {
    const result = fn.local("result", optional);
    const present = fn.local("present", BOOL);
    fn.emit(statement(assign(localPlace(result), constant(0, optional, span), span)));
    fn.emit(statement(assign(localPlace(present), constant(0, BOOL, span), span)));
    return { node, returns: optional, result, present, label };
  }
  const returns = fn.module.resultOf(node, env);
  if (returns.kind === "error") return undefined;
  const result = returns.kind === "void" ? undefined : fn.local("result", returns);
  return { node, returns, result, label };
}

function resultOf(fn: Lowering, { result, present }: InlineFrame, span: Expr["span"]): Expr {
  if (!result) return constant(0, { kind: "void" }, span);
  const value = { ...readLocal(result, span), type: fn.typeOfLocal(result) } as Expr;
  if (!present) return value;
  const whenFalse = constant(0, result.type, span);
  return {
    kind: "conditional",
    test: readLocal(present, span),
    whenTrue: value,
    whenFalse,
    optional: true,
    type: result.type,
    span,
  };
}

/** Binds parameters to what the call gives for them. */
function bindArguments(fn: Lowering, call: typescript.CallExpression, value: FunctionValue, env: TypeEnv): boolean {
  const { node } = value;
  const given = argumentsOf(fn, call, node);
  if (!given) return false;
  const types = fn.module.parameters(node, env, fn.packetKind);
  const bound: { symbol: typescript.Symbol; binding: Parameters<Lowering["bind"]>[1] }[] = [];
  let good = true;
  node.parameters.forEach((parameter, i) => {
    const argument = given[i];
    const symbol = fn.module.checker.getSymbolAtLocation(parameter.name);
    const type = types[i];
    if (!argument || !symbol || !ts.isIdentifier(parameter.name)) return;
    if (fn.module.checker.getTypeAtLocation(parameter.name).getCallSignatures().length > 0) {
      const of = functionValue(fn, argument);
      if (of) bound.push({ symbol, binding: { kind: "function", value: of } });
      else fn.error("EB1009", argument, `${quoted(argument)} is not a function that is known when the object is built`);
      good &&= of !== undefined;
      return;
    }
    if (!type || type.kind === "error") {
      good = false;
      return;
    }
    if (type.kind === "map") {
      const map = mapNamed(fn, argument);
      if (map) bound.push({ symbol, binding: { kind: "map", map } });
      good &&= map !== undefined;
      return;
    }
    if (type.kind === "class") {
      const of = structNamed(fn, argument, call);
      if (of) bound.push({ symbol, binding: { kind: "class", type: of } });
      good &&= of !== undefined;
      return;
    }
    const local = argumentLocal(fn, argument, parameter.name, type);
    if (local) bound.push({ symbol, binding: { kind: "local", local } });
    good &&= local !== undefined;
  });
  for (const { symbol, binding } of bound) fn.bind(symbol, binding);
  for (const { name } of node.parameters) if (good && ts.isIdentifier(name)) keepValue(fn, name);
  return good;
}

function argumentLocal(
  fn: Lowering,
  argument: typescript.Expression,
  name: typescript.Identifier,
  type: HirType,
): Local | undefined {
  const isMemory = type.kind === "pointer" && !isScalar(type.to) && !type.nullable;
  const what = `${name.text} of ${quoted(name.parent.parent)}`;
  const value = isMemory && type.kind === "pointer" ? fn.memoryOf(argument, type.to) : fn.value(argument, type, what);
  if (value.type.kind === "error") return undefined;
  if (value.type.kind === "number" && value.type.fraction) {
    fraction(fn, argument);
    return undefined;
  }
  const local = fn.local(
    name.text,
    value.type.kind === "pointer" ? ({ ...type, ...packetOf(value.type) } as HirType) : type,
  );
  fn.emit(statement(assign(localPlace(local), value, spanOf(argument))));
  return local;
}

const packetOf = (type: HirType) => (type.kind === "pointer" && type.packet ? { packet: true } : {});

function keepValue(fn: Lowering, name: typescript.Identifier): void {
  const symbol = fn.module.checker.getSymbolAtLocation(name);
  const binding = symbol && fn.lookup(symbol);
  if (!symbol || binding?.kind !== "local") return;
  const value = referenceFor(fn, name, readLocal(binding.local, spanOf(name)), undefined);
  if (value.kind === "slot") fn.bind(symbol, { kind: "value", value });
}
