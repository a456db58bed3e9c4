/**
 * Intrinsics that are one helper call: a row says which helper, how each argument is passed and what comes back. Whether packet
 * pointers die is a fact of the helper.
 */
import type typescript from "typescript";
import { type HelperName, helperByName } from "../../../../runtime/facts/helpers/index.js";
import { spanOf } from "../../../source/span.js";
import { assign, constant, localPlace, number, readLocal, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { BIGINT, type HirType, INT, NUMBER, sizeOf, typeName, VOID } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";

/**
 * "context": the receiver. "memory": the address and the size of an argument. "address": its address alone; `sizeOf: i`
 * is then the size of what argument `i` of the helper points to. A type: the converted value.
 */
export type Parameter =
  | "context"
  | "memory"
  | "address"
  | { readonly type: HirType; readonly optional?: boolean }
  | { readonly constant: number }
  | { readonly sizeOf: number };

export interface HelperRow {
  readonly helper: HelperName;
  readonly parameters: readonly Parameter[];
  readonly returns: HirType;
}

export const N = (type: HirType = NUMBER): Parameter => ({ type });
export const OPTIONAL = (type: HirType = NUMBER): Parameter => ({ type, optional: true });

export const helper =
  (row: HelperRow): Intrinsic =>
  (fn, call, receiver) => {
    const span = spanOf(call);
    const args: Expr[] = [];
    let next = 0;
    for (const parameter of row.parameters) {
      if (parameter === "context") {
        if (receiver) args.push(fn.expression(receiver));
      } else if (parameter === "memory" || parameter === "address") {
        const found = bytesOf(fn, call.arguments[next++], call);
        if (!found) return constant(0, { kind: "error" }, span);
        args.push(found);
        if (parameter === "memory") args.push(number(sizeOf(pointee(found)), span));
      } else if ("constant" in parameter) args.push(number(parameter.constant, span));
      else if ("sizeOf" in parameter) args.push(number(sizeOf(pointee(args[parameter.sizeOf])), span));
      else args.push(scalar(fn, call, call.arguments[next++], parameter));
    }
    if (args.some((a) => a.type.kind === "error")) return constant(0, { kind: "error" }, span);
    return finish(fn, row, helperCall(row.helper, args, row.returns, span));
  };

function scalar(
  fn: Lowering,
  call: typescript.CallExpression,
  node: typescript.Expression | undefined,
  parameter: { type: HirType; optional?: boolean },
): Expr {
  if (node)
    return coerce(
      fn,
      fn.expression(node, parameter.type),
      parameter.type,
      node,
      `an argument of ${quoted(call.expression)}`,
    );
  if (parameter.optional) return constant(0, parameter.type.kind === "bigint" ? BIGINT : parameter.type, spanOf(call));
  return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
}

/** The address of a struct, array or `Ref` argument. */
export function bytesOf(
  fn: Lowering,
  node: typescript.Expression | undefined,
  call: typescript.Node,
): Expr | undefined {
  if (!node) {
    fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
    return undefined;
  }
  const value = fn.expression(node);
  if (value.type.kind === "error") return undefined;
  if (value.type.kind === "pointer") return value;
  fn.error(
    "EB2011",
    node,
    `${quoted(node)} is ${typeName(value.type)}: this needs memory (a struct, Bytes or CString)`,
  );
  return undefined;
}

const pointee = (value: Expr | undefined): HirType => (value?.type.kind === "pointer" ? value.type.to : INT.u8);

/** After a helper that may move the packet, its bounds are loaded anew. */
export function finish(fn: Lowering, row: HelperRow, call: Expr): Expr {
  if (helperByName(row.helper)?.changesPacket !== true) return call;
  const { span } = call;
  if (call.type.kind === "void") {
    fn.emit(statement(call));
    fn.packetMoved(span);
    return constant(0, VOID, span);
  }
  const result = fn.local("result", call.type);
  fn.emit(statement(assign(localPlace(result), call, span)));
  fn.packetMoved(span);
  return readLocal(result, span);
}

export const table = (rows: Readonly<Record<string, HelperRow>>): Readonly<Record<string, Intrinsic>> =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, helper(row)]));
