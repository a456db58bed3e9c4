/** `tail(Program, ctx, otherwise?)`: bpf_tail_call through the object's table of programs. */
import { spanOf } from "../../../source/span.js";
import { constant, number, retype, statement } from "../../make.js";
import { INT, intOf, pointerTo, VOID } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import { symbolOf } from "../expressions/identifier.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";

const tail: Intrinsic = (fn, call) => {
  const span = spanOf(call);
  const [target, contextNode, otherwiseNode] = call.arguments;
  if (!target || !contextNode) return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
  const symbol = symbolOf(fn, target);
  const slot = symbol && fn.module.tailSlot(symbol);
  if (!slot) return fn.error("EB1009", target, `${quoted(target)} is not a program of this file`);
  const context = fn.expression(contextNode);
  const result = fn.typeOf(call);
  const otherwise = otherwiseNode
    ? coerce(fn, fn.expression(otherwiseNode, result), result, otherwiseNode, "the value after a failed tail call")
    : constant(0, result, span);
  if (context.type.kind === "error" || otherwise.type.kind === "error" || !intOf(result))
    return constant(0, { kind: "error" }, span);
  const table = { kind: "global", name: slot.map, type: pointerTo(INT.u8), span } as const;
  fn.emit(statement(helperCall("tail_call", [context, table, number(slot.slot, span)], VOID, span)));
  return retype(otherwise, result);
};

export const TAIL: Readonly<Record<string, Intrinsic>> = { tail };
