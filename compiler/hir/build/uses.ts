/** Where a variable is named. */
import type typescript from "typescript";
import { resolvedSymbol } from "../../source/symbols.js";
import { ts } from "../../source/typescript.js";
import type { Lowering } from "./lowering.js";

/** The identifiers in `scope` that stand for `symbol`, its declaration too. */
export function usesOf(
  fn: Lowering,
  symbol: typescript.Symbol,
  scope: typescript.Node,
): readonly typescript.Identifier[] {
  const found: typescript.Identifier[] = [];
  const visit = (node: typescript.Node): void => {
    if (ts.isIdentifier(node) && node.text === symbol.name && resolvedSymbol(fn.module, node) === symbol)
      found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(scope);
  return found;
}
