/** `atomic.*`: read-modify-write instructions on 32- and 64-bit places. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { constant, memory } from "../../make.js";
import type { AtomicOp, Expr, Place } from "../../nodes.js";
import { intOf, typeName, VOID } from "../../types.js";
import { coerce, convertExplicitly, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import type { Intrinsic } from "./index.js";

/** The place that an argument names: a `Ref`, or an assignable expression. */
function target(fn: Lowering, node: typescript.Expression): Place | undefined {
  const type = fn.module.checker.getTypeAtLocation(node);
  if (type.symbol?.name === "Ref") {
    const ref = fn.expression(node);
    if (ref.type.kind === "pointer") return memory(ref, 0, ref.type.to);
  }
  return fn.place(node);
}

const operation =
  (op: AtomicOp, fetch: boolean): Intrinsic =>
  (fn, call) => {
    const span = spanOf(call);
    const [placeNode, ...valueNodes] = call.arguments;
    const valueNode = op === "cmpxchg" ? valueNodes[1] : valueNodes[0];
    if (!placeNode || !valueNode) return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
    const place = target(fn, placeNode);
    if (!place) return constant(0, { kind: "error" }, span);
    const int = intOf(place.type);
    if (place.kind === "local" || !int || int.bits < 32 || int.bigEndian)
      return fn.error(
        "EB2011",
        placeNode,
        `${quoted(placeNode)} (${typeName(place.type)}): atomic operations work on u32, i32, u64 and i64 in maps, globals and records`,
      );
    if ((fetch || op !== "add") && fn.module.cpu < 3)
      return fn.error("EB4003", call, `${call.expression.getText()} needs cpu v3, this build is for v${fn.module.cpu}`);
    const operand = (node: typescript.Expression): Expr => {
      const value = fn.expression(node, int);
      return value.type.kind === "number" && value.kind !== "const"
        ? convertExplicitly(value, int)
        : coerce(fn, value, int, node, quoted(placeNode));
    };
    const expectedNode = valueNodes[0];
    const expected = op === "cmpxchg" && expectedNode ? operand(expectedNode) : undefined;
    const value = operand(valueNode);
    if (value.type.kind === "error" || expected?.type.kind === "error") return constant(0, { kind: "error" }, span);
    return {
      kind: "atomic",
      op,
      place,
      value,
      ...(expected ? { expected } : {}),
      fetch,
      type: fetch ? int : VOID,
      span,
    };
  };

export const ATOMICS: Readonly<Record<string, Intrinsic>> = {
  "atomic.add": operation("add", false),
  "atomic.and": operation("and", false),
  "atomic.or": operation("or", false),
  "atomic.xor": operation("xor", false),
  "atomic.fetchAdd": operation("add", true),
  "atomic.fetchAnd": operation("and", true),
  "atomic.fetchOr": operation("or", true),
  "atomic.fetchXor": operation("xor", true),
  "atomic.exchange": operation("xchg", true),
  "atomic.compareExchange": operation("cmpxchg", true),
};
