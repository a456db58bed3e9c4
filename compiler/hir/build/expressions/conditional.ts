/** `test ? a : b`: both branches meet in one type. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { constant, retype } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, INT, type IntType, intOf, NUMBER, sameType, typeName } from "../../types.js";
import { isLossless, quoted, rangeOf, truth } from "../convert.js";
import type { Lowering } from "../lowering.js";

export function lowerConditional(fn: Lowering, node: typescript.ConditionalExpression, want?: HirType): Expr {
  const span = spanOf(node);
  const test = truth(fn, fn.expression(node.condition), node.condition);
  const whenTrue = fn.scoped(span, () => fn.expression(node.whenTrue, want));
  const whenFalse = fn.scoped(span, () => fn.expression(node.whenFalse, want));
  if (test.type.kind === "error") return test;
  const joined = joinBranches(fn, whenTrue, whenFalse, node);
  if (!joined) return constant(0, { kind: "error" }, span);
  return { kind: "conditional", test, ...joined, span };
}

interface Joined {
  readonly whenTrue: Expr;
  readonly whenFalse: Expr;
  readonly type: HirType;
}

/** The common type of two values, or undefined after a diagnostic. */
export function joinBranches(fn: Lowering, whenTrue: Expr, whenFalse: Expr, node: typescript.Node): Joined | undefined {
  const [a, b] = [whenTrue.type, whenFalse.type];
  if (a.kind === "error" || b.kind === "error") return undefined;
  const type = commonType(whenTrue, whenFalse);
  if (type) return { whenTrue: retype(whenTrue, type), whenFalse: retype(whenFalse, type), type };
  fn.error("EB2011", node, `${quoted(node)}: ${typeName(a)} and ${typeName(b)} are not one type`);
  return undefined;
}

function commonType(x: Expr, y: Expr): HirType | undefined {
  const [a, b] = [x.type, y.type];
  if (a.kind === "pointer" || b.kind === "pointer") {
    if (x.kind === "null" && b.kind === "pointer") return { ...b, nullable: true };
    if (y.kind === "null" && a.kind === "pointer") return { ...a, nullable: true };
    if (a.kind === "pointer" && b.kind === "pointer" && sameType(a.to, b.to))
      return a.packet === b.packet ? { ...a, nullable: a.nullable || b.nullable } : undefined;
    return undefined;
  }
  if (sameType(a, b)) {
    if (a.kind === "number" && b.kind === "number") return sameNatural(x, y);
    return a;
  }
  const [i, j] = [intOf(a), intOf(b)];
  if (!i || !j || i.bigEndian || j.bigEndian) return undefined;
  if (x.kind === "const" && isLiteral(a) && fits(x.value, j)) return b;
  if (y.kind === "const" && isLiteral(b) && fits(y.value, i)) return a;
  if (a.kind === "number" || b.kind === "number")
    return i.bits === 64 && j.bits === 64 && !isLiteral(a) && !isLiteral(b) ? undefined : NUMBER;
  if (a.kind === "enum" || b.kind === "enum") return NUMBER;
  if (isLossless(i, j)) return b;
  if (isLossless(j, i)) return a;
  return i.bits < 64 && j.bits < 64 ? NUMBER : undefined;
}

const isLiteral = (type: HirType): boolean => type.kind === "number" || type.kind === "bigint";

const fits = (value: bigint, type: IntType): boolean => value >= rangeOf(type)[0] && value <= rangeOf(type)[1];

function sameNatural(x: Expr, y: Expr): HirType {
  const of = (e: Expr) => (e.type.kind === "number" ? e.type.natural : undefined);
  const absorbs = (c: Expr, other: IntType | undefined): boolean =>
    c.kind === "const" && (!other || fits(c.value, other));
  if (absorbs(x, of(y))) return y.type;
  if (absorbs(y, of(x))) return x.type;
  const [a, b] = [of(x), of(y)];
  if (!a || !b) return NUMBER;
  return { kind: "number", natural: isLossless(a, b) ? b : isLossless(b, a) ? a : INT.i64 };
}
