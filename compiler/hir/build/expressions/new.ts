/** `new`: a zeroed struct on the stack. Maps are made by their declarations. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { stdlibName } from "../../../source/symbols.js";
import { ts } from "../../../source/typescript.js";
import { slotAddress } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { pointerTo } from "../../types.js";
import { quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { MAP_KINDS } from "../map-kinds.js";
import { zero } from "../store.js";
import { symbolOf } from "./identifier.js";

export function lowerNew(fn: Lowering, node: typescript.NewExpression): Expr {
  const span = spanOf(node);
  const symbol = symbolOf(fn, node.expression);
  const declaration = symbol?.declarations?.[0];
  if (Object.hasOwn(MAP_KINDS, stdlibName(fn.module, node.expression) ?? ""))
    return fn.error("EB3004", node, `${quoted(node)} is made inside a function`);
  if (!declaration || !symbol) return fn.error("EB1003", node, `${quoted(node)} is neither a struct nor a map`);
  if (node.arguments?.length)
    return fn.error("EB1003", node, `${symbol.name} is a struct: it is zeroed, not constructed`);
  if (ts.isClassDeclaration(declaration) && !declaration.members.some(isField))
    return fn.error("EB1003", node, `${symbol.name} is neither a struct nor a map: it has no fields`);
  const type = fn.typeOf(node);
  if (type.kind === "error") return { kind: "const", value: 0n, type, span };
  if (type.kind !== "struct") return fn.error("EB1003", node, `${symbol.name} is neither a struct nor a map`);
  const slot = fn.slot(symbol.name, type, true, span);
  const address = slotAddress(slot, type, span);
  zero(fn, address, type, node);
  return { ...address, type: pointerTo(type) };
}

const isField = (member: typescript.ClassElement): boolean =>
  ts.isPropertyDeclaration(member) && (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) === 0;
