/** Destructuring: each name is a field or element read once, in order. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { advance, assign, localPlace, memory, read, readLocal, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, isScalar, sizeOf, typeName } from "../../types.js";
import { referenceFor } from "../aliases.js";
import { dynamicField } from "../dynamic.js";
import type { Lowering } from "../lowering.js";

export function bindPattern(fn: Lowering, pattern: typescript.BindingPattern, value: Expr): void {
  if (value.type.kind === "error") return;
  const target = value.type.kind === "pointer" ? value.type.to : undefined;
  if (target?.kind !== "struct" && target?.kind !== "array") {
    fn.error("EB1012", pattern, `${typeName(value.type)} has no parts to take out`);
    return;
  }
  const span = spanOf(pattern);
  const whole = fn.local("whole", value.type);
  fn.emit(statement(assign(localPlace(whole), value, span)));
  pattern.elements.forEach((element, i) => {
    if (ts.isOmittedExpression(element)) return;
    if (element.dotDotDotToken || element.initializer) {
      fn.error("EB1012", element, "rest and default values have no meaning in a struct pattern");
      return;
    }
    const part = partOf(fn, pattern, element, target, i);
    if (part)
      bindName(fn, element.name, readPart(readLocal(whole, span), part.offset, part.type, spanOf(element)), element);
  });
}

function partOf(
  fn: Lowering,
  pattern: typescript.BindingPattern,
  element: typescript.BindingElement,
  type: HirType & { kind: "struct" | "array" },
  index: number,
): { readonly offset: number; readonly type: HirType } | undefined {
  if (ts.isArrayBindingPattern(pattern)) {
    if (type.kind === "array" && index < type.length)
      return { offset: index * sizeOf(type.element), type: type.element };
  } else {
    const key = element.propertyName ?? element.name;
    if (type.kind === "struct" && ts.isIdentifier(key)) {
      const field = type.fields.find((f) => f.name === key.text);
      if (field) return field;
    }
  }
  fn.error("EB2011", element, `${typeName(type)} has no part ${element.getText()}`);
  return undefined;
}

export function readPart(base: Expr, offset: number, type: HirType, span: Expr["span"]): Expr {
  if (type.kind === "dynamic") return dynamicField(base, offset, type, span);
  return isScalar(type) ? read(memory(base, offset, type), span) : advance(base, offset, type, span);
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
