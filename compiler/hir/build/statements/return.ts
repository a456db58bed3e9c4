/** `return`: the value meets the function's return type. */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { spanOf } from "../../../source/span.js";
import type { Expr } from "../../nodes.js";
import type { Lowering } from "../lowering.js";

export function lowerReturn(fn: Lowering, node: typescript.ReturnStatement): void {
  lowerResult(fn, node.expression, spanOf(node));
}

/** Also the body of a function that is one expression. */
export function lowerResult(fn: Lowering, source: typescript.Expression | undefined, span: Span): void {
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

function isOwnStack(value: Expr): boolean {
  if (value.kind === "slot") return true;
  if (value.kind === "advance") return isOwnStack(value.pointer);
  if (value.kind === "sequence") return isOwnStack(value.value);
  if (value.kind === "conditional") return isOwnStack(value.whenTrue) || isOwnStack(value.whenFalse);
  return false;
}
