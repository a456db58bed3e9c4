/**
 * Indexing of fixed arrays. A constant index is checked here; a computed one is compared with the length, which the
 * verifier wants to see anyway: out of range reads 0 and writes nothing.
 */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { CONTEXTS } from "../../../layout/contexts.js";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import {
  advance,
  assign,
  binary,
  compare,
  constant,
  inside,
  localPlace,
  logical,
  memory,
  number,
  opaque,
  read,
  readLocal,
  retype,
  sequence,
  statement,
} from "../../make.js";
import type { Expr, Place, Slot, Stmt } from "../../nodes.js";
import { type ArrayType, BOOL, type HirType, INT, isScalar, NUMBER, pointerTo, sizeOf, typeName } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { readPart } from "../read-part.js";

interface Indexed {
  readonly array: Expr;
  readonly type: ArrayType;
  readonly index: Expr;
}

function indexed(fn: Lowering, node: typescript.ElementAccessExpression): Indexed | undefined {
  const array = fn.expression(node.expression);
  if (array.type.kind === "error") return undefined;
  if (array.type.kind !== "pointer" || array.type.to.kind !== "array") {
    fn.error("EB1006", node, `${quoted(node)}: ${typeName(array.type)} is not an array`);
    return undefined;
  }
  const type = array.type.to;
  const raw = fn.expression(node.argumentExpression);
  const index = coerce(fn, raw, NUMBER, node.argumentExpression, "the index");
  if (index.type.kind === "error") return undefined;
  if (index.kind === "const" && (index.value < 0n || index.value >= BigInt(type.length))) {
    fn.error(
      "EB2002",
      node.argumentExpression,
      `index ${index.value} is outside ${typeName(type)} (0 to ${type.length - 1})`,
    );
    return undefined;
  }
  return { array, type, index };
}

export function lowerElement(fn: Lowering, node: typescript.ElementAccessExpression): Expr {
  const span = spanOf(node);
  const control = contextArray(fn, node);
  if (control) return read(control, span);
  const place = tuplePlace(fn, node);
  if (place) return readPart(place.base, place.offset, place.type, span);
  const found = indexed(fn, node);
  if (!found) return constant(0, { kind: "error" }, span);
  const { array, type, index } = found;
  const size = sizeOf(type.element);
  if (index.kind === "const") return readPart(array, Number(index.value) * size, type.element, span);
  if (!isScalar(type.element))
    return fn.error(
      "EB1006",
      node,
      `${quoted(node)}: ${typeName(type.element)} elements are reached by a constant index or for...of`,
    );
  return inRange(fn, index, type, span, (i) => readElement(fn, elementAt(array, i, type, span), type, span));
}

/**
 * The element at a computed address. In a packet the verifier forgets the range at a computed offset, so that the end is
 * compared again; behind it the element reads as 0.
 */
export function readElement(fn: Lowering, at: Expr, type: ArrayType, span: Span): Expr {
  if (at.type.kind !== "pointer" || !at.type.packet) return read(memory(at, 0, type.element), span);
  const { body, address, test } = inFrontOfEnd(fn, at, sizeOf(type.element), span);
  return sequence(body, {
    kind: "conditional",
    test,
    whenTrue: read(memory(address, 0, type.element), span),
    whenFalse: constant(0, type.element, span),
    type: type.element,
    span,
  });
}

/** `i < length ? at(i) : 0`, the index evaluated once. */
function inRange(fn: Lowering, index: Expr, type: ArrayType, span: Span, at: (i: Expr) => Expr): Expr {
  const held = fn.local("index", NUMBER);
  const i = readLocal(held, span);
  const test: Expr = { kind: "fits", value: i, origin: index, length: type.length, type: BOOL, span };
  const value = at(i);
  // Opaque also where no test is needed: LLVM would add to an aligned place of the stack with `|`, which the verifier refuses.
  return sequence([statement(assign(localPlace(held), opaque(index), span))], {
    kind: "conditional",
    test,
    whenTrue: value,
    whenFalse: constant(0, value.type, span),
    type: value.type,
    span,
  });
}

function elementAt(array: Expr, index: Expr, type: ArrayType, span: Span): Expr {
  const bytes = binary("mul", index, number(sizeOf(type.element), span), NUMBER, span);
  return {
    kind: "advance",
    pointer: array,
    bytes,
    type: inside(array, { ...pointerTo(type.element), ref: false }),
    span,
  };
}

/** The place of an element. For a computed index the caller guards the store: see {@link guardOf}. */
export function placeOfElement(fn: Lowering, node: typescript.ElementAccessExpression): Place | undefined {
  const span = spanOf(node);
  const control = contextArray(fn, node);
  if (control) return control;
  const tuple = tuplePlace(fn, node);
  if (tuple) return memory(tuple.base, tuple.offset, tuple.type);
  const found = indexed(fn, node);
  if (!found) return undefined;
  const { array, type, index } = found;
  const size = sizeOf(type.element);
  if (index.kind === "const") {
    const at = advance(array, Number(index.value) * size, type.element, span);
    return memory(at, 0, type.element);
  }
  // Outside the range the store goes to a word of stack that nobody reads.
  const held = fn.local("index", NUMBER);
  const spare = fn.slot("spare", type.element, false, span);
  const i = readLocal(held, span);
  const pointer = inside(array, { ...pointerTo(type.element), ref: false });
  const at: Expr = sequence([statement(assign(localPlace(held), opaque(index), span))], {
    kind: "conditional",
    test: { kind: "fits", value: i, origin: index, length: type.length, type: BOOL, span },
    whenTrue: pointer.packet
      ? writableInPacket(fn, elementAt(array, i, type, span), spare, span)
      : elementAt(array, i, type, span),
    whenFalse: { kind: "slot", slot: spare, type: pointer, span },
    type: pointer,
    span,
  });
  const address = fn.local("element", pointer);
  fn.emit(statement(assign(localPlace(address), at, span)));
  return memory(readLocal(address, span), 0, type.element);
}

/** `t[1]` of a tuple: a field. */
function tuplePlace(
  fn: Lowering,
  node: typescript.ElementAccessExpression,
): { readonly base: Expr; readonly offset: number; readonly type: HirType } | undefined {
  const { checker } = fn.module;
  if (!checker.isTupleType(checker.getTypeAtLocation(node.expression))) return undefined;
  const base = fn.expression(node.expression);
  const index = fn.expression(node.argumentExpression);
  if (base.type.kind !== "pointer" || base.type.to.kind !== "struct" || index.kind !== "const") return undefined;
  const field = base.type.to.fields.find((f) => f.name === String(index.value));
  return field && { base, offset: field.offset, type: field.type };
}

interface PacketElement {
  /** Computes the address. */
  readonly body: readonly Stmt[];
  readonly address: Expr;
  /** Whether the packet reaches so far. */
  readonly test: Expr;
}

/**
 * An element of a packet at a computed index. At an index that LLVM finds to be constant, the test of the whole header
 * covers it. The compared pointer is opaque, because the verifier forgets the range of the very register where the
 * comparison fails, and LLVM would use that register again.
 */
function inFrontOfEnd(fn: Lowering, at: Expr, size: number, span: Span): PacketElement {
  const held = fn.local("element", at.type);
  const address = readLocal(held, span);
  const moved: Expr = at.kind === "advance" ? { ...at, barrier: true } : at;
  const end = opaque(advance(address, size, INT.u8, span));
  const reaches = compare("ule", end, fn.packetEnd(span), span);
  const bytes = at.kind === "advance" ? at.bytes : number(0, span);
  const isConstant: Expr = { kind: "constant", value: bytes, type: BOOL, span };
  return {
    body: [statement(assign(localPlace(held), moved, span))],
    address,
    test: logical("or", isConstant, reaches, span),
  };
}

/** That address, or the one of `spare` where the packet ends before it. */
function writableInPacket(fn: Lowering, at: Expr, spare: Slot, span: Span): Expr {
  const { body, address, test } = inFrontOfEnd(fn, at, spare.size, span);
  const whenFalse: Expr = { kind: "slot", slot: spare, type: at.type, span };
  return sequence(body, { kind: "conditional", test, whenTrue: address, whenFalse, type: at.type, span });
}

/** `skb.cb[i]`: five words of the context, reached by constants only. */
function contextArray(fn: Lowering, node: typescript.ElementAccessExpression): Place | undefined {
  const owner = node.expression;
  if (!ts.isPropertyAccessExpression(owner) || owner.name.text !== "cb") return undefined;
  const base = fn.expression(owner.expression);
  if (base.type.kind !== "context" || base.type.context !== "skb") return undefined;
  const field = CONTEXTS.skb.fields["cb"];
  const index = fn.expression(node.argumentExpression);
  if (!field?.count || index.kind !== "const" || index.value < 0n || index.value >= BigInt(field.count)) {
    fn.error("EB1006", node.argumentExpression, `cb is indexed by a constant from 0 to ${(field?.count ?? 1) - 1}`);
    return undefined;
  }
  return memory(
    retype(base, pointerTo(INT.u8)),
    field.offset + Number(index.value) * field.size,
    field.type,
    "context",
  );
}
