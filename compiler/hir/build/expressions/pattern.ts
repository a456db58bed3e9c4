/** Destructuring: each name is a field or element read once, in order. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { assign, errorExpr, localPlace, readLocal, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { sizeOf, typeName } from "../../types.js";
import { referenceFor } from "../aliases.js";
import type { Lowering } from "../lowering.js";
import { readPart } from "../read-part.js";
import { memberOf } from "./property.js";

export function bindPattern(fn: Lowering, pattern: typescript.BindingPattern, value: Expr): void {
  if (value.type.kind === "error") {
    poison(fn, pattern);
    return;
  }
  const span = spanOf(pattern);
  const whole = fn.local("whole", value.type);
  fn.emit(statement(assign(localPlace(whole), value, span)));
  pattern.elements.forEach((element, i) => {
    if (ts.isOmittedExpression(element)) return;
    if (element.dotDotDotToken || element.initializer) {
      fn.error("EB1012", element, "rest and default values have no meaning in a struct pattern");
      poison(fn, element.name);
      return;
    }
    const part = partOf(fn, pattern, element, readLocal(whole, span), i);
    if (part.type.kind === "error") poison(fn, element.name);
    else bindName(fn, element.name, part, element);
  });
}

/** After a reported mistake, uses of the names stay quiet. */
function poison(fn: Lowering, name: typescript.BindingName): void {
  if (!ts.isIdentifier(name)) {
    for (const e of name.elements) if (!ts.isOmittedExpression(e)) poison(fn, e.name);
    return;
  }
  const symbol = fn.module.checker.getSymbolAtLocation(name);
  if (symbol) fn.bind(symbol, { kind: "value", value: errorExpr(spanOf(name)) });
}

function partOf(
  fn: Lowering,
  pattern: typescript.BindingPattern,
  element: typescript.BindingElement,
  whole: Expr,
  index: number,
): Expr {
  const { type } = whole;
  const span = spanOf(element);
  const target = type.kind === "pointer" ? type.to : undefined;
  if (ts.isArrayBindingPattern(pattern)) {
    if (target?.kind === "array" && index < target.length)
      return readPart(whole, index * sizeOf(target.element), target.element, span);
    const place = target?.kind === "struct" ? target.fields[index] : undefined;
    if (place?.name === String(index)) return readPart(whole, place.offset, place.type, span);
  } else {
    const key = element.propertyName ?? element.name;
    const name = ts.isIdentifier(key) || ts.isStringLiteral(key) ? key.text : undefined;
    const owner = fn.module.checker.getTypeAtLocation(pattern);
    const symbol = name === undefined ? undefined : fn.module.checker.getPropertyOfType(owner, name);
    const part = name === undefined ? undefined : memberOf(fn, { name, symbol, node: element }, whole, span);
    if (part) return part;
  }
  return fn.error("EB2011", element, `${typeName(type)} has no part ${element.getText()}`);
}

/** Binds a name, or the names of a pattern, to a value that was read from `source`. */
export function bindName(fn: Lowering, name: typescript.BindingName, read: Expr, source: typescript.Node): void {
  if (!ts.isIdentifier(name)) return bindPattern(fn, name, read);
  const symbol = fn.module.checker.getSymbolAtLocation(name);
  if (!symbol) return;
  const value = referenceFor(fn, name, read, source);
  const local = fn.local(name.text, value.type);
  fn.bind(symbol, { kind: "local", local });
  fn.emit(statement(assign(localPlace(local), value, spanOf(name))));
}
