/**
 * Values that must be known at build time: initialisers of globals, map sizes, flags. Evaluates the syntax itself (the
 * checker's narrowed literal types are not used) into numbers or into the bytes of a typed place.
 */
import type typescript from "typescript";
import type { Diagnostics } from "../../diagnostics/diagnostic.js";
import { spanOf } from "../../source/span.js";
import { enumValue, ts, unparenthesized } from "../../source/typescript.js";
import { type ArrayType, type HirType, intOf, type StructType, sizeOf, typeName } from "../types.js";
import { quoted, rangeOf } from "./convert.js";

const K = ts.SyntaxKind;

/** The integer that an expression is, or undefined when it is not constant. */
export function constantValue(checker: typescript.TypeChecker, node: typescript.Expression): bigint | undefined {
  const at = unparenthesized(node);
  if (ts.isNumericLiteral(at)) {
    const value = Number(at.text);
    return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  }
  if (ts.isBigIntLiteral(at)) return BigInt(at.text.replace(/n$/, ""));
  if (at.kind === K.TrueKeyword) return 1n;
  if (at.kind === K.FalseKeyword) return 0n;
  if (ts.isPrefixUnaryExpression(at)) return unary(at.operator, constantValue(checker, at.operand));
  if (ts.isBinaryExpression(at))
    return binary(at.operatorToken.kind, constantValue(checker, at.left), constantValue(checker, at.right));
  if (ts.isAsExpression(at) || ts.isSatisfiesExpression(at)) return constantValue(checker, at.expression);
  if (ts.isCallExpression(at)) return conversion(checker, at);
  if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) {
    const value = enumValue(checker, at);
    if (value !== undefined && Number.isSafeInteger(value)) return BigInt(value);
  }
  if (ts.isIdentifier(at) || ts.isPropertyAccessExpression(at)) return named(checker, at);
  return undefined;
}

function named(checker: typescript.TypeChecker, node: typescript.Expression): bigint | undefined {
  const symbol = checker.getSymbolAtLocation(node);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.valueDeclaration;
  if (!declaration) return undefined;
  const isConst =
    ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  const flags = ts.ModifierFlags.Static | ts.ModifierFlags.Readonly;
  const isReadonly =
    ts.isPropertyDeclaration(declaration) && (ts.getCombinedModifierFlags(declaration) & flags) === flags;
  if (!isConst && !isReadonly) return undefined;
  return declaration.initializer && constantValue(checker, declaration.initializer);
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

const CONVERSION = /^(be|hton[sl]{1,2}|ntoh[sl]{1,2}|[ui])?(8|16|32|64)?$/;

/** `u32(5)`, `htons(80)`: the logical number; a be type's bytes are swapped when they are stored. */
function conversion(checker: typescript.TypeChecker, call: typescript.CallExpression): bigint | undefined {
  const name = call.expression.getText();
  const [argument] = call.arguments;
  if (!argument || !CONVERSION.test(name)) return undefined;
  const value = constantValue(checker, argument);
  const width = /^([ui])(8|16|32|64)$/.exec(name);
  if (value === undefined || !width) return value;
  return width[1] === "u" ? BigInt.asUintN(Number(width[2]), value) : BigInt.asIntN(Number(width[2]), value);
}

interface Context {
  readonly checker: typescript.TypeChecker;
  readonly diagnostics: Diagnostics;
}

/** Writes a constant initialiser as the bytes of `type`; false after a diagnostic. */
export function writeConstant(
  cx: Context,
  type: HirType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  const at = unparenthesized(node);
  if (ts.isAsExpression(at) || ts.isSatisfiesExpression(at))
    return writeConstant(cx, type, at.expression, bytes, offset);
  if (type.kind === "struct") return writeStruct(cx, type, at, bytes, offset);
  if (type.kind === "array") return writeArray(cx, type, at, bytes, offset);
  const value = constantValue(cx.checker, at);
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

function notConstant(cx: Context, node: typescript.Node): false {
  cx.diagnostics.report("EB2012", spanOf(node), `${quoted(node)} is not known when the object is built`);
  return false;
}

function writeStruct(
  cx: Context,
  type: StructType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  if (ts.isNewExpression(node) && !node.arguments?.length) return true;
  if (!ts.isObjectLiteralExpression(node)) return notConstant(cx, node);
  return node.properties.every((property) => {
    if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name)) return notConstant(cx, property);
    const { text } = property.name;
    const field = type.fields.find((f) => f.name === text);
    return field
      ? writeConstant(cx, field.type, property.initializer, bytes, offset + field.offset)
      : notConstant(cx, property);
  });
}

function writeArray(
  cx: Context,
  type: ArrayType,
  node: typescript.Expression,
  bytes: Uint8Array,
  offset: number,
): boolean {
  if (type.flavour === "chars" && ts.isStringLiteralLike(node)) {
    const text = new TextEncoder().encode(node.text);
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
