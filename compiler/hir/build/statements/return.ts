/** `return`: the value meets the function's return type. */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { spanOf } from "../../../source/span.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { assign, constant, localPlace, statement } from "../../make.js";
import type { Expr, Local } from "../../nodes.js";
import { BOOL } from "../../types.js";
import { coerce, quoted, truth } from "../convert.js";
import type { InlineFrame, Lowering } from "../lowering.js";
import { optionalNumber } from "../optional-number.js";

export function lowerReturn(fn: Lowering, node: typescript.ReturnStatement): void {
  lowerResult(fn, node.expression, spanOf(node));
}

/** Also the body of a function that is one expression. */
export function lowerResult(fn: Lowering, source: typescript.Expression | undefined, span: Span): void {
  if (fn.frame) return resultInPlace(fn, fn.frame, source, span);
  if (source === undefined || fn.returns.kind === "void") {
    if (source) fn.emit({ kind: "expr", value: fn.scoped(span, () => fn.expression(source)), span });
    fn.emit({ kind: "return", span });
    return;
  }
  const value = fn.scoped(span, () => fn.value(source, fn.returns, "the result"));
  fn.returned(value, source);
  if (isOwnStack(value)) fn.error("EB3007", source, `${source.getText()} is on this function's stack`);
  fn.emit({ kind: "return", value, span });
}

/** The result of a call that is lowered in place: kept in a variable, and the body is left. */
function resultInPlace(fn: Lowering, frame: InlineFrame, source: typescript.Expression | undefined, span: Span): void {
  const { result, present, label } = frame;
  if (source && result && present) {
    optionalResult(fn, source, result, present);
  } else if (source && result) {
    const value = fn.scoped(span, () => fn.value(source, frame.returns, "the result"));
    if (!fn.refersTo(result, value))
      fn.error("EB2011", source, `${quoted(source)} is a reference to memory of another kind`);
    fn.emit(statement(assign(localPlace(result), value, span)));
  } else if (source) fn.emit({ kind: "expr", value: fn.scoped(span, () => fn.expression(source)), span });
  fn.emit({ kind: "break", label, span });
}

/** `return cond ? n : undefined`: the number and whether it is there, each in its variable. */
function optionalResult(fn: Lowering, node: typescript.Expression, result: Local, present: Local): void {
  const source = unparenthesized(node);
  const span = spanOf(source);
  const set = (local: Local, value: Expr): void => fn.emit(statement(assign(localPlace(local), value, span)));
  if (ts.isConditionalExpression(source)) {
    const test = fn.scoped(span, () => truth(fn, fn.expression(source.condition), source.condition));
    const then = fn.collect(() => optionalResult(fn, source.whenTrue, result, present));
    const otherwise = fn.collect(() => optionalResult(fn, source.whenFalse, result, present));
    fn.emit({ kind: "if", test, then, otherwise, span });
    return;
  }
  if (fn.module.checker.getTypeAtLocation(source).flags & ts.TypeFlags.Undefined) {
    set(present, constant(0n, BOOL, span));
    return;
  }
  const value = fn.scoped(span, () => fn.expression(source, result.type));
  const optional = optionalNumber(value);
  for (const s of optional?.body ?? []) fn.emit(s);
  set(result, coerce(fn, optional?.value.whenTrue ?? value, result.type, source, "the result"));
  set(present, optional?.value.test ?? constant(1n, BOOL, span));
}

function isOwnStack(value: Expr): boolean {
  if (value.kind === "slot") return true;
  if (value.kind === "advance") return isOwnStack(value.pointer);
  if (value.kind === "sequence") return isOwnStack(value.value);
  if (value.kind === "conditional") return isOwnStack(value.whenTrue) || isOwnStack(value.whenFalse);
  return false;
}
