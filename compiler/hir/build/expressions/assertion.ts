/** `as` and `!`: accepted only where they change nothing. */
import type typescript from "typescript";
import { ts } from "../../../source/typescript.js";
import type { Expr } from "../../nodes.js";
import { type HirType, intOf, sameType, typeName } from "../../types.js";
import { quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";

export function lowerAs(fn: Lowering, node: typescript.AsExpression, want?: HirType): Expr {
  if (ts.isConstTypeReference(node.type)) return fn.expression(node.expression, want);
  const target = fn.resolve(fn.module.checker.getTypeFromTypeNode(node.type), node.type);
  const value = fn.expression(node.expression, target);
  if (target.kind === "error" || value.type.kind === "error") return value;
  if (sameType(value.type, target)) return value;
  if (intOf(value.type) && intOf(target)) {
    if (value.kind === "const") return fn.value(node.expression, target, typeName(target));
    return fn.error("EB2006", node, `${quoted(node)} would keep the bits of ${typeName(value.type)}`, {
      help:
        target.kind === "int"
          ? `write ${target.name}(${node.expression.getText()})`
          : "use the conversion function of the type",
    });
  }
  return fn.error("EB2011", node, `${typeName(value.type)} is not ${typeName(target)}`);
}

export function lowerNonNull(fn: Lowering, node: typescript.NonNullExpression): Expr {
  const value = fn.expression(node.expression);
  if (value.type.kind === "pointer" && value.type.nullable)
    return fn.error("EB5003", node, `${quoted(node.expression)} may be undefined here, and ! does not test it`);
  return value;
}
