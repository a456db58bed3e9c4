/**
 * Storing values into memory: scalars, copies of structs and arrays, and literals built in place. Padding of a literal
 * is always zeroed: map keys are compared byte by byte, and kernel stack must not leak.
 */
import type typescript from "typescript";
import { spanOf } from "../../source/span.js";
import { ts, unparenthesized } from "../../source/typescript.js";
import { advance, alignmentOf, assign, memory, slotAddress, statement } from "../make.js";
import type { Expr, Place } from "../nodes.js";
import { type ArrayType, type HirType, isScalar, type StructType, sameType, sizeOf, typeName } from "../types.js";
import { coerce, quoted } from "./convert.js";
import type { Lowering } from "./lowering.js";

/** Emits the stores of `node` into `address`; `fresh` memory cannot be read by the value itself. */
export function storeInto(
  fn: Lowering,
  address: Expr,
  type: HirType,
  node: typescript.Expression,
  fresh: boolean,
): void {
  const span = spanOf(node);
  const source = unparenthesized(node);
  if (isScalar(type)) {
    const value = fn.value(source, type, typeName(type));
    fn.emit(statement(assign(memory(address, 0, type), value, span)));
    return;
  }
  const literal = isLiteral(source);
  if (literal && !fresh) {
    const slot = fn.slot("literal", type, false, span);
    storeInto(fn, slotAddress(slot, type, span), type, source, true);
    copyMemory(fn, address, slotAddress(slot, type, span), type);
    return;
  }
  if (type.kind === "struct" && ts.isObjectLiteralExpression(source)) return structLiteral(fn, address, type, source);
  if (type.kind === "array" && ts.isArrayLiteralExpression(source)) return arrayLiteral(fn, address, type, source);
  if (type.kind === "struct" && ts.isArrayLiteralExpression(source)) return tupleLiteral(fn, address, type, source);
  if (type.kind === "array" && type.flavour === "chars" && ts.isStringLiteralLike(source))
    return text(fn, address, type, source);
  if (type.kind === "struct" && ts.isNewExpression(source) && fresh) {
    const made = fn.typeOf(source);
    if (sameType(made, type)) {
      zero(fn, address, type, source);
      return;
    }
  }
  const value = fn.expression(source, type);
  if (value.type.kind === "error") return;
  if (value.type.kind !== "pointer" || !sameType(value.type.to, type)) {
    fn.error("EB2011", node, `${quoted(node)} is ${typeName(value.type)}, not ${typeName(type)}`);
    return;
  }
  copyMemory(fn, address, value, type);
}

const isLiteral = (node: typescript.Expression): boolean =>
  ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);

/** Copies a whole value. */
export function copyMemory(fn: Lowering, to: Expr, from: Expr, type: HirType): void {
  const align = Math.min(alignmentOf(to), alignmentOf(from));
  fn.emit({ kind: "copy", to, from, size: sizeOf(type), align, span: from.span });
}

/** Zeroes a whole value. */
export function zero(fn: Lowering, address: Expr, type: HirType, node: typescript.Node): void {
  fn.emit({ kind: "zero", address, size: sizeOf(type), align: alignmentOf(address), span: spanOf(node) });
}

/** Whether the given fields leave no byte of the struct unwritten. */
function covers(type: StructType, names: ReadonlySet<string>): boolean {
  let end = 0;
  for (const field of [...type.fields].sort((a, b) => a.offset - b.offset)) {
    if (!names.has(field.name) || field.offset > end) return false;
    if (field.type.kind === "struct") return false;
    end = Math.max(end, field.offset + sizeOf(field.type));
  }
  return end === type.size;
}

function structLiteral(fn: Lowering, address: Expr, type: StructType, node: typescript.ObjectLiteralExpression): void {
  const names = new Set<string>(
    node.properties.flatMap((p) => (p.name && ts.isIdentifier(p.name) ? [p.name.text] : [])),
  );
  const spread = node.properties.some(ts.isSpreadAssignment);
  if (!spread && !covers(type, names)) zero(fn, address, type, node);
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      storeInto(fn, address, type, property.expression, true);
      continue;
    }
    const name = property.name;
    if (!name || !ts.isIdentifier(name)) {
      fn.error("EB1006", property, `${quoted(property)} does not name a field`);
      continue;
    }
    const field = type.fields.find((f) => f.name === name.text);
    if (!field) {
      fn.error("EB2011", name, `${type.name} has no field ${name.text}`);
      continue;
    }
    const at = advance(address, field.offset, field.type, spanOf(property));
    if (ts.isPropertyAssignment(property)) storeField(fn, at, field.type, property.initializer, `field ${field.name}`);
    else if (ts.isShorthandPropertyAssignment(property))
      storeField(fn, at, field.type, property.name, `field ${field.name}`);
    else fn.error("EB1012", property, "a struct literal holds values only");
  }
}

function storeField(fn: Lowering, address: Expr, type: HirType, node: typescript.Expression, what: string): void {
  if (!isScalar(type)) return storeInto(fn, address, type, node, true);
  const value = coerce(fn, fn.expression(node, type), type, node, what);
  fn.emit(statement(assign(memory(address, 0, type), value, spanOf(node))));
}

function arrayLiteral(fn: Lowering, address: Expr, type: ArrayType, node: typescript.ArrayLiteralExpression): void {
  if (node.elements.length > type.length) {
    fn.error("EB2002", node, `${node.elements.length} elements do not fit ${typeName(type)}`);
    return;
  }
  if (node.elements.length < type.length) zero(fn, address, type, node);
  const size = sizeOf(type.element);
  node.elements.forEach((element, i) => {
    storeField(fn, advance(address, i * size, type.element, spanOf(element)), type.element, element, `element ${i}`);
  });
}

/** A tuple: a struct whose fields are "0", "1"… */
function tupleLiteral(fn: Lowering, address: Expr, type: StructType, node: typescript.ArrayLiteralExpression): void {
  zero(fn, address, type, node);
  node.elements.forEach((element, i) => {
    const field = type.fields.find((f) => f.name === String(i));
    if (!field || ts.isSpreadElement(element))
      fn.error("EB2011", element, `${typeName(type)} has no place ${i} for this`);
    else storeField(fn, advance(address, field.offset, field.type, spanOf(element)), field.type, element, `place ${i}`);
  });
}

function text(fn: Lowering, address: Expr, type: ArrayType, node: typescript.StringLiteralLike): void {
  const bytes = new TextEncoder().encode(node.text);
  if (bytes.length >= type.length) {
    fn.error("EB2002", node, `${bytes.length} bytes and a terminator do not fit ${typeName(type)}`);
    return;
  }
  const padded = new Uint8Array(type.length);
  padded.set(bytes);
  fn.emit({ kind: "fill", address, bytes: padded, span: spanOf(node) });
}

/** The address of the value of `node`: in place when it has one of that very type, else a temporary. */
export function memoryOf(fn: Lowering, node: typescript.Expression, type: HirType): Expr {
  const span = spanOf(node);
  const source = unparenthesized(node);
  if (!isScalar(type)) {
    if (isLiteral(source) || ts.isStringLiteralLike(source)) return temporary(fn, source, type);
    const value = fn.expression(source, type);
    if (value.type.kind === "error") return value;
    if (value.type.kind !== "pointer" || !sameType(value.type.to, type))
      return fn.error("EB2011", node, `${quoted(node)} is ${typeName(value.type)}, not ${typeName(type)}`);
    return value;
  }
  const value = coerce(fn, fn.expression(source, type), type, node, typeName(type));
  if (value.type.kind === "error") return value;
  const place = value.kind === "read" ? value.place : undefined;
  // A field in a packet or a map can be the key itself: one load and one store less than clang's copy.
  if (place?.kind === "memory" && place.access === "plain" && sameType(place.type, type) && isDirect(place)) {
    return advance(place.base, place.offset, type, span);
  }
  const slot = fn.slot("key", type, false, span);
  fn.emit(statement(assign(memory(slotAddress(slot, type, span), 0, type), value, span)));
  return slotAddress(slot, type, span);
}

/** Whether a helper may be handed the place itself. Globals are left out: their value may change while it runs. */
const isDirect = (place: Place & { kind: "memory" }): boolean => place.base.kind !== "global";

function temporary(fn: Lowering, node: typescript.Expression, type: HirType): Expr {
  const span = spanOf(node);
  const slot = fn.slot("value", type, false, span);
  const address = slotAddress(slot, type, span);
  storeInto(fn, address, type, node, true);
  return address;
}
