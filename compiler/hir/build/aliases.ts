/**
 * References and assignment. Reading a field of memory type (`const mac = eth.source`) gives a reference to bytes that lie
 * in the struct, where JavaScript has a field that refers to an object of its own. The two differ in one case: when the
 * field is assigned as a whole while the reference is still used. Then the reference is to keep the old value, so its
 * bytes are copied when it is made; where parts of that memory are written as well, no copy can be right, and it is refused.
 *
 * Input: the syntax of one function. Pure, apart from diagnostics.
 */
import type typescript from "typescript";
import { spanOf } from "../../source/span.js";
import { ts, unparenthesized } from "../../source/typescript.js";
import { slotAddress } from "../make.js";
import type { Expr } from "../nodes.js";
import { type HirType, isScalar, sameType } from "../types.js";
import type { Lowering } from "./lowering.js";
import { copyMemory } from "./store.js";
import { usesOf } from "./uses.js";

const K = ts.SyntaxKind;

/** What a name refers to, and through which field it got there; no field: through any. */
interface Alias {
  readonly symbol: typescript.Symbol;
  readonly name: typescript.Node;
  readonly type: HirType;
  readonly field: typescript.Symbol | undefined;
}

/**
 * The reference that `name` is bound to: `value` itself, or the address of a copy of it.
 * @param source what was read, where the syntax says it: a field, an element, a call
 */
export function referenceFor(
  fn: Lowering,
  name: typescript.Identifier,
  value: Expr,
  source: typescript.Node | undefined,
): Expr {
  if (value.type.kind !== "pointer" || isScalar(value.type.to) || value.kind === "slot") return value;
  const symbol = fn.module.checker.getSymbolAtLocation(name);
  if (!symbol || (source && isOwnMemory(fn, source))) return value;
  const alias: Alias = { symbol, name, type: value.type.to, field: source && fieldOf(fn, source) };
  const { assigned, written } = changesAfter(fn, alias);
  if (!assigned) return value;
  if (value.type.nullable || written) {
    const why = value.type.nullable ? "may be undefined" : "parts of it are written as well";
    const related = [{ message: "assigned as a whole here", span: spanOf(assigned) }];
    if (written) related.push({ message: "a part is written here", span: spanOf(written) });
    const what = `${name.text} refers to memory that is assigned while ${name.text} is still used`;
    return fn.error("EB2013", name, `${what}, and ${why}, so no copy can be made for it`, { related });
  }
  const span = spanOf(name);
  const slot = fn.slot(name.text, alias.type, true, span);
  copyMemory(fn, slotAddress(slot, alias.type, span), value, alias.type);
  return slotAddress(slot, alias.type, span);
}

/** What the stdlib hands out (a header, a map's value, a record) is a whole object, never a field of another. */
function isOwnMemory(fn: Lowering, source: typescript.Node): boolean {
  const at = ts.isExpression(source) ? unparenthesized(source) : source;
  if (ts.isObjectLiteralExpression(at) || ts.isArrayLiteralExpression(at) || ts.isNewExpression(at)) return true;
  if (!ts.isCallExpression(at)) return false;
  const declaration = fn.module.checker.getResolvedSignature(at)?.declaration;
  return declaration !== undefined && fn.module.isStdlib(declaration);
}

function fieldOf(fn: Lowering, source: typescript.Node): typescript.Symbol | undefined {
  const at = ts.isExpression(source) ? unparenthesized(source) : source;
  if (ts.isPropertyAccessExpression(at)) return declared(fn.module.checker.getSymbolAtLocation(at.name));
  if (!ts.isBindingElement(at) || !ts.isObjectBindingPattern(at.parent)) return undefined;
  const key = at.propertyName ?? at.name;
  const owner = fn.module.checker.getTypeAtLocation(at.parent);
  return ts.isIdentifier(key) ? declared(fn.module.checker.getPropertyOfType(owner, key.text)) : undefined;
}

/** Fields of instances of one generic struct are one field. */
function declared(symbol: typescript.Symbol | undefined): typescript.Symbol | undefined {
  const declaration = symbol?.declarations?.[0];
  return (declaration && "symbol" in declaration ? (declaration.symbol as typescript.Symbol) : undefined) ?? symbol;
}

function functionOf(node: typescript.Node): typescript.Node {
  let at = node;
  while (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) at = at.parent;
  return at;
}

interface Change {
  /** A field, an element, or a name: what is assigned, or handed to a helper that fills it. */
  readonly place: typescript.Expression;
  /** Where it happens in the function that is looked at: the assignment, or a call of what assigns. */
  readonly at: typescript.Node;
}

/** The assignment that changes what `alias` refers to before one of its uses, and the writing of a part of it. */
function changesAfter(fn: Lowering, alias: Alias): { assigned?: typescript.Node; written?: typescript.Node } {
  const body = functionOf(alias.name);
  const all = changes(fn, body, 0).filter(({ at }) => at.pos >= alias.name.end || inLoopOf(alias.name, at, at));
  const uses = usesOf(fn, alias.symbol, body).filter((u) => u !== alias.name);
  const assigned = all.find(
    ({ place, at }) => replaces(fn, alias, place) && uses.some((use) => mayFollow(alias.name, at, use)),
  )?.at;
  const written = assigned && all.find(({ place }) => writesInto(fn, alias, place))?.at;
  return { ...(assigned ? { assigned } : {}), ...(written ? { written } : {}) };
}

/** Everything that a function changes in memory, in functions that it calls too. */
function changes(fn: Lowering, body: typescript.Node, depth: number): readonly Change[] {
  const found: Change[] = [];
  const add = (target: typescript.Expression, at: typescript.Node): void => {
    const place = unparenthesized(target);
    if (ts.isArrayLiteralExpression(place)) for (const e of place.elements) add(e, at);
    else if (ts.isPropertyAccessExpression(place) || ts.isElementAccessExpression(place)) found.push({ place, at });
  };
  const visit = (node: typescript.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) add(node.left, node);
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node.operator))
      add(node.operand, node);
    if (ts.isCallExpression(node)) found.push(...changesOfCall(fn, node, depth));
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

const isAssignment = (op: typescript.SyntaxKind): boolean => op >= K.FirstAssignment && op <= K.LastAssignment;
const isStep = (op: typescript.SyntaxKind): boolean => op === K.PlusPlusToken || op === K.MinusMinusToken;

/** Functions of the stdlib that only read the memory that they are given. */
const READERS = new Set([
  ...["storeBytes", "update", "lookup", "delete", "lookupOrInit", "output"],
  ...["bytesEqual", "csumDiff", "copyOf", "log"],
]);
/** Functions that are looked into, one calling the other. */
const MAX_DEPTH = 8;

function changesOfCall(fn: Lowering, call: typescript.CallExpression, depth: number): readonly Change[] {
  const callee = fn.module.checker.getResolvedSignature(call)?.declaration;
  if (!callee || ts.isJSDocSignature(callee) || depth > MAX_DEPTH) return [];
  if (!fn.module.isStdlib(callee)) return changes(fn, callee, depth + 1).map(({ place }) => ({ place, at: call }));
  const name = callee.name && ts.isIdentifier(callee.name) ? callee.name.text : "";
  return READERS.has(name) ? [] : call.arguments.map((place) => ({ place, at: call }));
}

/** Whether assigning `place` gives new bytes to all that the alias refers to. */
function replaces(fn: Lowering, alias: Alias, place: typescript.Expression): boolean {
  if (ts.isIdentifier(place)) return false;
  const whole = memoryType(fn, place);
  if (!whole) return false;
  return sameType(whole, alias.type) ? mayBeField(fn, alias, place) : contains(whole, alias.type);
}

/** Whether writing `place` changes a part of what the alias refers to, or may. */
function writesInto(fn: Lowering, alias: Alias, place: typescript.Expression): boolean {
  const isWhole = !ts.isIdentifier(place) && memoryType(fn, place) !== undefined && replaces(fn, alias, place);
  let at = unparenthesized(place);
  if (isWhole) return false;
  for (;;) {
    const type = memoryType(fn, at);
    if (type && sameType(type, alias.type) && mayBeField(fn, alias, at)) return true;
    if (!ts.isPropertyAccessExpression(at) && !ts.isElementAccessExpression(at)) return false;
    at = unparenthesized(at.expression);
  }
}

const mayBeField = (fn: Lowering, alias: Alias, place: typescript.Expression): boolean => {
  const field = fieldOf(fn, place);
  return alias.field === undefined || field === undefined || field === alias.field;
};

/** The struct or array that an expression is, or refers to. Contexts, maps and scalars are none. */
function memoryType(fn: Lowering, node: typescript.Expression): HirType | undefined {
  const { checker } = fn.module;
  const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
  if (type.isUnion() || !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.TypeParameter))) return undefined;
  if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) return undefined;
  const found = fn.resolveQuietly(type);
  const whole = found?.kind === "pointer" ? found.to : found;
  return whole?.kind === "struct" || whole?.kind === "array" ? whole : undefined;
}

const contains = (outer: HirType, inner: HirType): boolean =>
  outer.kind === "struct"
    ? outer.fields.some((f) => sameType(f.type, inner) || contains(f.type, inner))
    : outer.kind === "array" && (sameType(outer.element, inner) || contains(outer.element, inner));

/** Whether `use` can run after `change` without `name` being bound anew. */
const mayFollow = (name: typescript.Node, change: typescript.Node, use: typescript.Node): boolean =>
  (change.pos >= name.end && use.pos >= change.end) || inLoopOf(name, change, use);

/** Whether a loop that does not bind `name` goes from `change` to `use`. */
function inLoopOf(name: typescript.Node, change: typescript.Node, use: typescript.Node): boolean {
  for (let at: typescript.Node = use; !ts.isFunctionLike(at) && !ts.isSourceFile(at); at = at.parent)
    if (ts.isIterationStatement(at, false) && encloses(at, change) && !encloses(at, name)) return true;
  return false;
}

const encloses = (outer: typescript.Node, inner: typescript.Node): boolean =>
  outer.pos <= inner.pos && inner.end <= outer.end;
