/**
 * Whether a function returns a struct or an array that it makes itself: its frame is gone when it returns, so it is lowered
 * where it is called. Looks at the syntax: literals, `new`, copies, variables of those, and calls of functions that do so or
 * are given such memory. What this overlooks is refused when the function is lowered (EB3007).
 */
import type typescript from "typescript";
import { stdlibName } from "../../../source/symbols.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import type { FunctionNode, Lowering } from "../lowering.js";

const MAX_DEPTH = 8;

export function returnsOwnMemory(fn: Lowering, node: FunctionNode, depth = 0): boolean {
  const { body } = node;
  if (!body || depth > MAX_DEPTH) return false;
  if (!ts.isBlock(body)) return isMade(fn, body, body, depth);
  let found = false;
  const visit = (at: typescript.Node): void => {
    if (found || ts.isFunctionLike(at)) return;
    if (ts.isReturnStatement(at) && at.expression) found = isMade(fn, at.expression, body, depth);
    ts.forEachChild(at, visit);
  };
  visit(body);
  return found;
}

/**
 * Whether a variable that outlives a loop's round is given memory that the round makes: the next round makes it anew in the
 * same place, where JavaScript has another object.
 */
export function outlivesRound(fn: Lowering, target: typescript.Expression, value: typescript.Expression): boolean {
  const [to, from] = [unparenthesized(target), unparenthesized(value)];
  if (!ts.isIdentifier(to) || !ts.isIdentifier(from)) return false;
  const kept = fn.module.checker.getSymbolAtLocation(to)?.valueDeclaration;
  const made = fn.module.checker.getSymbolAtLocation(from)?.valueDeclaration;
  if (!kept || !made) return false;
  for (let at: typescript.Node = to; !ts.isFunctionLike(at) && !ts.isSourceFile(at); at = at.parent) {
    const encloses = (node: typescript.Node): boolean => at.pos <= node.pos && node.end <= at.end;
    if (ts.isIterationStatement(at, false) && encloses(made) && !encloses(kept)) return isMade(fn, from, at, 0);
  }
  return false;
}

function isMade(fn: Lowering, node: typescript.Expression, body: typescript.Node, depth: number): boolean {
  const at = unparenthesized(node);
  if (ts.isConditionalExpression(at))
    return isMade(fn, at.whenTrue, body, depth) || isMade(fn, at.whenFalse, body, depth);
  if (ts.isObjectLiteralExpression(at) || ts.isArrayLiteralExpression(at) || ts.isNewExpression(at)) return true;
  if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isNonNullExpression(at))
    return isMade(fn, at.expression, body, depth);
  if (ts.isBinaryExpression(at)) return isMade(fn, at.left, body, depth) || isMade(fn, at.right, body, depth);
  if (ts.isCallExpression(at)) return callMakes(fn, at, body, depth);
  return ts.isIdentifier(at) && madeIn(fn, body, at.text, depth);
}

function callMakes(fn: Lowering, call: typescript.CallExpression, body: typescript.Node, depth: number): boolean {
  const name = stdlibName(fn.module, call.expression);
  if (name !== undefined) return name === "copyOf";
  const declaration = fn.module.checker.getResolvedSignature(call)?.declaration;
  if (!declaration || ts.isJSDocSignature(declaration) || fn.module.isStdlib(declaration)) return false;
  if (call.arguments.some((a) => isMade(fn, a, body, depth + 1))) return true;
  return isFunctionNode(declaration) && returnsOwnMemory(fn, declaration, depth + 1);
}

const isFunctionNode = (node: typescript.Node): node is FunctionNode =>
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node);

/** Whether a block gives a variable of that name memory that it makes. */
function madeIn(fn: Lowering, body: typescript.Node, name: string, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  let found = false;
  const visit = (at: typescript.Node): void => {
    if (ts.isVariableDeclaration(at) && ts.isIdentifier(at.name) && at.name.text === name)
      found ||= at.initializer !== undefined && isMade(fn, at.initializer, body, depth + 1);
    if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.EqualsToken)
      found ||= ts.isIdentifier(at.left) && at.left.text === name && isMade(fn, at.right, body, depth + 1);
    ts.forEachChild(at, visit);
  };
  visit(body);
  return found;
}
