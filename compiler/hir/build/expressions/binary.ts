/** Binary operators: arithmetic, comparison, logic, `??`, the comma and assignment. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import {
  assign,
  compare,
  constant,
  isNull,
  isPresent,
  localPlace,
  logical,
  not,
  nullOf,
  readLocal,
  retype,
  sequence,
  statement,
} from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, intOf, isScalar, sameType, typeName } from "../../types.js";
import { quoted, truth } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { optionalNumber } from "../optional-number.js";
import { arithmetic, compareIntegers, OPERATORS } from "./arithmetic.js";
import { lowerAssignment } from "./assignment.js";
import { joinBranches } from "./conditional.js";
import { isTest } from "./property.js";

const K = ts.SyntaxKind;
const COMPARISONS: Partial<Record<typescript.SyntaxKind, string>> = {
  [K.EqualsEqualsEqualsToken]: "===",
  [K.ExclamationEqualsEqualsToken]: "!==",
  [K.EqualsEqualsToken]: "===",
  [K.ExclamationEqualsToken]: "!==",
  [K.LessThanToken]: "<",
  [K.LessThanEqualsToken]: "<=",
  [K.GreaterThanToken]: ">",
  [K.GreaterThanEqualsToken]: ">=",
};

export function lowerBinary(fn: Lowering, node: typescript.BinaryExpression, want?: HirType): Expr {
  const token = node.operatorToken.kind;
  if (token >= K.FirstAssignment && token <= K.LastAssignment) return lowerAssignment(fn, node);
  const span = spanOf(node);
  if (token === K.AmpersandAmpersandToken || token === K.BarBarToken)
    return lowerLogical(fn, node, token === K.AmpersandAmpersandToken ? "and" : "or");
  if (token === K.QuestionQuestionToken) return lowerCoalesce(fn, node, want);
  if (token === K.CommaToken) {
    const first = fn.scoped(span, () => fn.expression(node.left));
    return sequence(
      [statement(first)],
      fn.scoped(span, () => fn.expression(node.right, want)),
    );
  }
  const comparison = COMPARISONS[token];
  const left = fn.expression(node.left);
  const right = fn.expression(node.right, left.type);
  if (left.type.kind === "error") return left;
  if (right.type.kind === "error") return right;
  if (comparison) return lowerComparison(fn, comparison, left, right, node);
  const op = OPERATORS[token];
  if (!op) return fn.error("EB1012", node.operatorToken, `${node.operatorToken.getText()} has no meaning in a program`);
  return arithmetic(fn, op, left, right, node, span);
}

/** `a?.b === x`: what is absent equals nothing but undefined. */
function lowerChainComparison(
  fn: Lowering,
  op: string,
  left: Expr,
  right: Expr,
  node: typescript.BinaryExpression,
): Expr | undefined {
  const span = spanOf(node);
  const [a, b] = [optionalNumber(left), optionalNumber(right)];
  const chain = a ?? b;
  if (!chain || (op !== "===" && op !== "!==")) return undefined;
  if (a && b) return fn.error("EB1005", node, `${quoted(node)} compares two values that may both be undefined`);
  const other = a ? right : left;
  const { test } = chain.value;
  if (other.kind === "null") return sequence(chain.body, op === "===" ? not(test, span) : test);
  const same = lowerComparison(fn, "===", chain.value.whenTrue, other, node);
  if (same.type.kind === "error") return same;
  const both = logical("and", test, same, span);
  return sequence(chain.body, op === "===" ? both : not(both, span));
}

function lowerComparison(fn: Lowering, op: string, left: Expr, right: Expr, node: typescript.BinaryExpression): Expr {
  const span = spanOf(node);
  const chained = lowerChainComparison(fn, op, left, right, node);
  if (chained) return chained;
  if (intOf(left.type) && intOf(right.type)) return compareIntegers(fn, op, left, right, node, span);
  const absent = left.kind === "null" ? right : right.kind === "null" ? left : undefined;
  if (absent) {
    if (absent.kind === "null") return constant(op === "===" ? 1n : 0n, { kind: "bool" }, span);
    if (absent.type.kind === "pointer") return op === "===" ? isNull(absent, span) : isPresent(absent, span);
    return fn.error("EB1005", node, `${typeName(absent.type)} is never undefined`);
  }
  if (left.type.kind === "bool" && right.type.kind === "bool")
    return compare(op === "===" ? "eq" : "ne", left, right, span);
  if (left.type.kind === "address" && right.type.kind === "address")
    return compare(op === "===" ? "eq" : "ne", left, right, span);
  if (left.type.kind === "pointer" || right.type.kind === "pointer")
    return fn.error("EB2008", node, `${quoted(node)} compares two references, not what they hold`);
  return fn.error("EB2011", node, `${typeName(left.type)} cannot be compared with ${typeName(right.type)}`);
}

/** In a test only truth counts; elsewhere `a || b` is a value of their common type. */
function lowerLogical(fn: Lowering, node: typescript.BinaryExpression, op: "and" | "or"): Expr {
  const span = spanOf(node);
  const left = fn.expression(node.left);
  const right = fn.scoped(spanOf(node.right), () => fn.expression(node.right, left.type));
  if (left.type.kind === "error") return left;
  if (right.type.kind === "error") return right;
  const both = left.type.kind === "bool" && right.type.kind === "bool";
  if (both || isTest(node)) return logical(op, truth(fn, left, node.left), truth(fn, right, node.right), span);
  if (right.type.kind === "void" || ts.isExpressionStatement(node.parent)) {
    const test = truth(fn, left, node.left);
    const run = [statement(right)];
    return sequence(
      [{ kind: "if", test, then: op === "and" ? run : [], otherwise: op === "or" ? run : [], span }],
      constant(0, { kind: "void" }, span),
    );
  }
  if (op === "and" && right.type.kind === "pointer" && (left.type.kind === "pointer" || left.type.kind === "bool")) {
    const type = { ...right.type, nullable: true };
    const test = truth(fn, left, node.left);
    return { kind: "conditional", test, whenTrue: retype(right, type), whenFalse: nullOf(type, span), type, span };
  }
  const held = fn.local("left", left.type);
  const keep = statement(assign(localPlace(held), left, span));
  const value = readLocal(held, span);
  const joined = op === "or" ? joinBranches(fn, value, right, node) : joinBranches(fn, right, value, node);
  if (!joined) return constant(0, { kind: "error" }, span);
  const test = truth(fn, value, node.left);
  return sequence([keep], {
    kind: "conditional",
    test,
    whenTrue: joined.whenTrue,
    whenFalse: joined.whenFalse,
    type: joined.type,
    span,
  });
}

/** `a ?? b`, where `a` is a reference that may be absent or the end of an optional chain. */
function lowerCoalesce(fn: Lowering, node: typescript.BinaryExpression, want?: HirType): Expr {
  const span = spanOf(node);
  const left = fn.expression(node.left, want);
  if (left.type.kind === "error") return left;
  if (isScalar(left.type) && left.type.kind !== "pointer") {
    const chain = optionalNumber(left);
    if (!chain) return left;
    const right = fn.scoped(span, () => fn.expression(node.right, left.type));
    const joined = joinBranches(fn, chain.value.whenTrue, right, node);
    return joined
      ? sequence(chain.body, { ...chain.value, ...joined, optional: false, span })
      : constant(0, { kind: "error" }, span);
  }
  const right = fn.scoped(span, () => fn.expression(node.right, left.type));
  if (right.type.kind === "error") return right;
  if (left.type.kind !== "pointer" || right.type.kind !== "pointer" || !sameType(left.type.to, right.type.to)) {
    const scalar = left.type.kind === "pointer" && left.type.ref;
    return fn.error(
      "EB2011",
      node,
      `${quoted(node)}: ${typeName(left.type)} and ${typeName(right.type)} are not one type`,
      scalar ? { help: "read it first: a?.value ?? b" } : {},
    );
  }
  const held = fn.local("left", left.type);
  const value = readLocal(held, span);
  return sequence([statement(assign(localPlace(held), left, span))], {
    kind: "conditional",
    test: isPresent(value, span),
    whenTrue: retype(value, right.type),
    whenFalse: right,
    type: right.type,
    span,
  });
}
