/** Assignment, plain and compound: the value is converted to the target's type, which is where an integer wraps. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { addressOf, assign, localPlace, memory, read, readLocal, retype, slotAddress, statement } from "../../make.js";
import type { Expr, Place } from "../../nodes.js";
import { type HirType, intOf, isScalar, pointerTo, typeName } from "../../types.js";
import { coerce, convertExplicitly, quoted, truth } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { copyMemory } from "../store.js";
import { arithmetic, OPERATORS } from "./arithmetic.js";
import { outlivesRound } from "./own-memory.js";

const K = ts.SyntaxKind;

export function lowerAssignment(fn: Lowering, node: typescript.BinaryExpression): Expr {
  const span = spanOf(node);
  const token = node.operatorToken.kind;
  if (token === K.EqualsToken) return plain(fn, node);
  return fn.scoped(span, () => {
    const found = fn.place(node.left);
    if (!found) return { kind: "const", value: 0n, type: { kind: "error" }, span };
    const place = settle(fn, found);
    const before = read(place, span);
    if (token === K.BarBarEqualsToken || token === K.AmpersandAmpersandEqualsToken) {
      const test = truth(fn, before, node.left);
      const store = [
        statement(fn.scoped(span, () => assign(place, fn.value(node.right, place.type, quoted(node.left)), span))),
      ];
      const isOr = token === K.BarBarEqualsToken;
      fn.emit({ kind: "if", test, then: isOr ? [] : store, otherwise: isOr ? store : [], span });
      return read(place, span);
    }
    const op = OPERATORS[token];
    if (!op)
      return fn.error("EB1012", node.operatorToken, `${node.operatorToken.getText()} has no meaning in a program`);
    const right = fn.expression(node.right, place.type);
    return assign(place, compound(fn, op, before, right, place.type, node), span);
  });
}

/** `place op right` at the place's own width: `a32 += b32` wraps at 32 bits. */
export function compound(
  fn: Lowering,
  op: string,
  left: Expr,
  right: Expr,
  type: HirType,
  node: typescript.Node,
): Expr {
  const result = arithmetic(fn, op, left, right, node, left.span);
  if (result.type.kind === "error") return result;
  if (type.kind === "int") return convertExplicitly(result, type);
  if (type.kind === "number") return retype(result, type);
  const int = intOf(type);
  return int
    ? retype(convertExplicitly(result, int), type)
    : fn.error("EB2011", node, `${typeName(type)} has no ${op}`);
}

function plain(fn: Lowering, node: typescript.BinaryExpression): Expr {
  const span = spanOf(node);
  if (ts.isObjectLiteralExpression(node.left) || ts.isArrayLiteralExpression(node.left)) return swap(fn, node);
  return fn.scoped(span, () => {
    const place = fn.place(node.left);
    if (!place) return { kind: "const", value: 0n, type: { kind: "error" }, span };
    if (place.kind === "memory" && !isScalar(place.type)) {
      const to = addressOf(place, span);
      fn.storeInto(to, place.type, node.right, false);
      return retype(to, pointerTo(place.type));
    }
    if (place.kind === "local" && place.type.kind === "pointer" && outlivesRound(fn, node.left, node.right))
      return fn.error(
        "EB2013",
        node.right,
        `${quoted(node.left)} outlives the round of the loop in which ${quoted(node.right)} is made, and the next round makes it in the same memory`,
        { help: `copy its fields: ${quoted(node.left)}.field = ${quoted(node.right)}.field` },
      );
    const value = fn.value(node.right, place.type, quoted(node.left));
    if (place.kind === "local" && !fn.refersTo(place.local, value)) {
      const what =
        value.type.kind === "pointer" && value.type.packet ? "to packet memory" : "to memory outside the packet";
      return fn.error("EB2011", node.right, `${quoted(node.left)} refers to other memory, this is a reference ${what}`);
    }
    return assign(place, value, span);
  });
}

/** `[a, b] = [b, a]`: every value is read before the first store. */
function swap(fn: Lowering, node: typescript.BinaryExpression): Expr {
  const span = spanOf(node);
  const { left, right } = node;
  if (
    !ts.isArrayLiteralExpression(left) ||
    !ts.isArrayLiteralExpression(right) ||
    left.elements.length !== right.elements.length
  )
    return fn.error("EB1012", node, "only [a, b] = [b, a] assigns to a pattern");
  return fn.scoped(span, () => {
    const stores: (() => void)[] = [];
    left.elements.forEach((target, i) => {
      const source = right.elements[i];
      const found = fn.place(target);
      if (!found || !source) return;
      const place = settle(fn, found);
      stores.push(isScalar(place.type) ? heldScalar(fn, place, target, source) : heldMemory(fn, place, source));
    });
    for (const store of stores) store();
    return { kind: "const", value: 0n, type: { kind: "void" }, span };
  });
}

/** Reads a value now; the result stores it. */
function heldScalar(
  fn: Lowering,
  place: Place,
  target: typescript.Expression,
  source: typescript.Expression,
): () => void {
  const span = spanOf(source);
  const value = coerce(fn, fn.expression(source, place.type), place.type, source, quoted(target));
  const held = fn.local("swap", place.type);
  fn.emit(statement(assign(localPlace(held), value, span)));
  return () => fn.emit(statement(assign(place, readLocal(held, span), span)));
}

/** Copies memory away now; the result copies it to its place. */
function heldMemory(fn: Lowering, place: Place, source: typescript.Expression): () => void {
  const span = spanOf(source);
  const { type } = place;
  const address = slotAddress(fn.slot("swap", type, false, span), type, span);
  fn.storeInto(address, type, source, true);
  return () => {
    if (place.kind === "memory") copyMemory(fn, addressOf(place, span), address, type);
  };
}

/** A place whose base is evaluated once, however often it is read and written. */
export function settle(fn: Lowering, place: Place): Place {
  if (place.kind === "local" || isPure(place.base)) return place;
  const held = fn.local("base", place.base.type);
  const { span } = place.base;
  fn.emit(statement(assign(localPlace(held), place.base, span)));
  return { ...memory(readLocal(held, span), place.offset, place.type, place.access), align: place.align } as Place;
}

const isPure = (value: Expr): boolean =>
  value.kind === "slot" ||
  value.kind === "global" ||
  value.kind === "context" ||
  (value.kind === "read" && value.place.kind === "local") ||
  (value.kind === "advance" && isPure(value.pointer) && value.bytes.kind === "const");
