/**
 * Typed sinks: where a value meets a type. An untagged number is exact until here; a literal must fit; what may lose
 * bits must say so. Also truth values.
 */
import type typescript from "typescript";
import { spanOf } from "../../source/span.js";
import { compare, constant, errorExpr, isPresent, retype } from "../make.js";
import type { Expr } from "../nodes.js";
import { BOOL, type HirType, INT, type IntType, intOf, sameType, sizeOf, typeName } from "../types.js";
import type { Lowering } from "./lowering.js";

/** The result of `/` where JavaScript would go on with a fraction. */
export function fraction(fn: Lowering, node: typescript.Node): Expr {
  return fn.error("EB2007", node, `${quoted(node)} uses the result of / where JavaScript has a fraction`);
}

/** The smallest and largest value of an integer type. */
export function rangeOf(type: IntType): readonly [bigint, bigint] {
  const bits = BigInt(type.bits);
  return type.signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** Whether every value of `from` is one of `to`. */
export function isLossless(from: IntType, to: IntType): boolean {
  if (from.bigEndian || to.bigEndian) return from.name === to.name;
  const [a, b] = rangeOf(from);
  const [c, d] = rangeOf(to);
  return a >= c && b <= d;
}

const convertTo = (value: Expr, to: IntType, type: HirType = to): Expr => ({
  kind: "convert",
  to,
  value,
  type,
  span: value.span,
});

/** `value` as a `target`, or a diagnostic. `what` names the place: "field dport", "argument 2 of update". */
export function coerce(fn: Lowering, value: Expr, target: HirType, node: typescript.Node, what: string): Expr {
  const from = value.type;
  if (from.kind === "error" || target.kind === "error") return value;
  if (from.kind === "number" && from.fraction && target.kind === "number") return fraction(fn, node);
  if (sameType(from, target) && from.kind !== "pointer") return retype(value, target);
  switch (target.kind) {
    case "int":
      return toInt(fn, value, target, node, what);
    case "enum":
      return toEnum(fn, value, target, node, what);
    case "number":
      if (from.kind === "int" && from.bits < 64 && !from.bigEndian)
        return retype(value, { kind: "number", natural: from });
      if (from.kind === "enum" || from.kind === "number")
        return retype(value, { kind: "number", natural: intOf(from) ?? INT.i64 });
      break;
    case "bigint":
      if (from.kind === "int" && from.bits === 64 && !from.bigEndian) return value;
      break;
    case "address":
      if (from.kind === "dynamic" && target.space === "kernel") return retype(value, target);
      break;
    case "pointer":
      if (value.kind === "null") return retype(value, target);
      if (from.kind === "pointer" && sameType(from.to, target.to)) {
        if (target.packet && !from.packet)
          return fn.error("EB2011", node, `${what} is a reference to packet memory, this is to other memory`);
        return retype(value, from.packet ? { ...target, packet: true } : target);
      }
      if (from.kind === "cursor") break;
      return fn.error("EB2011", node, `${what} wants ${typeName(target)}, this is ${typeName(from)}`);
    case "void":
      return value;
    default:
      break;
  }
  return fn.error("EB2011", node, `${what} wants ${typeName(target)}, this is ${typeName(from)}`);
}

function toInt(fn: Lowering, value: Expr, target: IntType, node: typescript.Node, what: string): Expr {
  const from = value.type;
  const source = intOf(from);
  if (source === undefined || target.bigEndian !== source.bigEndian)
    return fn.error("EB2011", node, `${what} wants ${target.name}, this is ${typeName(from)}`);
  if (value.kind === "const" && !source.bigEndian) {
    const [low, high] = rangeOf(target);
    if (value.value < low || value.value > high)
      return fn.error("EB2002", node, `${value.value} does not fit ${what} of type ${target.name} (${low} to ${high})`);
    return constant(value.value, target, value.span);
  }
  if (from.kind === "number") return fromNumber(fn, value, target, from.natural, node, what);
  if (from.kind === "bigint")
    return target.bits === 64 ? retype(value, target) : truncation(fn, node, what, "bigint", target);
  if (isLossless(source, target)) return retype(value, target);
  return truncation(fn, node, what, typeName(from), target);
}

/**
 * A result of arithmetic wraps silently only at the width of its widest operand: `a32 + 1` in a u32, never `a32 + b32`
 * in a u8. A number that no typed operand went into is taken at 32 and 64 bits.
 */
function fromNumber(
  fn: Lowering,
  value: Expr,
  target: IntType,
  natural: IntType | undefined,
  node: typescript.Node,
  what: string,
): Expr {
  const fits = natural === undefined ? target.bits >= 32 : natural.bits <= target.bits;
  if (!fits) return truncation(fn, node, what, natural ? `${natural.name} arithmetic` : "an untyped number", target);
  return target.bits === 64 ? retype(value, target) : convertTo(value, target);
}

function truncation(fn: Lowering, node: typescript.Node, what: string, from: string, target: IntType): Expr {
  return fn.error("EB2003", node, `${from} may not fit ${what} of type ${target.name}`, {
    help: `write ${target.name}(${node.getText()}) if its upper bits may go`,
  });
}

function toEnum(
  fn: Lowering,
  value: Expr,
  target: HirType & { kind: "enum" },
  node: typescript.Node,
  what: string,
): Expr {
  if (value.type.kind === "enum")
    return fn.error("EB2011", node, `${what} wants ${target.name}, this is ${value.type.name}`);
  if (value.kind === "const" && target.members.some((m) => BigInt(m.value) === value.value))
    return retype(value, target);
  return fn.error("EB2010", node, `${what} wants a member of ${target.name}, this is ${typeName(value.type)}`);
}

/** Conversion functions: `u8(x)` keeps the low bits of anything. */
export function convertExplicitly(value: Expr, target: IntType): Expr {
  if (value.type.kind === "error") return value;
  if (value.kind === "const") {
    const bits = target.bits;
    const folded = target.signed ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value);
    return constant(folded, target, value.span);
  }
  const source = intOf(value.type);
  if (source && value.type.kind !== "number" && isLossless(source, target)) return retype(value, target);
  if (target.bits === 64 && value.type.kind !== "bool") return retype(value, target);
  return convertTo(value, target);
}

/** Whether a value counts as true. */
export function truth(fn: Lowering, value: Expr, node: typescript.Node): Expr {
  const { type, span } = value;
  switch (type.kind) {
    case "bool":
      return value;
    case "int":
      if (type.bigEndian) {
        const conversion = type.bits === 16 ? "htons(0)" : type.bits === 32 ? "htonl(0)" : "htonll(0n)";
        return fn.error("EB2005", node, `${node.getText()} is ${type.name}: an object to TypeScript, always true`, {
          help: `compare it: ${node.getText()} !== ${conversion}`,
        });
      }
      return compare("ne", value, constant(0, type, span), span);
    case "enum":
    case "number":
    case "bigint":
      if (value.kind === "const") return constant(value.value === 0n ? 0n : 1n, BOOL, span);
      return compare("ne", value, constant(0, type, span), span);
    case "pointer":
      return type.nullable ? isPresent(value, span) : constant(1, BOOL, span);
    case "address":
    case "dynamic":
      return compare("ne", value, constant(0, type, span), span);
    case "error":
      return value;
    case "void":
      if (value.kind === "null") return constant(0, BOOL, span);
      return fn.error("EB2001", node, "void has no value to test");
    default:
      return constant(1, BOOL, span);
  }
}

/** A message's name for a node: its text when short. */
export function quoted(node: typescript.Node): string {
  const text = node.getText().replace(/\s+/g, " ");
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/** Bytes of a type, checked to have some. */
export function layoutSize(fn: Lowering, type: HirType, node: typescript.Node): number {
  const size = sizeOf(type);
  if (size === 0 && type.kind !== "error") fn.error("EB2001", node, `${typeName(type)} has no layout`);
  return size;
}

export const failed = (node: typescript.Node): Expr => errorExpr(spanOf(node));
