/** Factories of HIR nodes: the few shapes that many constructs build, with their constant folding. */
import type { Span } from "../diagnostics/diagnostic.js";
import type { BinaryOp, Expr, Local, Place, Predicate, Slot, Stmt } from "./nodes.js";
import { alignOf, BOOL, ERROR, type HirType, INT, NUMBER, type PointerType, pointerTo, VOID } from "./types.js";

export const constant = (value: bigint | number, type: HirType, span: Span): Expr => ({
  kind: "const",
  value: BigInt(value),
  type,
  span,
});
export const errorExpr = (span: Span): Expr => ({ kind: "const", value: 0n, type: ERROR, span });
export const nullOf = (type: HirType, span: Span): Expr => ({ kind: "null", type, span });
export const nothing = (span: Span): Expr => ({ kind: "const", value: 0n, type: VOID, span });

export const binary = (op: BinaryOp, left: Expr, right: Expr, type: HirType, span: Span): Expr => ({
  kind: "binary",
  op,
  left,
  right,
  type,
  span,
});
export const compare = (predicate: Predicate, left: Expr, right: Expr, span: Span): Expr => ({
  kind: "compare",
  predicate,
  left,
  right,
  type: BOOL,
  span,
});
export const logical = (op: "and" | "or", left: Expr, right: Expr, span: Span): Expr => ({
  kind: "logical",
  op,
  left,
  right,
  type: BOOL,
  span,
});
export const not = (value: Expr, span: Span): Expr => ({ kind: "not", value, type: BOOL, span });
/** Hides where a value comes from: see the node. Constants stay what they are. */
export const opaque = (value: Expr, atMost?: bigint): Expr =>
  value.kind === "const" || value.type.kind === "error"
    ? value
    : { kind: "opaque", value, type: value.type, span: value.span, ...(atMost === undefined ? {} : { atMost }) };
/** A reference that is there exactly when a test holds. */
export type Optional = Extract<Expr, { kind: "conditional" }> & {
  readonly whenFalse: Extract<Expr, { kind: "null" }>;
  readonly whenTrue: Expr & { readonly type: PointerType & { readonly nullable: false } };
};

export const isOptional = (e: Expr): e is Optional =>
  e.kind === "conditional" &&
  e.whenFalse.kind === "null" &&
  e.whenTrue.type.kind === "pointer" &&
  !e.whenTrue.type.nullable;

export const isPresent = (pointer: Expr, span: Span): Expr =>
  isOptional(pointer) ? pointer.test : compare("ne", pointer, nullOf(pointer.type, span), span);
export const isNull = (pointer: Expr, span: Span): Expr =>
  isOptional(pointer) ? not(pointer.test, span) : compare("eq", pointer, nullOf(pointer.type, span), span);

export const localPlace = (local: Local): Place => ({ kind: "local", local, type: local.type });
export const readLocal = (local: Local, span: Span): Expr => ({
  kind: "read",
  place: localPlace(local),
  type: local.type,
  span,
});
export const read = (place: Place, span: Span): Expr => ({ kind: "read", place, type: place.type, span });
export const assign = (place: Place, value: Expr, span: Span): Expr => ({
  kind: "assign",
  place,
  value,
  type: place.type,
  span,
});
export const statement = (value: Expr): Stmt => ({ kind: "expr", value, span: value.span });
export const sequence = (body: readonly Stmt[], value: Expr): Expr =>
  body.length === 0 ? value : { kind: "sequence", body, value, type: value.type, span: value.span };

/** Retags a value whose register form is already right. */
export const retype = (value: Expr, type: HirType): Expr => ({ ...value, type }) as Expr;

export const slotAddress = (slot: Slot, to: HirType, span: Span): Expr => ({
  kind: "slot",
  slot,
  type: pointerTo(to),
  span,
});

/** A part of packet memory is packet memory. */
export const inside = (pointer: Expr, type: PointerType): PointerType =>
  pointer.type.kind === "pointer" && pointer.type.packet ? { ...type, packet: true } : type;

/** `pointer + bytes` as a pointer to `to`; constants fold into one. */
export function advance(pointer: Expr, bytes: number, to: HirType, span: Span): Expr {
  const type = inside(pointer, pointerTo(to));
  if (bytes === 0) return retype(pointer, type);
  if (pointer.kind === "advance" && pointer.bytes.kind === "const" && !pointer.barrier && !pointer.within)
    return advance(pointer.pointer, Number(pointer.bytes.value) + bytes, to, span);
  return { kind: "advance", pointer, bytes: constant(bytes, NUMBER, span), type, span };
}

/** Bytes of alignment that a pointer is known to have: a power of two, at most 8. */
export function alignmentOf(pointer: Expr): number {
  if (pointer.kind === "slot") return pointer.slot.align;
  if (pointer.kind === "advance" && pointer.bytes.kind === "const" && !pointer.barrier && !pointer.within)
    return Math.min(alignmentOf(pointer.pointer), lowBit(Number(pointer.bytes.value)));
  if (pointer.kind === "sequence") return alignmentOf(pointer.value);
  if (pointer.type.kind === "pointer") return Math.min(8, alignOf(pointer.type.to));
  return 1;
}

const lowBit = (n: number): number => (n === 0 ? 8 : Math.min(8, n & -n));

/** The place `offset` bytes behind a pointer. */
export function memory(
  base: Expr,
  offset: number,
  type: HirType,
  access: "plain" | "context" | "constant" = "plain",
): Place {
  let at = base;
  let total = offset;
  while (at.kind === "advance" && at.bytes.kind === "const" && !at.barrier) {
    total += Number(at.bytes.value);
    at = at.pointer;
  }
  const isContext = access === "context" || (at.type.kind === "pointer" && at.type.context === true);
  // A context is aligned as its struct is; the verifier refuses a field read in pieces.
  const known = isContext ? 8 : alignmentOf(at);
  const align = Math.max(1, Math.min(known, lowBit(total), alignOf(type)));
  return { kind: "memory", base: at, offset: total, type, access: isContext ? "context" : access, align };
}

/** The address of a memory place. */
export const addressOf = (place: Place & { kind: "memory" }, span: Span): Expr =>
  advance(place.base, place.offset, place.type, span);

export const number = (value: number | bigint, span: Span): Expr => constant(value, NUMBER, span);
export const word = (value: number | bigint, span: Span): Expr => constant(value, INT.u64, span);
