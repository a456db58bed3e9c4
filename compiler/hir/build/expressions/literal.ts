/** Literals. Numbers and bigints keep no width until they meet a typed place. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { constant, slotAddress } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { BIGINT, BOOL, type HirType, NUMBER, pointerTo } from "../../types.js";
import { quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { storeInto } from "../store.js";

export function lowerNumber(fn: Lowering, node: typescript.NumericLiteral): Expr {
  const value = Number(node.text);
  if (!Number.isInteger(value)) return fn.error("EB1011", node, `${node.getText()} is not an integer`);
  // Hexadecimal literals above 2^53 would already be rounded by the parser.
  if (!Number.isSafeInteger(value))
    return fn.error("EB2002", node, `${node.getText()} is not exact: write ${node.getText()}n`);
  return constant(BigInt(value), NUMBER, spanOf(node));
}

export function lowerBigInt(fn: Lowering, node: typescript.BigIntLiteral): Expr {
  const value = BigInt(node.text.replace(/n$/, ""));
  if (value >= 1n << 64n) return fn.error("EB2002", node, `${node.getText()} does not fit 64 bits`);
  return constant(value, BIGINT, spanOf(node));
}

export function lowerBoolean(_fn: Lowering, node: typescript.Expression): Expr {
  return constant(node.kind === ts.SyntaxKind.TrueKeyword ? 1n : 0n, BOOL, spanOf(node));
}

export function lowerString(fn: Lowering, node: typescript.StringLiteralLike, want?: HirType): Expr {
  const target = want?.kind === "pointer" ? want.to : want;
  if (target?.kind === "array" && target.flavour === "chars") {
    const slot = fn.slot("text", target, false, spanOf(node));
    const address = slotAddress(slot, target, spanOf(node));
    storeInto(fn, address, target, node, true);
    return address;
  }
  return fn.error("EB1010", node, `${quoted(node)} has no fixed buffer to live in`);
}

/** An object or array literal where its type is known from what it meets: stack memory, built in place. */
export function lowerObject(
  fn: Lowering,
  node: typescript.ObjectLiteralExpression | typescript.ArrayLiteralExpression,
  want?: HirType,
): Expr {
  const target = want?.kind === "pointer" ? want.to : want;
  if (target?.kind === "error") return constant(0, target, spanOf(node));
  if (target?.kind !== "struct" && target?.kind !== "array") {
    const help = "annotate it: const x: Pair = {...}";
    return fn.error("EB2001", node, `${quoted(node)} meets no type that says its layout`, { help });
  }
  const span = spanOf(node);
  const slot = fn.slot("literal", target, true, span);
  const address = slotAddress(slot, target, span);
  storeInto(fn, address, target, node, true);
  return { ...address, type: pointerTo(target) };
}
