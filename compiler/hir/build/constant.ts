/**
 * Values that must be known at build time: initialisers of globals, map sizes, flags. Evaluates the syntax itself (the
 * checker's narrowed literal types are not used) into numbers or into the bytes of a typed place.
 */
import type typescript from "typescript";
import type { Diagnostics } from "../../diagnostics/diagnostic.js";
import { spanOf } from "../../source/span.js";
import {
  constantInitializer,
  constantText,
  type Names,
  objectProperties,
  plainExpression,
  propertyOf,
  resolvedSymbol,
  stdlibName,
} from "../../source/symbols.js";
import { enumValue, ts } from "../../source/typescript.js";
import { type ArrayType, type HirType, intOf, type StructType, sizeOf, typeName } from "../types.js";
import { quoted, rangeOf } from "./convert.js";
import type { TypeResolver } from "./types.js";

const K = ts.SyntaxKind;

/** What evaluation needs of the module that is built. */
export interface ConstantContext extends Names {
  readonly diagnostics: Diagnostics;
  readonly types: TypeResolver;
}

/** The integer that an expression is, or undefined when it is not constant. */
export function constantValue(cx: ConstantContext, node: typescript.Expression): bigint | undefined {
  const at = plainExpression(node);
  if (ts.isNumericLiteral(at)) {
    const value = Number(at.text);
    return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  }
  if (ts.isBigIntLiteral(at)) return BigInt(at.text.replace(/n$/, ""));
  if (at.kind === K.TrueKeyword) return 1n;
  if (at.kind === K.FalseKeyword) return 0n;
  if (ts.isPrefixUnaryExpression(at)) return unary(at.operator, constantValue(cx, at.operand));
  if (ts.isBinaryExpression(at))
    return binary(at.operatorToken.kind, constantValue(cx, at.left), constantValue(cx, at.right));
  if (ts.isConditionalExpression(at)) {
    const test = constantValue(cx, at.condition);
    return test === undefined ? undefined : constantValue(cx, test === 0n ? at.whenFalse : at.whenTrue);
  }
  if (ts.isCallExpression(at)) return call(cx, at);
  const member = enumValue(cx.checker, at);
  if (member !== undefined && Number.isSafeInteger(member)) return BigInt(member);
  const initializer = constantInitializer(cx, at) ?? propertyOf(cx, at) ?? elementOf(cx, at);
  return initializer && constantValue(cx, initializer);
}

/** The initialiser behind `TABLE[2]`, of a constant array. */
function elementOf(cx: ConstantContext, node: typescript.Expression): typescript.Expression | undefined {
  if (!ts.isElementAccessExpression(node)) return undefined;
  const index = constantValue(cx, node.argumentExpression);
  const array = plainExpression(node.expression);
  const made = ts.isArrayLiteralExpression(array) ? array : constantInitializer(cx, array);
  const literal = made && plainExpression(made);
  if (index === undefined || !literal || !ts.isArrayLiteralExpression(literal)) return undefined;
  if (literal.elements.some(ts.isSpreadElement)) return undefined;
  return literal.elements[Number(index)];
}

function unary(op: typescript.SyntaxKind, value: bigint | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  if (op === K.MinusToken) return -value;
  if (op === K.PlusToken) return value;
  return op === K.TildeToken ? ~value : undefined;
}

function binary(op: typescript.SyntaxKind, a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return undefined;
  switch (op) {
    case K.PlusToken:
      return a + b;
    case K.MinusToken:
      return a - b;
    case K.AsteriskToken:
      return a * b;
    case K.SlashToken:
      return b === 0n || a % b !== 0n ? undefined : a / b;
    case K.PercentToken:
      return b === 0n ? undefined : a % b;
    case K.LessThanLessThanToken:
      return b >= 0n && b < 64n ? a << b : undefined;
    case K.GreaterThanGreaterThanToken:
      return b >= 0n && b < 64n ? a >> b : undefined;
    case K.AmpersandToken:
      return a & b;
    case K.BarToken:
      return a | b;
    case K.CaretToken:
      return a ^ b;
    case K.AsteriskAsteriskToken:
      return b >= 0n && b < 64n ? a ** b : undefined;
    default:
      return undefined;
  }
}

const CONVERSION = /^(be|hton[sl]{1,2}|ntoh[sl]{1,2}|[ui])(8|16|32|64)?$/;

/** Calls that are known at build time: `u32(5)`, `htons(80)` (the logical number: bytes are swapped when stored), `sizeOf(T)`. */
function call(cx: ConstantContext, node: typescript.CallExpression): bigint | undefined {
  const name = stdlibName(cx, node.expression) ?? globalName(cx, node.expression);
  const [argument, field] = node.arguments;
  if (!argument || name === undefined) return undefined;
  if (name === "sizeOf" || name === "offsetOf") return layout(cx, argument, name === "offsetOf" ? field : undefined);
  if (name === "Number" || name === "BigInt") return constantValue(cx, argument);
  if (!CONVERSION.test(name)) return undefined;
  const value = constantValue(cx, argument);
  const width = /^([ui])(8|16|32|64)$/.exec(name);
  if (value === undefined || !width) return value;
  return width[1] === "u" ? BigInt.asUintN(Number(width[2]), value) : BigInt.asIntN(Number(width[2]), value);
}

/** `Number` and `BigInt` of the tiny library. */
function globalName(cx: ConstantContext, node: typescript.Expression): string | undefined {
  const symbol = resolvedSymbol(cx, node);
  return symbol?.declarations?.some((d) => d.getSourceFile().fileName.endsWith("/tiny.lib.d.ts"))
    ? symbol.name
    : undefined;
}

function layout(
  cx: ConstantContext,
  type: typescript.Expression,
  field: typescript.Expression | undefined,
): bigint | undefined {
  const symbol = resolvedSymbol(cx, type);
  const struct = symbol && cx.types.quietly(cx.checker.getDeclaredTypeOfSymbol(symbol));
  if (struct?.kind !== "struct") return undefined;
  if (!field) return BigInt(struct.size);
  const name = constantText(cx, field);
  const found = struct.fields.find((f) => f.name === name);
  return found && BigInt(found.offset);
}

/** Writes a constant initialiser as the bytes of `type`; false after a diagnostic. */
export function writeConstant(
  cx: ConstantContext,
  type: HirType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  const at = plainExpression(node);
  if (type.kind === "struct" || type.kind === "array") {
    const made = constantInitializer(cx, at) ?? propertyOf(cx, at);
    if (made) return writeConstant(cx, type, made, bytes, offset);
  }
  if (type.kind === "struct") return writeStruct(cx, type, at, bytes, offset);
  if (type.kind === "array") return writeArray(cx, type, at, bytes, offset);
  const value = constantValue(cx, at);
  if (value === undefined) return notConstant(cx, at);
  if (type.kind === "bool") {
    bytes[offset] = value === 0n ? 0 : 1;
    return true;
  }
  const int = intOf(type);
  if (!int) return notConstant(cx, at);
  const [low, high] = rangeOf(int);
  if (value < low || value > high) {
    cx.diagnostics.report("EB2002", spanOf(at), `${value} does not fit ${typeName(type)} (${low} to ${high})`);
    return false;
  }
  const size = int.bits / 8;
  for (let i = 0; i < size; i++) {
    const byte = Number((BigInt.asUintN(int.bits, value) >> BigInt(8 * i)) & 0xffn);
    bytes[offset + (int.bigEndian ? size - 1 - i : i)] = byte;
  }
  return true;
}

function notConstant(cx: ConstantContext, node: typescript.Node): false {
  cx.diagnostics.report("EB2012", spanOf(node), `${quoted(node)} is not known when the object is built`);
  return false;
}

function writeStruct(
  cx: ConstantContext,
  type: StructType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  if (ts.isNewExpression(node) && !node.arguments?.length) return true;
  const properties = objectProperties(cx, node);
  if (!properties) return notConstant(cx, node);
  return [...properties.values()].every(({ name, value, node: at }) => {
    const field = type.fields.find((f) => f.name === name);
    return field ? writeConstant(cx, field.type, value, bytes, offset + field.offset) : notConstant(cx, at);
  });
}

function writeArray(
  cx: ConstantContext,
  type: ArrayType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  const literal =
    type.flavour === "chars"
      ? constantText(
          cx,
          ts.isCallExpression(node) && stdlibName(cx, node.expression) === "cstring"
            ? (node.arguments[0] ?? node)
            : node,
        )
      : undefined;
  if (literal !== undefined) {
    const text = new TextEncoder().encode(literal);
    if (text.length >= type.length) {
      cx.diagnostics.report(
        "EB2002",
        spanOf(node),
        `${text.length} bytes and a terminator do not fit ${typeName(type)}`,
      );
      return false;
    }
    bytes.set(text, offset);
    return true;
  }
  if (!ts.isArrayLiteralExpression(node)) return notConstant(cx, node);
  if (node.elements.length > type.length) {
    cx.diagnostics.report("EB2002", spanOf(node), `${node.elements.length} elements do not fit ${typeName(type)}`);
    return false;
  }
  const size = sizeOf(type.element);
  return node.elements.every((element, i) => writeConstant(cx, type.element, element, bytes, offset + i * size));
}
