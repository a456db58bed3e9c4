/** Every expression of a function's body, outer ones first. */
import { assertNever } from "../diagnostics/diagnostic.js";
import type { Expr, Place, Stmt } from "./nodes.js";

type See = (value: Expr) => void;

/** Every value that a body returns. */
export function returnedValues(body: readonly Stmt[]): readonly Expr[] {
  return body.flatMap((s): readonly Expr[] => {
    switch (s.kind) {
      case "return":
        return s.value ? [s.value] : [];
      case "if":
        return [...returnedValues(s.then), ...returnedValues(s.otherwise)];
      case "loop":
      case "block":
        return returnedValues(s.body);
      case "switch":
        return s.clauses.flatMap((c) => returnedValues(c.body));
      default:
        return [];
    }
  });
}

export function visitStatements(body: readonly Stmt[], see: See): void {
  for (const statement of body) visitStatement(statement, see);
}

function visitStatement(s: Stmt, see: See): void {
  switch (s.kind) {
    case "expr":
      return visitExpression(s.value, see);
    case "if":
      visitExpression(s.test, see);
      visitStatements(s.then, see);
      return visitStatements(s.otherwise, see);
    case "loop":
      if (s.test) visitExpression(s.test, see);
      visitStatements(s.body, see);
      return visitStatements(s.update, see);
    case "block":
      return visitStatements(s.body, see);
    case "switch":
      visitExpression(s.value, see);
      for (const clause of s.clauses) visitStatements(clause.body, see);
      return;
    case "return":
      return s.value && visitExpression(s.value, see);
    case "zero":
    case "fill":
      return visitExpression(s.address, see);
    case "copy":
      visitExpression(s.to, see);
      return visitExpression(s.from, see);
    case "break":
    case "continue":
    case "lifetime":
      return;
    default:
      return assertNever(s, "analysis");
  }
}

const visitPlace = (place: Place, see: See): void => {
  if (place.kind === "memory") visitExpression(place.base, see);
};

export function visitExpression(e: Expr, see: See): void {
  see(e);
  switch (e.kind) {
    case "read":
      return visitPlace(e.place, see);
    case "assign":
      visitPlace(e.place, see);
      return visitExpression(e.value, see);
    case "binary":
    case "compare":
    case "logical":
    case "difference":
      visitExpression(e.left, see);
      return visitExpression(e.right, see);
    case "not":
    case "convert":
    case "bswap":
    case "present":
    case "opaque":
    case "fits":
    case "constant":
      return visitExpression(e.value, see);
    case "conditional":
      visitExpression(e.test, see);
      visitExpression(e.whenTrue, see);
      return visitExpression(e.whenFalse, see);
    case "forgotten":
      visitExpression(e.value, see);
      return visitExpression(e.zero, see);
    case "advance":
      visitExpression(e.pointer, see);
      return visitExpression(e.bytes, see);
    case "call":
    case "helper":
      for (const arg of e.args) visitExpression(arg, see);
      return;
    case "atomic":
      visitPlace(e.place, see);
      visitExpression(e.value, see);
      if (e.expected) visitExpression(e.expected, see);
      return;
    case "sequence":
      visitStatements(e.body, see);
      return visitExpression(e.value, see);
    case "const":
    case "null":
    case "text":
    case "slot":
    case "unknown":
    case "global":
    case "context":
      return;
    default:
      return assertNever(e, "analysis");
  }
}
