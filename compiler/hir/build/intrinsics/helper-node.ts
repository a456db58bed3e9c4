/** Ids of the helpers that lowering calls, from the one helper table. */
import { helperByName } from "../../../../runtime/isa/index.js";
import { InternalCompilerError, type Span } from "../../../diagnostics/diagnostic.js";
import type { Expr } from "../../nodes.js";
import type { HirType } from "../../types.js";

/** The id of a helper by its kernel name without `bpf_`. */
function helperId(name: string): number {
  const helper = helperByName(name);
  if (!helper) throw new InternalCompilerError("hir", `there is no helper ${name}`);
  return helper.id;
}

/** A call of a helper by its kernel name. */
export const helperCall = (name: string, args: readonly Expr[], type: HirType, span: Span): Expr => ({
  kind: "helper",
  helper: helperId(name),
  name,
  args,
  type,
  span,
});
