/** Calls: intrinsics of the stdlib, functions and static methods of the user. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { constant, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { ERROR, type HirType, isCompileTime, isScalar } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import { type Intrinsic, intrinsicFor } from "../intrinsics/index.js";
import { mapNamed } from "../intrinsics/map-named.js";
import { structNamed } from "../intrinsics/struct-named.js";
import type { FunctionNode, FunctionValue, Lowering } from "../lowering.js";
import { argumentsOf } from "./arguments.js";
import { symbolOf } from "./identifier.js";
import { functionValue, inlineCall, isLocal, needsInlining } from "./inline-call.js";
import { optional } from "./property.js";

export function lowerCall(fn: Lowering, node: typescript.CallExpression, want?: HirType): Expr {
  const callee = unparenthesized(node.expression);
  const span = spanOf(node);
  const method = ts.isPropertyAccessExpression(callee) ? callee : undefined;
  const symbol = symbolOf(fn, method ? method.name : callee);
  const declaration = symbol?.declarations?.[0];
  if (!symbol || !declaration) return fn.error("EB1017", callee, `${quoted(callee)} does not exist in a program`);
  const bound = fn.lookup(symbol);
  if (bound?.kind === "value" && bound.value.type.kind === "error") return { ...bound.value, span };
  const intrinsic = intrinsicFor(fn, symbol, declaration);
  if (intrinsic) return callIntrinsic(fn, intrinsic, node, method, want);
  const direct = method ? undefined : functionValue(fn, callee);
  if (direct && (bound?.kind === "function" || needsInlining(fn, direct.node)))
    return inlineCall(fn, node, direct, typeArguments(fn, node, direct));
  const body = symbol.declarations?.find(isFunctionWithBody) ?? direct?.node;
  if (!body) {
    if (fn.module.isStdlib(declaration))
      return fn.error("EB1017", callee, `${quoted(callee)} is not available in a program`);
    return fn.error("EB1009", callee, `${quoted(callee)} is not a function that a program can call`);
  }
  if (method && isInstanceMethod(body)) return callMethod(fn, node, method, body);
  if (needsInlining(fn, body)) {
    const value = { node: body, env: fn.env };
    return inlineCall(fn, node, value, typeArguments(fn, node, value));
  }
  return callFunction(fn, node, body, undefined, span);
}

const isFunctionWithBody = (node: typescript.Declaration): node is FunctionNode =>
  (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.body !== undefined;

const isInstanceMethod = (node: FunctionNode): boolean =>
  ts.isMethodDeclaration(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) === 0;

function callIntrinsic(
  fn: Lowering,
  intrinsic: Intrinsic,
  node: typescript.CallExpression,
  method: typescript.PropertyAccessExpression | undefined,
  want?: HirType,
): Expr {
  const span = spanOf(node);
  if (node.arguments.some(ts.isSpreadElement)) return fn.error("EB1014", node, "arguments cannot be spread");
  return fn.scoped(span, () => intrinsic(fn, node, method?.expression, want));
}

/** `ref.method()` of a struct class: the struct is the first argument. */
function callMethod(
  fn: Lowering,
  node: typescript.CallExpression,
  method: typescript.PropertyAccessExpression,
  body: FunctionNode,
): Expr {
  const self = fn.expression(method.expression);
  if (self.type.kind === "error") return self;
  const call = (base: Expr): Expr => callFunction(fn, node, body, base, spanOf(node));
  return ts.isOptionalChain(method) ? optional(fn, node, self, call) : call(self);
}

function callFunction(
  fn: Lowering,
  node: typescript.CallExpression,
  body: FunctionNode,
  self: Expr | undefined,
  span: Expr["span"],
): Expr {
  const env = typeArguments(fn, node, { node: body, env: fn.env });
  const params = fn.module.parameters(body, env, fn.packetKind);
  if (params.some((type) => type.kind === "error")) return constant(0, { kind: "error" }, span);
  const given = argumentsOf(fn, node, body);
  if (!given) return constant(0, { kind: "error" }, span);
  return fn.scoped(span, () => {
    const args: Expr[] = self ? [self] : [];
    const known: HirType[] = self ? [self.type] : [];
    const name = body.name?.getText() ?? "the function";
    given.forEach((argument, i) => {
      const type = params[i];
      if (!type) return;
      if (isCompileTime(type)) {
        known.push(knownArgument(fn, argument, type, node));
        return;
      }
      const what = `argument ${i + 1} of ${name}`;
      if (type.kind === "pointer" && !isScalar(type.to) && !type.nullable)
        args.push(coerce(fn, fn.memoryOf(argument, type.to), type, argument, what));
      else args.push(fn.value(argument, type, what));
      known.push(args.at(-1)?.type ?? type);
    });
    if (known.some((a) => a.kind === "error")) return constant(0, { kind: "error" }, span);
    const use = { env, call: node, packet: fn.packetKind, args: known };
    const callee = fn.module.instantiate(body, use);
    if (!callee) return constant(0, { kind: "error" }, span);
    if (callee.takesPacketEnd) args.push(fn.packetEnd(span));
    const call: Expr = { kind: "call", callee: callee.name, args, type: callee.returns, span };
    if (!callee.changesPacket) return call;
    if (callee.returns.kind === "void") {
      fn.emit(statement(call));
      fn.packetMoved(span);
      return constant(0, callee.returns, span);
    }
    const result = fn.local("result", callee.returns);
    const place = { kind: "local", local: result, type: result.type } as const;
    fn.emit(statement({ kind: "assign", place, value: call, type: result.type, span }));
    fn.packetMoved(span);
    return { kind: "read", place, type: result.type, span };
  });
}

/** A map or a struct class: nothing is passed at run time. */
function knownArgument(
  fn: Lowering,
  node: typescript.Expression,
  type: HirType & { kind: "map" | "class" },
  call: typescript.CallExpression,
): HirType {
  if (type.kind === "map") {
    const map = mapNamed(fn, node);
    return map ? { kind: "map", name: map.name } : ERROR;
  }
  const of = structNamed(fn, node, call);
  return of ? { kind: "class", of } : ERROR;
}

/** What the type parameters of a generic function are in this call. */
function typeArguments(
  fn: Lowering,
  node: typescript.CallExpression,
  { node: body, env: outer }: FunctionValue,
): Map<typescript.Symbol, HirType> {
  // A function inside a generic one uses its type parameters too.
  const env = new Map<typescript.Symbol, HirType>(isLocal(body) ? outer : []);
  const parameters = body.typeParameters;
  if (!parameters?.length) return env;
  const { checker } = fn.module;
  const signature = checker.getResolvedSignature(node);
  const args = signature ? checker.getTypeArgumentsForResolvedSignature(signature) : undefined;
  parameters.forEach((parameter, i) => {
    const symbol = checker.getSymbolAtLocation(parameter.name);
    const type = args?.[i];
    if (!symbol || !type) return;
    const resolved = fn.resolve(checker.getBaseTypeOfLiteralType(type), node);
    env.set(symbol, resolved);
  });
  return env;
}
