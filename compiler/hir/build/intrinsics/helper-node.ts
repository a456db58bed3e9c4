/** Ids of the helpers that lowering calls, from the one helper table. */
import { HelperId, type HelperName } from "../../../../runtime/facts/helpers/index.js";
import type { Span } from "../../../diagnostics/diagnostic.js";
import type { Expr } from "../../nodes.js";
import type { HirType } from "../../types.js";

/** A call of a helper by its kernel name. */
export const helperCall = (name: HelperName, args: readonly Expr[], type: HirType, span: Span): Expr => ({
  kind: "helper",
  helper: HelperId[name],
  name,
  args,
  type,
  span,
});
