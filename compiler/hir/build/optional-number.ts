/** Numbers that may be undefined: the end of an optional chain, or what a function gave that may give none. */
import type { Expr, ExprOf, Stmt } from "../nodes.js";

export interface OptionalNumber {
  /** To be run before the test. */
  readonly body: readonly Stmt[];
  readonly value: ExprOf<"conditional">;
}

/** The parts of such a value; undefined for all other values. */
export function optionalNumber(value: Expr): OptionalNumber | undefined {
  const inner = value.kind === "sequence" ? value.value : value;
  if (inner.kind !== "conditional" || !inner.optional || value.type.kind === "pointer") return undefined;
  return { body: value.kind === "sequence" ? value.body : [], value: inner };
}
