/** Arguments of a call in the order of the parameters, default values in the places of absent ones. */
import type typescript from "typescript";
import { quoted } from "../convert.js";
import type { FunctionNode, Lowering } from "../lowering.js";

/** @returns undefined after a diagnostic */
export function argumentsOf(
  fn: Lowering,
  call: typescript.CallExpression,
  node: FunctionNode,
): readonly typescript.Expression[] | undefined {
  const found: typescript.Expression[] = [];
  for (const [i, parameter] of node.parameters.entries()) {
    const value = call.arguments[i] ?? parameter.initializer;
    if (!value) {
      fn.error("EB1014", call, `${quoted(call)} lacks ${parameter.name.getText()}`);
      return undefined;
    }
    found.push(value);
  }
  return found;
}
