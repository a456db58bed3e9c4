/** `Math.min`, `max`, `trunc`, `floor`, `abs` on integers. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { assign, binary, compare, constant, localPlace, number, readLocal, retype, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { intOf, NUMBER, typeName } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import { compareIntegers } from "../expressions/arithmetic.js";
import { joinBranches } from "../expressions/conditional.js";
import type { Lowering } from "../lowering.js";
import type { Intrinsic } from "./index.js";

/** Takes the result of `/` as the integer that it is here. */
const truncated: Intrinsic = (fn, call) => {
  const node = call.arguments[0];
  if (!node) return fn.error("EB1014", call, `${quoted(call)} lacks its argument`);
  const value = fn.expression(node);
  if (value.type.kind === "number") {
    const { natural } = value.type;
    return retype(value, { kind: "number", ...(natural ? { natural } : {}) });
  }
  if (value.type.kind === "error" || intOf(value.type)) return value;
  return fn.error("EB2011", node, `${quoted(call)}: ${typeName(value.type)} is not an integer`);
};

const extreme =
  (op: "<" | ">"): Intrinsic =>
  (fn, call) => {
    const [first, ...rest] = call.arguments;
    if (!first) return fn.error("EB1014", call, `${quoted(call)} lacks its arguments`);
    let best = hold(fn, fn.expression(first));
    for (const node of rest) best = pick(fn, op, best, hold(fn, fn.expression(node)), call);
    return best;
  };

function hold(fn: Lowering, value: Expr): Expr {
  if (value.kind === "const") return value;
  const local = fn.local("operand", value.type);
  fn.emit(statement(assign(localPlace(local), value, value.span)));
  return readLocal(local, value.span);
}

function pick(fn: Lowering, op: "<" | ">", a: Expr, b: Expr, call: typescript.CallExpression): Expr {
  const span = spanOf(call);
  const test = compareIntegers(fn, op, a, b, call, span);
  const joined = joinBranches(fn, a, b, call);
  if (!joined || test.type.kind === "error") return constant(0, { kind: "error" }, span);
  if (test.kind === "const") return test.value ? joined.whenTrue : joined.whenFalse;
  return hold(fn, { kind: "conditional", test, ...joined, span });
}

const absolute: Intrinsic = (fn, call) => {
  const node = call.arguments[0];
  if (!node) return fn.error("EB1014", call, `${quoted(call)} lacks its argument`);
  const span = spanOf(call);
  const value = hold(fn, coerce(fn, fn.expression(node), NUMBER, node, "the argument of Math.abs"));
  if (value.type.kind === "error") return value;
  const negative = compare("slt", value, number(0, span), span);
  return {
    kind: "conditional",
    test: negative,
    whenTrue: binary("sub", number(0, span), value, value.type, span),
    whenFalse: value,
    type: value.type,
    span,
  };
};

export const MATH: Readonly<Record<string, Intrinsic>> = {
  "Math.trunc": truncated,
  "Math.floor": truncated,
  "Math.min": extreme("<"),
  "Math.max": extreme(">"),
  "Math.abs": absolute,
};
