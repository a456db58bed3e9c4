/**
 * References and assignment. Reading a field of memory type (`const mac = eth.source`) gives a reference to bytes that lie
 * in the struct, where JavaScript has a field that refers to an object of its own. The two differ in one case: when the
 * field is assigned as a whole while the reference is still used. Then the reference is to keep the old value, so its
 * bytes are copied when it is made; where it is also written through, no copy can be right, and it is refused.
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
  const overwritten = firstOverwrite(fn, alias);
  if (!overwritten) return value;
  if (value.type.nullable || isWrittenThrough(fn, alias.symbol, functionOf(name), 0)) {
    const why = value.type.nullable ? "may be undefined, so it cannot be copied here" : "is written through as well";
    return fn.error(
      "EB2013",
      name,
      `${name.text} refers to memory that is assigned while ${name.text} is still used, and ${why}`,
      { related: [{ message: "assigned here", span: spanOf(overwritten) }] },
    );
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

/** The first assignment that changes what `alias` refers to before one of its uses. */
function firstOverwrite(fn: Lowering, alias: Alias): typescript.Node | undefined {
  const body = functionOf(alias.name);
  const uses = usesOf(fn, alias.symbol, body).filter((u) => u !== alias.name);
  const isHit = (target: typescript.Expression): boolean =>
    overlaps(fn, alias, target) && uses.some((use) => mayFollow(alias.name, target, use));
  return assignedTargets(body).find(isHit);
}

/** Left sides of `=` that name a field or an element, also in `[a.x, a.y] = …`. */
function assignedTargets(body: typescript.Node): readonly typescript.Expression[] {
  const found: typescript.Expression[] = [];
  const add = (target: typescript.Expression): void => {
    const at = unparenthesized(target);
    if (ts.isArrayLiteralExpression(at)) for (const e of at.elements) add(e);
    else if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) found.push(at);
  };
  const visit = (node: typescript.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === K.EqualsToken) add(node.left);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function overlaps(fn: Lowering, alias: Alias, target: typescript.Expression): boolean {
  const type = fn.typeOf(target);
  const whole = type.kind === "pointer" ? type.to : type;
  if (!isMemory(whole)) return false;
  if (!sameType(whole, alias.type)) return contains(whole, alias.type);
  const field = fieldOf(fn, target);
  return alias.field === undefined || field === undefined || field === alias.field;
}

const contains = (outer: HirType, inner: HirType): boolean =>
  outer.kind === "struct"
    ? outer.fields.some((f) => sameType(f.type, inner) || contains(f.type, inner))
    : outer.kind === "array" && (sameType(outer.element, inner) || contains(outer.element, inner));

/** Whether `use` can run after the assignment to `target` without `name` being bound anew. */
function mayFollow(name: typescript.Node, target: typescript.Node, use: typescript.Node): boolean {
  let assignment = target;
  while (!ts.isBinaryExpression(assignment) || assignment.operatorToken.kind !== K.EqualsToken)
    assignment = assignment.parent;
  if (assignment.pos >= name.end && use.pos >= assignment.end) return true;
  for (let at: typescript.Node = use; !ts.isFunctionLike(at) && !ts.isSourceFile(at); at = at.parent) {
    const isLoop = ts.isIterationStatement(at, false);
    if (isLoop && encloses(at, target) && !encloses(at, name)) return true;
  }
  return false;
}

const encloses = (outer: typescript.Node, inner: typescript.Node): boolean =>
  outer.pos <= inner.pos && inner.end <= outer.end;

function usesOf(fn: Lowering, symbol: typescript.Symbol, scope: typescript.Node): readonly typescript.Identifier[] {
  const { checker } = fn.module;
  const found: typescript.Identifier[] = [];
  const visit = (node: typescript.Node): void => {
    if (ts.isIdentifier(node) && node.text === symbol.name) {
      const own = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (own === symbol) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(scope);
  return found;
}

/** Functions of the stdlib that only read the memory that they are given. */
const READERS = new Set([
  "storeBytes",
  "update",
  "lookup",
  "delete",
  "lookupOrInit",
  "output",
  "bytesEqual",
  "csumDiff",
]);
const MAX_DEPTH = 8;

/** Whether memory is changed through the name: an assignment to a part of it, or a callee that does so. */
function isWrittenThrough(fn: Lowering, symbol: typescript.Symbol, scope: typescript.Node, depth: number): boolean {
  return usesOf(fn, symbol, scope).some((use) => {
    let at: typescript.Node = use;
    while (isPartOf(at.parent, at)) at = at.parent;
    const { parent } = at;
    if (at !== use && isChanged(at)) return true;
    if (!ts.isCallExpression(parent) || parent.expression === at || !isMemory(fn.typeOf(at))) return false;
    return isChangedByCallee(fn, parent, parent.arguments.indexOf(at as typescript.Expression), depth);
  });
}

const isMemory = (type: HirType): boolean => {
  const whole = type.kind === "pointer" ? type.to : type;
  return whole.kind === "struct" || whole.kind === "array";
};

const isPartOf = (parent: typescript.Node, node: typescript.Node): boolean =>
  ((ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) && parent.expression === node) ||
  ts.isParenthesizedExpression(parent) ||
  ts.isNonNullExpression(parent);

function isChanged(node: typescript.Node): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent))
    return parent.operator === K.PlusPlusToken || parent.operator === K.MinusMinusToken;
  if (ts.isArrayLiteralExpression(parent)) return isChanged(parent);
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return false;
  const op = parent.operatorToken.kind;
  return op >= K.FirstAssignment && op <= K.LastAssignment;
}

function isChangedByCallee(fn: Lowering, call: typescript.CallExpression, index: number, depth: number): boolean {
  const declaration = fn.module.checker.getResolvedSignature(call)?.declaration;
  if (!declaration || ts.isJSDocSignature(declaration)) return true;
  if (fn.module.isStdlib(declaration)) return !READERS.has(declaration.name?.getText() ?? "");
  const parameter = declaration.parameters[index];
  const symbol = parameter && fn.module.checker.getSymbolAtLocation(parameter.name);
  return !symbol || depth > MAX_DEPTH || isWrittenThrough(fn, symbol, declaration, depth + 1);
}
