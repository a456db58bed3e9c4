/** Property access: enum members, static fields, struct fields and getters, context fields, `.length`, `.value`, `?.`. */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { CONTEXTS } from "../../../layout/contexts.js";
import { spanOf } from "../../../source/span.js";
import { enumValue, ts } from "../../../source/typescript.js";
import {
  assign,
  constant,
  isOptional,
  isPresent,
  localPlace,
  memory,
  nullOf,
  read,
  readLocal,
  retype,
  sequence,
  statement,
} from "../../make.js";
import type { Expr, Place } from "../../nodes.js";
import { type ContextType, type HirType, INT, isScalar, NUMBER, pointerTo, typeName } from "../../types.js";
import { quoted } from "../convert.js";
import { POSITION } from "../cursor.js";
import { dynamicLength } from "../dynamic.js";
import type { FunctionNode, Lowering } from "../lowering.js";
import { readPart } from "../read-part.js";
import { placeOfGlobal, readGlobal, symbolOf } from "./identifier.js";

export function lowerProperty(fn: Lowering, node: typescript.PropertyAccessExpression): Expr {
  const span = spanOf(node);
  const value = enumValue(fn.module.checker, node);
  if (value !== undefined) return constant(value, fn.typeOf(node), span);
  const symbol = symbolOf(fn, node);
  const known = symbol && fn.module.constant(symbol, span);
  if (known) return known;
  const global = symbol && fn.module.global(symbol);
  if (global) return readGlobal(global, span);
  if (symbol && fn.module.isBroken(symbol)) return constant(0, { kind: "error" }, span);
  if (symbol && fn.module.map(symbol)) return fn.error("EB3004", node, `${quoted(node)} is a map: use it by name`);
  const base = fn.expression(node.expression);
  if (ts.isOptionalChain(node)) return optional(fn, node, base, (present) => member(fn, node, present, span));
  return member(fn, node, base, span);
}

/** `a?.b`: what follows is evaluated only where `a` is there. Absent scalars read as 0, so only tests may use them. */
export function optional(fn: Lowering, node: typescript.Expression, base: Expr, follow: (present: Expr) => Expr): Expr {
  if (base.type.kind === "error") return base;
  if (base.type.kind !== "pointer" || !base.type.nullable) return follow(base);
  const span = spanOf(node);
  const held = fn.local("chain", base.type);
  const keep = isOptional(base) ? [] : [statement(assign(localPlace(held), base, span))];
  const test = isPresent(isOptional(base) ? base : readLocal(held, span), span);
  const there = isOptional(base) ? base.whenTrue : retype(readLocal(held, span), { ...base.type, nullable: false });
  const whenTrue = fn.scoped(span, () => follow(there));
  const type: HirType = whenTrue.type.kind === "pointer" ? { ...whenTrue.type, nullable: true } : whenTrue.type;
  if (isScalar(type) && type.kind !== "pointer" && !mayBeAbsent(node))
    return fn.error(
      "EB1005",
      node,
      `${quoted(node)} may be undefined, which ${typeName(type)} cannot say; test it or use ??`,
    );
  if (type.kind === "void")
    return sequence(
      [...keep, { kind: "if", test, then: [statement(whenTrue)], otherwise: [], span }],
      whenTrueVoid(span),
    );
  const whenFalse = type.kind === "pointer" ? nullOf(type, span) : constant(0, type, span);
  return sequence(keep, {
    kind: "conditional",
    test,
    whenTrue: retype(whenTrue, type),
    whenFalse,
    optional: true,
    type,
    span,
  });
}

const whenTrueVoid = (span: Span): Expr => constant(0, { kind: "void" }, span);

/** Positions where undefined and 0 mean the same: tests, the left of `??` and `||`, and statements. */
function mayBeAbsent(node: typescript.Node): boolean {
  let at: typescript.Node = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isPropertyAccessExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (ts.isBinaryExpression(parent)) {
    const op = parent.operatorToken.kind;
    if (op === ts.SyntaxKind.QuestionQuestionToken) return parent.left === at;
    if (op === ts.SyntaxKind.EqualsEqualsEqualsToken || op === ts.SyntaxKind.ExclamationEqualsEqualsToken) return true;
    if (op === ts.SyntaxKind.BarBarToken || op === ts.SyntaxKind.AmpersandAmpersandToken) return isTest(at);
  }
  return isTest(at) || ts.isExpressionStatement(parent);
}

/** Whether only the truth of an expression is used. */
export function isTest(node: typescript.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent)) return isTest(parent);
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent))
    return parent.expression === node;
  if (ts.isForStatement(parent) || ts.isConditionalExpression(parent)) return parent.condition === node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (ts.isBinaryExpression(parent)) {
    const op = parent.operatorToken.kind;
    return (op === ts.SyntaxKind.AmpersandAmpersandToken || op === ts.SyntaxKind.BarBarToken) && isTest(parent);
  }
  return false;
}

function member(fn: Lowering, node: typescript.PropertyAccessExpression, base: Expr, span: Span): Expr {
  const name = node.name.text;
  const found = memberOf(fn, { name, symbol: symbolOf(fn, node), node }, base, span);
  return found ?? fn.error("EB2011", node, `${typeName(base.type)} has no ${name} that a program can read`);
}

interface Member {
  readonly name: string;
  readonly symbol: typescript.Symbol | undefined;
  /** Where it is read. */
  readonly node: typescript.Node;
}

/** What a value has by a name: a field, a getter, a part of a context; undefined where it has none. */
export function memberOf(fn: Lowering, { name, symbol, node }: Member, base: Expr, span: Span): Expr | undefined {
  const { type } = base;
  switch (type.kind) {
    case "error":
      return base;
    case "context":
    case "packet":
      return contextMember(fn, name, base, type, span);
    case "dynamic": {
      if (name !== "length") return undefined;
      const length = dynamicLength(base);
      return length ?? fn.error("EB2011", node, "this is an address by now: read length of the context's field");
    }
    case "cursor":
      return name === "offset" ? cursorOffset(base, span) : undefined;
    case "pointer": {
      if (type.ref && name === "value") return readPart(base, 0, type.to, span);
      if (type.to.kind === "array" && name === "length") return constant(type.to.length, NUMBER, span);
      if (type.to.kind !== "struct") return undefined;
      const field = type.to.fields.find((f) => f.name === name);
      if (field) return readPart(base, field.offset, field.type, span);
      const getter = symbol?.declarations?.find(ts.isGetAccessorDeclaration);
      return getter && callGetter(fn, getter, base, node, span);
    }
    default:
      return undefined;
  }
}

/** The position is kept as 64 bits on the stack; a cursor is `{context, position}`. */
const cursorOffset = (base: Expr, span: Span): Expr =>
  retype(read(memory(retype(base, pointerTo(INT.u64)), POSITION, INT.u64), span), { kind: "number", natural: INT.u32 });

function callGetter(fn: Lowering, getter: FunctionNode, self: Expr, node: typescript.Node, span: Span): Expr {
  const use = { env: new Map(), call: node, packet: fn.packetKind, args: [self.type] };
  const callee = fn.module.instantiate(getter, use);
  if (!callee) return { ...self, type: { kind: "error" } };
  const args = callee.takesPacketEnd ? [self, fn.packetEnd(span)] : [self];
  return { kind: "call", callee: callee.name, args, type: callee.returns, span };
}

function contextMember(fn: Lowering, name: string, base: Expr, type: ContextType, span: Span): Expr | undefined {
  if (type.context !== "tracepoint") {
    if (type.kind === "context" && name === "packet") return retype(base, { kind: "packet", context: type.context });
    if (name === "length" && (type.kind === "packet" || type.context === "xdp")) {
      const { data, end } = fn.packetBounds(base, span);
      return { kind: "difference", left: end, right: data, type: INT.u32, span };
    }
    const place = type.kind === "context" ? contextPlace(base, type, name) : undefined;
    if (place)
      return place.type.kind === "array" ? { ...retype(base, pointerTo(place.type)), span } : read(place, span);
  }
  return undefined;
}

function contextPlace(base: Expr, type: ContextType, name: string): Place | undefined {
  if (type.context === "tracepoint") return undefined;
  const field = CONTEXTS[type.context].fields[name];
  if (!field || field.count !== undefined) return undefined;
  return memory(
    retype(base, pointerTo(INT.u8)),
    field.offset,
    field.size === 4 && field.type === INT.be16 ? INT.be16 : field.type,
    "context",
  );
}

export function placeOfProperty(fn: Lowering, node: typescript.PropertyAccessExpression): Place | undefined {
  const span = spanOf(node);
  const symbol = symbolOf(fn, node);
  const global = symbol && fn.module.global(symbol);
  const name = node.name.text;
  if (global) {
    if (global.storage === "data" || global.storage === "bss") return placeOfGlobal(global, span);
    fn.error("EB1012", node, `${name} is read-only: it is in .rodata`);
    return undefined;
  }
  const base = fn.expression(node.expression);
  if (base.type.kind === "error") return undefined;
  if (base.type.kind === "pointer") {
    if (base.type.ref && name === "value") return memory(base, 0, base.type.to);
    const field = base.type.to.kind === "struct" ? base.type.to.fields.find((f) => f.name === name) : undefined;
    if (field && field.type.kind !== "dynamic") return memory(base, field.offset, field.type);
  }
  if (base.type.kind === "context" && base.type.context !== "tracepoint") {
    const place = contextPlace(base, base.type, name);
    if (place && CONTEXTS[base.type.context].fields[name]?.writable) return place;
  }
  fn.error("EB1012", node, `${quoted(node)} cannot be assigned to`);
  return undefined;
}
