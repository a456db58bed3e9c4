/** Which struct a class name used as a value stands for, or a parameter of type `StructType<T>`. */
import type typescript from "typescript";
import { resolvedSymbol } from "../../../source/symbols.js";
import type { StructType } from "../../types.js";
import { quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";

/** The struct; undefined after a diagnostic. */
export function structNamed(
  fn: Lowering,
  node: typescript.Expression | undefined,
  call: typescript.Node,
): StructType | undefined {
  if (!node) {
    fn.error("EB1014", call, `${quoted(call)} lacks its type`);
    return undefined;
  }
  const target = resolvedSymbol(fn.module, node);
  const binding = target && fn.lookup(target);
  if (binding?.kind === "class" && binding.type.kind === "struct") return binding.type;
  const type = target ? fn.resolve(fn.module.checker.getDeclaredTypeOfSymbol(target), node) : undefined;
  if (type?.kind === "struct") return type;
  if (type?.kind !== "error") fn.error("EB2001", node, `${quoted(node)} is not a struct class`);
  return undefined;
}
