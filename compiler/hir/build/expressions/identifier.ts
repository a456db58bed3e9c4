/** Names: locals, parameters, module constants and globals. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { resolvedSymbol } from "../../../source/symbols.js";
import { ts } from "../../../source/typescript.js";
import { constant, errorExpr, localPlace, memory, nullOf, read, readLocal, retype } from "../../make.js";
import type { Expr, HirGlobal, Place } from "../../nodes.js";
import { isScalar, pointerTo, VOID } from "../../types.js";
import type { Binding, Lowering } from "../lowering.js";

/** The symbol behind a name, through imports. */
export const symbolOf = (fn: Lowering, node: typescript.Node): typescript.Symbol | undefined =>
  resolvedSymbol(fn.module, node);

export function lowerIdentifier(fn: Lowering, node: typescript.Identifier): Expr {
  const span = spanOf(node);
  if (node.text === "undefined") return nullOf(VOID, span);
  const symbol = symbolOf(fn, node);
  const binding = symbol && fn.lookup(symbol);
  if (binding?.kind === "optional") return readOptional(fn, binding, node);
  if (binding?.kind === "map")
    return fn.error("EB3004", node, `${node.text} is a map: use it by name, ${node.text}.lookup(...)`);
  if (binding?.kind === "function" || binding?.kind === "class")
    return fn.error("EB1009", node, `${node.text} is used as a value`);
  if (binding)
    return binding.kind === "local"
      ? retype(readLocal(binding.local, span), fn.typeOfLocal(binding.local))
      : { ...binding.value, span };
  if (symbol) {
    const known = fn.module.constant(symbol, span);
    if (known) return known;
    const global = fn.module.global(symbol);
    if (global) return readGlobal(global, span);
    if (fn.module.isBroken(symbol)) return errorExpr(span);
    if (fn.module.map(symbol))
      return fn.error("EB3004", node, `${node.text} is a map: use it by name, ${node.text}.lookup(...)`);
    if (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class))
      return fn.error("EB1009", node, `${node.text} is used as a value`);
  }
  return fn.error("EB1017", node, `${node.text} does not exist in a program`);
}

/** Where the checker knows that it is there, the pointer; elsewhere a value that may be absent. */
function readOptional(fn: Lowering, { pointer, present }: Binding & { kind: "optional" }, node: typescript.Node): Expr {
  const span = spanOf(node);
  const whenTrue = readLocal(pointer, span);
  const isThere = !mayBeUndefined(fn.module.checker.getTypeAtLocation(node));
  if (isThere) return whenTrue;
  const test = readLocal(present, span);
  if (pointer.type.kind !== "pointer") {
    const whenFalse = constant(0, pointer.type, span);
    return { kind: "conditional", test, whenTrue, whenFalse, optional: true, type: pointer.type, span };
  }
  const type = { ...pointer.type, nullable: true };
  return { kind: "conditional", test, whenTrue, whenFalse: nullOf(type, span), type, span };
}

/** Whether `undefined` is among the values of a type. */
export const mayBeUndefined = (type: typescript.Type): boolean =>
  type.isUnion() ? type.types.some(mayBeUndefined) : (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0;

/** The value of a global, or the address of one that is not a scalar. */
export function readGlobal(global: HirGlobal, span: ReturnType<typeof spanOf>): Expr {
  const place = placeOfGlobal(global, span);
  if (isScalar(global.type)) return read(place, span);
  return { kind: "global", name: global.name, type: pointerTo(global.type), span };
}

export function placeOfGlobal(global: HirGlobal, span: ReturnType<typeof spanOf>): Place & { kind: "memory" } {
  const base: Expr = { kind: "global", name: global.name, type: pointerTo(global.type), span };
  const place = memory(base, 0, global.type, global.storage === "config" ? "constant" : "plain");
  return place as Place & { kind: "memory" };
}

export function placeOfIdentifier(fn: Lowering, node: typescript.Identifier): Place | undefined {
  const symbol = symbolOf(fn, node);
  const binding = symbol && fn.lookup(symbol);
  if (binding?.kind === "local") return localPlace(binding.local);
  const global = symbol && fn.module.global(symbol);
  if (global && (global.storage === "data" || global.storage === "bss")) return placeOfGlobal(global, spanOf(node));
  if (binding?.kind !== "value" || binding.value.type.kind !== "error")
    fn.error("EB1012", node, `${node.text} cannot be assigned to`);
  return undefined;
}
