/**
 * `for`, `while` and `do`. The verifier walks every round, so each loop needs an end that it can see: a condition that
 * compares with a constant, or with a value whose type is small (at most 16 bits).
 */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { intOf, NUMBER } from "../../types.js";
import { quoted, truth } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { forgetting } from "./forgotten.js";
import { lowerVariables } from "./variables.js";

type Name = string | undefined;

const WALKED = "the verifier walks every round and stops at 1,000,000 instructions";
const BOUND = "use range(0, n, MAX), or add a constant bound to the condition";

export function lowerFor(fn: Lowering, node: typescript.ForStatement, name: Name): void {
  if (node.initializer) {
    const init = node.initializer;
    if (ts.isVariableDeclarationList(init)) lowerVariables(fn, init);
    else fn.emit(statement(fn.scoped(spanOf(init), () => fn.expression(init))));
  }
  loop(fn, node, name, node.condition, node.statement, false, () => {
    const step = node.incrementor;
    if (step) fn.emit(statement(fn.scoped(spanOf(step), () => fn.expression(step))));
  });
}

export function lowerWhile(fn: Lowering, node: typescript.WhileStatement, name: Name): void {
  loop(fn, node, name, node.expression, node.statement, false, () => {});
}

export function lowerDoWhile(fn: Lowering, node: typescript.DoStatement, name: Name): void {
  loop(fn, node, name, node.expression, node.statement, true, () => {});
}

function loop(
  fn: Lowering,
  node: typescript.IterationStatement,
  name: Name,
  condition: typescript.Expression | undefined,
  body: typescript.Statement,
  testAfter: boolean,
  step: () => void,
): void {
  const test = condition
    ? fn.scoped(spanOf(condition), () => truth(fn, fn.expression(condition), condition))
    : undefined;
  const endless = test === undefined || (test.kind === "const" && test.value !== 0n);
  if (condition && test && test.type.kind !== "error" && !hasBound(test))
    fn.error("EB5017", condition, `nothing bounds ${quoted(condition)}: ${WALKED}`, { help: BOUND });
  else if (endless && !leaves(body)) fn.error("EB5016", condition ?? node, "nothing in this loop leaves it");
  const label = fn.jumps.next();
  // Its id parts the locals of the rounds from the ones that the rounds carry on.
  const before = fn.local("before", NUMBER).id;
  let stmts: ReturnType<Lowering["collect"]> = [];
  fn.jumps.within({ label, name, isLoop: true }, () => {
    stmts = fn.collect(() => fn.lower(body));
  });
  const update = fn.collect(step);
  fn.emit({
    kind: "loop",
    label,
    ...(test ? { test } : {}),
    testAfter,
    body: stmts,
    update: forgetting(fn, { test, body: stmts, update, before, span: spanOf(condition ?? node) }),
    span: spanOf(condition ?? node),
  });
}

/** Whether one conjunct of the condition compares with something that is at most 65,535. */
function hasBound(test: Expr): boolean {
  switch (test.kind) {
    case "const":
      return true;
    case "logical":
      return test.op === "and"
        ? hasBound(test.left) || hasBound(test.right)
        : hasBound(test.left) && hasBound(test.right);
    case "compare":
      return isSmall(test.left) || isSmall(test.right);
    case "not":
      return hasBound(test.value);
    case "sequence":
      return hasBound(test.value);
    default:
      return test.kind === "read" || test.kind === "call" || test.kind === "helper";
  }
}

function isSmall(value: Expr): boolean {
  if (value.kind === "const" || value.kind === "null") return true;
  if (value.kind === "convert") return value.to.bits <= 16;
  if (value.type.kind === "pointer") return true;
  if (value.type.kind === "number") return value.type.natural !== undefined && value.type.natural.bits <= 16;
  const int = intOf(value.type);
  return int !== undefined && int.bits <= 16;
}

/** Whether the body can leave the loop: a break or a return in it. */
function leaves(body: typescript.Node): boolean {
  let found = false;
  const visit = (node: typescript.Node, depth: number): void => {
    if (found || ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node)) found = true;
    if (ts.isBreakStatement(node) && (depth === 0 || node.label)) found = true;
    const inner = ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) ? depth + 1 : depth;
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(body, 0);
  return found;
}
