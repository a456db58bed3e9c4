/** Expression lowering: one handler per kind. What is not here was refused by the subset checker. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { nullOf, readLocal } from "../../make.js";
import type { Expr, Place } from "../../nodes.js";
import { VOID } from "../../types.js";
import { quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { lowerAs, lowerNonNull } from "./assertion.js";
import { lowerBinary } from "./binary.js";
import { lowerCall } from "./call.js";
import { lowerConditional } from "./conditional.js";
import { lowerElement, placeOfElement } from "./element.js";
import { lowerIdentifier, placeOfIdentifier } from "./identifier.js";
import { lowerBigInt, lowerBoolean, lowerNumber, lowerObject, lowerString } from "./literal.js";
import { lowerNew } from "./new.js";
import { lowerProperty, placeOfProperty } from "./property.js";
import { lowerPostfix, lowerPrefix } from "./unary.js";

type Handler = (fn: Lowering, node: typescript.Expression, want: Parameters<Lowering["expression"]>[1]) => Expr;

const K = ts.SyntaxKind;
const of =
  <T extends typescript.Expression>(
    handler: (fn: Lowering, node: T, want: Parameters<Lowering["expression"]>[1]) => Expr,
  ): Handler =>
  (fn, node, want) =>
    handler(fn, node as T, want);

const HANDLERS: Partial<Record<typescript.SyntaxKind, Handler>> = {
  [K.NumericLiteral]: of(lowerNumber),
  [K.BigIntLiteral]: of(lowerBigInt),
  [K.TrueKeyword]: lowerBoolean,
  [K.FalseKeyword]: lowerBoolean,
  [K.NullKeyword]: (_fn, node) => nullOf(VOID, spanOf(node)),
  [K.StringLiteral]: of(lowerString),
  [K.NoSubstitutionTemplateLiteral]: of(lowerString),
  [K.Identifier]: of(lowerIdentifier),
  [K.ThisKeyword]: lowerThis,
  [K.ParenthesizedExpression]: of<typescript.ParenthesizedExpression>((fn, n, want) =>
    fn.expression(n.expression, want),
  ),
  [K.PropertyAccessExpression]: of(lowerProperty),
  [K.ElementAccessExpression]: of(lowerElement),
  [K.BinaryExpression]: of(lowerBinary),
  [K.PrefixUnaryExpression]: of(lowerPrefix),
  [K.PostfixUnaryExpression]: of(lowerPostfix),
  [K.ConditionalExpression]: of(lowerConditional),
  [K.CallExpression]: of(lowerCall),
  [K.NewExpression]: of(lowerNew),
  [K.ObjectLiteralExpression]: of(lowerObject),
  [K.ArrayLiteralExpression]: of(lowerObject),
  [K.AsExpression]: of(lowerAs),
  [K.SatisfiesExpression]: of<typescript.SatisfiesExpression>((fn, n, want) => fn.expression(n.expression, want)),
  [K.NonNullExpression]: of(lowerNonNull),
};

export function lowerExpression(
  fn: Lowering,
  node: typescript.Expression,
  want?: Parameters<Lowering["expression"]>[1],
): Expr {
  const handler = HANDLERS[node.kind];
  return handler ? handler(fn, node, want) : fn.error("EB1012", node, `${quoted(node)} has no meaning in a program`);
}

function lowerThis(fn: Lowering, node: typescript.Expression): Expr {
  return fn.self
    ? readLocal(fn.self, spanOf(node))
    : fn.error("EB1009", node, "this is the class here: name a member of it");
}

/** Where an expression's value is kept, to assign to it or to change it atomically. */
export function lowerPlace(fn: Lowering, node: typescript.Expression): Place | undefined {
  const target = unparenthesized(node);
  if (ts.isIdentifier(target)) return placeOfIdentifier(fn, target);
  if (ts.isPropertyAccessExpression(target)) return placeOfProperty(fn, target);
  if (ts.isElementAccessExpression(target)) return placeOfElement(fn, target);
  if (ts.isNonNullExpression(target)) fn.error("EB5003", target, `${quoted(target)} asserts what it does not test`);
  else fn.error("EB1012", target, `${quoted(target)} cannot be assigned to`);
  return undefined;
}
