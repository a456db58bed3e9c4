/** Prefix and postfix operators. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { assign, constant, localPlace, not, number, read, readLocal, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { BOOL, type HirType, intOf, typeName } from "../../types.js";
import { quoted, truth } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { arithmetic, complement } from "./arithmetic.js";
import { compound, settle } from "./assignment.js";

const K = ts.SyntaxKind;

export function lowerPrefix(fn: Lowering, node: typescript.PrefixUnaryExpression, want?: HirType): Expr {
  const span = spanOf(node);
  if (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken)
    return step(fn, node, node.operand, node.operator === K.PlusPlusToken ? "+" : "-", "new");
  const value = fn.expression(node.operand, node.operator === K.ExclamationToken ? undefined : want);
  if (value.type.kind === "error") return value;
  if (node.operator === K.ExclamationToken) {
    const test = truth(fn, value, node.operand);
    return test.kind === "const" && test.type.kind === "bool" ? constant(1n - test.value, BOOL, span) : not(test, span);
  }
  const int = intOf(value.type);
  if (!int || int.bigEndian)
    return fn.error(
      "EB2011",
      node,
      `${quoted(node)}: ${typeName(value.type)} has no ${ts.tokenToString(node.operator)}`,
    );
  if (node.operator === K.PlusToken) return value;
  if (node.operator === K.TildeToken) return complement(value, span);
  const zero =
    value.type.kind === "int" && int.bits === 64
      ? constant(0, value.type, span)
      : value.type.kind === "bigint"
        ? constant(0, value.type, span)
        : number(0, span);
  return arithmetic(fn, "-", zero, value, node, span);
}

export function lowerPostfix(fn: Lowering, node: typescript.PostfixUnaryExpression): Expr {
  return step(fn, node, node.operand, node.operator === K.PlusPlusToken ? "+" : "-", "old");
}

/** `x++` and its kind: the value before or after, when anybody uses it. */
function step(
  fn: Lowering,
  node: typescript.Expression,
  operand: typescript.Expression,
  op: string,
  result: "old" | "new",
): Expr {
  const span = spanOf(node);
  return fn.scoped(span, () => {
    const found = fn.place(operand);
    if (!found) return constant(0, { kind: "error" }, span);
    const place = settle(fn, found);
    const before = fn.local("before", place.type);
    fn.emit(statement(assign(localPlace(before), read(place, span), span)));
    const one = constant(
      1,
      place.type.kind === "int" && place.type.bits === 64 ? place.type : { kind: "number" },
      span,
    );
    const next = assign(place, compound(fn, op, readLocal(before, span), one, place.type, node), span);
    if (result === "new") return next;
    fn.emit(statement(next));
    return readLocal(before, span);
  });
}
