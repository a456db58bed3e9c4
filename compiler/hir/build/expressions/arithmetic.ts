/**
 * Integer arithmetic on register values: types of results, signedness of operators, constant folding. Untagged numbers
 * are exact 64-bit; `natural` remembers the width that a result came from, so that sinks know what may be lost.
 */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { ts } from "../../../source/typescript.js";
import { binary, compare, constant, number } from "../../make.js";
import type { BinaryOp, Expr, Predicate } from "../../nodes.js";
import {
  BIGINT,
  BOOL,
  type HirType,
  INT,
  type IntType,
  intOf,
  NUMBER,
  type NumberType,
  typeName,
} from "../../types.js";
import { convertExplicitly, fraction, quoted, rangeOf } from "../convert.js";
import type { Lowering } from "../lowering.js";

const K = ts.SyntaxKind;

/** Operators by token, compound assignments included. */
export const OPERATORS: Partial<Record<typescript.SyntaxKind, string>> = {
  [K.PlusToken]: "+",
  [K.MinusToken]: "-",
  [K.AsteriskToken]: "*",
  [K.AsteriskAsteriskToken]: "**",
  [K.SlashToken]: "/",
  [K.PercentToken]: "%",
  [K.AmpersandToken]: "&",
  [K.BarToken]: "|",
  [K.CaretToken]: "^",
  [K.LessThanLessThanToken]: "<<",
  [K.GreaterThanGreaterThanToken]: ">>",
  [K.GreaterThanGreaterThanGreaterThanToken]: ">>>",
  [K.PlusEqualsToken]: "+",
  [K.MinusEqualsToken]: "-",
  [K.AsteriskEqualsToken]: "*",
  [K.SlashEqualsToken]: "/",
  [K.PercentEqualsToken]: "%",
  [K.AmpersandEqualsToken]: "&",
  [K.BarEqualsToken]: "|",
  [K.CaretEqualsToken]: "^",
  [K.LessThanLessThanEqualsToken]: "<<",
  [K.GreaterThanGreaterThanEqualsToken]: ">>",
  [K.GreaterThanGreaterThanGreaterThanEqualsToken]: ">>>",
};

/** Whether no value of the type is negative. */
function isUnsigned(value: Expr): boolean {
  if (value.kind === "const") return value.value >= 0n;
  const int = value.type.kind === "number" ? value.type.natural : intOf(value.type);
  if (value.type.kind === "number") return int !== undefined && !int.signed && isMasked(value);
  return int !== undefined && !int.signed;
}

/** Operations that cannot make an unsigned value negative. */
function isMasked(value: Expr): boolean {
  if (value.kind === "binary") {
    if (
      value.op === "and" ||
      value.op === "or" ||
      value.op === "xor" ||
      value.op === "urem" ||
      value.op === "udiv" ||
      value.op === "lshr"
    )
      return isUnsigned(value.left) && isUnsigned(value.right);
    if (value.op === "add") return isUnsigned(value.left) && isUnsigned(value.right);
    return false;
  }
  return value.kind === "convert" || value.kind === "difference";
}

const isWide = (type: HirType): boolean => type.kind === "bigint" || (type.kind === "int" && type.bits === 64);

/** The smallest unsigned type that holds 0 to `max`. */
function covering(max: bigint): IntType {
  for (const type of [INT.u8, INT.u16, INT.u32]) if (max <= rangeOf(type)[1]) return type;
  return INT.u64;
}

const natural = (value: Expr): IntType | undefined =>
  value.type.kind === "number" ? value.type.natural : intOf(value.type);

function widest(a: Expr, b: Expr): IntType | undefined {
  const [x, y] = [natural(a), natural(b)];
  if (a.kind === "const") return y;
  if (b.kind === "const") return x;
  if (!x || !y) return undefined;
  return x.bits !== y.bits ? (x.bits > y.bits ? x : y) : x.signed ? x : y;
}

const numberOf = (of: IntType | undefined, fraction = false): NumberType => ({
  kind: "number",
  ...(of ? { natural: of } : {}),
  ...(fraction ? { fraction } : {}),
});

/** Applies an operator, or reports why it cannot be. */
export function arithmetic(fn: Lowering, op: string, left: Expr, right: Expr, node: typescript.Node, span: Span): Expr {
  for (const side of [left, right]) {
    if (side.type.kind === "error") return side;
    const int = intOf(side.type);
    if (!int || int.bigEndian) return fn.error("EB2011", node, `${quoted(node)}: ${typeName(side.type)} has no ${op}`);
    if (side.type.kind === "number" && side.type.fraction) return fraction(fn, node);
  }
  if (op === ">>>" && !isWide(left.type) && !isUnsigned(left)) return unsignedShift(fn, left, right, node, span);
  const type = resultType(fn, op, left, right, node);
  if (type.kind === "error") return constant(0, type, span);
  if (left.kind === "const" && right.kind === "const") {
    const folded = fold(op, left.value, right.value, type);
    if (folded !== undefined) return constant(folded, type, span);
  }
  if (op === "**") return fn.error("EB1012", node, `${quoted(node)} is not a constant, and ** has no instruction`);
  return binary(machineOp(op, left, right, type), left, right, type, span);
}

/** `x >>> n` of a signed number: JavaScript takes its low 32 bits, and the count modulo 32. */
function unsignedShift(fn: Lowering, left: Expr, right: Expr, node: typescript.Node, span: Span): Expr {
  const count = arithmetic(fn, "&", right, number(31, span), node, span);
  return arithmetic(fn, ">>>", convertExplicitly(left, INT.u32), count, node, span);
}

function resultType(fn: Lowering, op: string, left: Expr, right: Expr, node: typescript.Node): HirType {
  if (isWide(left.type) || isWide(right.type)) return wideType(fn, op, left, right, node);
  const c = right.kind === "const" && right.value >= 0n ? right.value : undefined;
  switch (op) {
    case "&":
      if (c !== undefined) return numberOf(smaller(covering(c), natural(left)));
      if (left.kind === "const" && left.value >= 0n) return numberOf(smaller(covering(left.value), natural(right)));
      break;
    case "%":
      if (c !== undefined && c > 0n && isUnsigned(left)) return numberOf(covering(c - 1n));
      return numberOf(natural(left));
    case ">>":
    case ">>>": {
      const from = natural(left);
      if (c !== undefined && from && !from.signed) return numberOf(covering(rangeOf(from)[1] >> c));
      return numberOf(from);
    }
    case "<<": {
      const from = natural(left);
      if (c !== undefined && c < 64n && from && !from.signed) return numberOf(covering(rangeOf(from)[1] << c));
      return NUMBER;
    }
    case "/":
      return numberOf(natural(left), true);
    default:
      break;
  }
  return numberOf(widest(left, right));
}

const smaller = (a: IntType, b: IntType | undefined): IntType => (b && !b.signed && b.bits < a.bits ? b : a);

function wideType(fn: Lowering, op: string, left: Expr, right: Expr, node: typescript.Node): HirType {
  if (op === "<<" || op === ">>" || op === ">>>") return left.type;
  if (left.type.kind === "bigint") return right.type.kind === "bigint" ? BIGINT : right.type;
  if (right.type.kind === "bigint") return left.type;
  if (left.type.kind === "int" && right.type.kind === "int" && left.type.name === right.type.name) return left.type;
  return fn.error("EB2004", node, `${quoted(node)} mixes ${typeName(left.type)} and ${typeName(right.type)}`).type;
}

function machineOp(op: string, left: Expr, right: Expr, type: HirType): BinaryOp {
  const signedType = type.kind === "int" ? type.signed : !(isUnsigned(left) && isUnsigned(right));
  const signedLeft = type.kind === "int" ? type.signed : !isUnsigned(left);
  switch (op) {
    case "+":
      return "add";
    case "-":
      return "sub";
    case "*":
      return "mul";
    case "/":
      return signedType ? "sdiv" : "udiv";
    case "%":
      return signedType ? "srem" : "urem";
    case "&":
      return "and";
    case "|":
      return "or";
    case "^":
      return "xor";
    case "<<":
      return "shl";
    case ">>":
      return signedLeft ? "ashr" : "lshr";
    default:
      return "lshr";
  }
}

/** Folds as the machine computes: 64 bits, x / 0 = 0, x % 0 = x (RFC 9669 section 4.1). */
function fold(op: string, a: bigint, b: bigint, type: HirType): bigint | undefined {
  const raw = ((): bigint | undefined => {
    switch (op) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "**":
        return b >= 0n && b < 64n ? a ** b : undefined;
      case "/":
        return b === 0n ? 0n : a / b;
      case "%":
        return b === 0n ? a : a % b;
      case "&":
        return a & b;
      case "|":
        return a | b;
      case "^":
        return a ^ b;
      case "<<":
        return b >= 0n && b < 64n ? a << b : undefined;
      case ">>":
        return b >= 0n && b < 64n ? a >> b : undefined;
      default:
        return b >= 0n && b < 64n ? BigInt.asUintN(64, a) >> b : undefined;
    }
  })();
  if (raw === undefined) return undefined;
  if (type.kind === "bigint") return raw;
  return type.kind === "int" && !type.signed ? BigInt.asUintN(64, raw) : BigInt.asIntN(64, raw);
}

const SIGNED: Readonly<Record<string, Predicate>> = { "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge" };
const UNSIGNED: Readonly<Record<string, Predicate>> = { "<": "ult", "<=": "ule", ">": "ugt", ">=": "uge" };

/** `<`, `===` and the like between integers. */
export function compareIntegers(
  fn: Lowering,
  op: string,
  left: Expr,
  right: Expr,
  node: typescript.Node,
  span: Span,
): Expr {
  for (const side of [left, right]) if (side.type.kind === "number" && side.type.fraction) return fraction(fn, node);
  const equality = op === "===" || op === "!==";
  const [a, b] = [intOf(left.type), intOf(right.type)];
  if (
    !a ||
    !b ||
    (a.bigEndian !== b.bigEndian && !(left.kind === "const" || right.kind === "const")) ||
    (a.bigEndian && !equality)
  )
    return fn.error("EB2011", node, `${quoted(node)} compares ${typeName(left.type)} with ${typeName(right.type)}`);
  if (left.kind === "const" && right.kind === "const")
    return constant(holds(op, left.value, right.value) ? 1n : 0n, BOOL, span);
  if (mixesSigns(left, right))
    return fn.error("EB2004", node, `${quoted(node)} compares ${typeName(left.type)} with ${typeName(right.type)}`);
  if (equality) return compare(op === "===" ? "eq" : "ne", left, right, span);
  const table = isUnsigned(left) && isUnsigned(right) ? UNSIGNED : SIGNED;
  return compare(table[op] ?? "slt", left, right, span);
}

/** A u64 beside something that can be negative: no common type holds both. */
function mixesSigns(left: Expr, right: Expr): boolean {
  const isU64 = (e: Expr): boolean => e.type.kind === "int" && e.type.name === "u64" && e.kind !== "const";
  const canBeNegative = (e: Expr): boolean =>
    e.kind === "const" ? e.value < 0n : e.type.kind === "int" && e.type.signed;
  return (isU64(left) && canBeNegative(right)) || (isU64(right) && canBeNegative(left));
}

function holds(op: string, a: bigint, b: bigint): boolean {
  if (op === "===") return a === b;
  if (op === "!==") return a !== b;
  if (op === "<") return a < b;
  if (op === "<=") return a <= b;
  return op === ">" ? a > b : a >= b;
}

/** `~x`: within the width of an unsigned operand, else of all 64 bits. */
export function complement(value: Expr, span: Span): Expr {
  const int = natural(value);
  if (value.kind === "const") {
    const folded = ~value.value;
    return constant(
      value.type.kind === "int" && !value.type.signed ? BigInt.asUintN(value.type.bits, folded) : folded,
      value.type,
      span,
    );
  }
  const wide = isWide(value.type);
  const type = wide ? value.type : numberOf(int);
  const mask = int && !int.signed && int.bits < 64 ? rangeOf(int)[1] : -1n;
  return binary("xor", value, wide ? constant(mask, value.type, span) : number(mask, span), type, span);
}
