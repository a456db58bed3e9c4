/** `let` and `const`: scalars become locals, structs and arrays stack memory or references, patterns field reads. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { objectProperties } from "../../../source/symbols.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import {
  assign,
  constant,
  isOptional,
  isPresent,
  localPlace,
  logical,
  nullOf,
  opaque,
  readLocal,
  retype,
  sequence,
  slotAddress,
  statement,
} from "../../make.js";
import type { Expr, Local } from "../../nodes.js";
import { BOOL, type HirType, INT, isScalar, NUMBER } from "../../types.js";
import { referenceFor } from "../aliases.js";
import { fraction } from "../convert.js";
import { bindPattern } from "../expressions/pattern.js";
import { mapQuietly } from "../intrinsics/map-named.js";
import type { Lowering } from "../lowering.js";
import { storeInto, zero } from "../store.js";

export function lowerVariables(fn: Lowering, list: typescript.VariableDeclarationList): void {
  const isConst = (list.flags & ts.NodeFlags.Const) !== 0;
  for (const declaration of list.declarations) lowerVariable(fn, declaration, isConst);
}

function lowerVariable(fn: Lowering, node: typescript.VariableDeclaration, isConst: boolean): void {
  if (!ts.isIdentifier(node.name)) {
    if (node.initializer) {
      const source = node.initializer;
      const value = fn.scoped(spanOf(node), () => fn.expression(source));
      bindPattern(fn, node.name, value);
    }
    return;
  }
  const symbol = fn.module.checker.getSymbolAtLocation(node.name);
  if (!symbol) return;
  const name = node.name.text;
  if (isConst && node.initializer && bindKnown(fn, symbol, node.initializer)) return;
  const declared = node.type ? fn.resolve(fn.module.checker.getTypeAtLocation(node.name), node.type) : undefined;
  if (declared?.kind === "error") return poison(fn, symbol, node);
  const span = spanOf(node);
  if (declared?.kind === "struct" || declared?.kind === "array") return lowerMemory(fn, node, symbol, name, declared);

  let value: Expr | undefined;
  if (node.initializer) {
    const source = node.initializer;
    value = unwrapped(
      fn,
      fn.scoped(span, () => (declared ? fn.value(source, declared, name) : fn.expression(source))),
    );
    if (isConst && bindOptional(fn, symbol, name, value)) return;
    value = referenceFor(fn, node.name, value, source);
    if (value.type.kind === "error") return poison(fn, symbol, node);
  }
  if (!declared && value?.type.kind === "number" && value.type.fraction && node.initializer) {
    fraction(fn, node.initializer);
    return poison(fn, symbol, node);
  }
  const inPacket = value?.type.kind === "pointer" && value.type.packet === true;
  const type: HirType =
    declared?.kind === "pointer" && inPacket
      ? { ...declared, packet: true }
      : (declared ?? variableType(fn, node, value));
  if (type.kind === "error") return poison(fn, symbol, node);
  if (type.kind === "void") {
    fn.error("EB2001", node, `${name} has no value`);
    return;
  }
  // A struct made here is its stack memory; any other reference is a pointer that may be reassigned.
  if (isConst && value && (isStackAddress(value) || value.kind === "const" || value.kind === "text")) {
    const kept = value.kind === "const" && type.kind !== value.type.kind ? constant(value.value, type, span) : value;
    fn.bind(symbol, { kind: "value", value: kept });
    return;
  }
  const local = fn.local(name, type);
  fn.bind(symbol, { kind: "local", local });
  const initial = value ?? initialOf(type, node);
  fn.refersTo(local, initial);
  fn.emit(statement(assign(localPlace(local), retype(initial, type), span)));
}

/** `const m = P.flows`, `const twice = (x: u32) => …`: other names, which exist while the object is built only. */
function bindKnown(fn: Lowering, symbol: typescript.Symbol, source: typescript.Expression): boolean {
  const at = unparenthesized(source);
  if (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) {
    fn.bind(symbol, { kind: "function", value: { node: at, env: fn.env } });
    return true;
  }
  // `const LIMITS = { … } as const`: its properties are constants wherever they are used.
  const isConstant = ts.isAsExpression(at) && ts.isConstTypeReference(at.type);
  if (isConstant && objectProperties(fn.module, at)) return true;
  if (!ts.isIdentifier(at) && !ts.isPropertyAccessExpression(at)) return false;
  const map = mapQuietly(fn, at);
  if (map) fn.bind(symbol, { kind: "map", map });
  return map !== undefined;
}

/**
 * `const ip = ctx.packet.at(…)`: the pointer and the test are kept apart. A pointer that is null where the test fails would
 * have to be followed by the verifier through both; this one it knows once the test holds.
 */
function bindOptional(fn: Lowering, symbol: typescript.Symbol, name: string, value: Expr): boolean {
  if (value.kind === "conditional" && value.optional && value.type.kind !== "pointer") {
    const pointer = fn.local(name, value.type);
    const present = fn.local(`${name}.present`, BOOL);
    fn.emit(statement(assign(localPlace(pointer), value.whenTrue, value.span)));
    fn.emit(statement(assign(localPlace(present), value.test, value.span)));
    fn.bind(symbol, { kind: "optional", pointer, present });
    return true;
  }
  if (value.type.kind !== "pointer" || !value.type.packet || !value.type.nullable || value.kind === "null")
    return false;
  const { span } = value;
  const pointer = fn.local(name, { ...value.type, nullable: false });
  const present = fn.local(`${name}.present`, BOOL);
  const first = fn.contextParameter();
  const start = first ? fn.packetBounds(first, span).data : nullOf(value.type, span);
  fn.emit(statement(assign(localPlace(pointer), retype(start, pointer.type), span)));
  fn.emit(statement(assign(localPlace(present), presence(fn, value, pointer), span)));
  fn.bind(symbol, { kind: "optional", pointer, present });
  return true;
}

/** Whether `value` is there; where it is, `pointer` has it. */
function presence(fn: Lowering, value: Expr, pointer: Local): Expr {
  const { span } = value;
  const set = (to: Expr) => statement(assign(localPlace(pointer), retype(to, pointer.type), span));
  if (value.kind === "sequence") return sequence(value.body, presence(fn, value.value, pointer));
  if (isOptional(value)) {
    if (!isPure(value.test))
      return sequence([], logical("and", value.test, sequence([set(value.whenTrue)], yes(span)), span));
    return sequence([set(value.whenTrue)], value.test);
  }
  if (value.kind === "conditional" && value.whenFalse.kind === "null")
    return logical("and", value.test, presence(fn, value.whenTrue, pointer), span);
  const held = fn.local("found", value.type);
  const keep = statement(assign(localPlace(held), value, span));
  const found = readLocal(held, span);
  return sequence([keep, set(found)], opaque(isPresent(found, span)));
}

const yes = (span: Expr["span"]): Expr => constant(1, BOOL, span);

/** Tests of locals, or of pointers that nothing has to be computed for first. */
const isPure = (test: Expr): boolean =>
  test.kind === "read" || (test.kind === "opaque" && test.value.kind === "compare") || test.kind === "compare";

/** A sequence in statement position is its statements, then its value. */
function unwrapped(fn: Lowering, value: Expr): Expr {
  if (value.kind !== "sequence") return value;
  for (const s of value.body) fn.emit(s);
  return unwrapped(fn, value.value);
}

const isStackAddress = (value: Expr): boolean => value.kind === "slot";

/** An untyped local: a literal 0 is an exact number, 0n a u64; narrowed literal types of the checker are not used. */
function variableType(fn: Lowering, node: typescript.VariableDeclaration, value: Expr | undefined): HirType {
  if (!value) {
    const type = fn.typeOf(node.name);
    return type.kind === "pointer" ? { ...type, nullable: true } : type;
  }
  const { type } = value;
  if (type.kind === "number") return type.natural && !isReassigned(node) ? type : NUMBER;
  if (type.kind === "bigint") return value.kind === "const" && value.value < 0n ? INT.i64 : INT.u64;
  if (value.kind === "null" || type.kind === "pointer") {
    const checked = fn.typeOf(node.name);
    if (type.kind === "pointer" && (type.packet || checked.kind !== "pointer")) return { ...type, nullable: true };
    if (checked.kind === "pointer") return { ...checked, nullable: true };
  }
  return type;
}

const isReassigned = (node: typescript.VariableDeclaration): boolean => (node.parent.flags & ts.NodeFlags.Const) === 0;

function initialOf(type: HirType, node: typescript.Node): Expr {
  const span = spanOf(node);
  return isScalar(type) && type.kind !== "pointer" ? constant(0, type, span) : nullOf(type, span);
}

/** `let b: Bytes<16> = ...`, `const s: Pair = {...}`: memory of the function, or a reference to what the value is. */
function lowerMemory(
  fn: Lowering,
  node: typescript.VariableDeclaration,
  symbol: typescript.Symbol,
  name: string,
  type: HirType,
): void {
  const span = spanOf(node);
  const source = node.initializer ? unparenthesized(node.initializer) : undefined;
  const literal =
    source === undefined ||
    ts.isObjectLiteralExpression(source) ||
    ts.isArrayLiteralExpression(source) ||
    ts.isStringLiteralLike(source) ||
    ts.isNewExpression(source);
  if (!literal) {
    // Structs are references, as in JavaScript: no copy.
    const read = fn.scoped(span, () =>
      fn.value(source, { kind: "pointer", to: type, nullable: false, ref: false }, name),
    );
    const value = referenceFor(fn, node.name as typescript.Identifier, read, source);
    if (value.type.kind === "error") return poison(fn, symbol, node);
    const local = fn.local(name, value.type);
    fn.bind(symbol, { kind: "local", local });
    fn.emit(statement(assign(localPlace(local), value, span)));
    return;
  }
  const slot = fn.slot(name, type, true, span);
  const address = slotAddress(slot, type, span);
  if (source) {
    const filled = fn.scoped(span, () => {
      storeInto(fn, address, type, source, true);
      return constant(0, { kind: "void" }, span);
    });
    fn.emit(statement(filled));
  } else zero(fn, address, type, node);
  if (node.parent.flags & ts.NodeFlags.Const) {
    fn.bind(symbol, { kind: "value", value: address });
    return;
  }
  const local = fn.local(name, address.type);
  fn.bind(symbol, { kind: "local", local });
  fn.emit(statement(assign(localPlace(local), address, span)));
}

/** After a reported mistake, uses of the name stay quiet. */
function poison(fn: Lowering, symbol: typescript.Symbol, node: typescript.Node): void {
  fn.bind(symbol, { kind: "value", value: { kind: "const", value: 0n, type: { kind: "error" }, span: spanOf(node) } });
}
