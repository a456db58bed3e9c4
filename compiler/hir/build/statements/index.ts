/** Statement lowering: one handler per kind. What is not here was refused by the subset checker. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { constant, statement } from "../../make.js";
import { BOOL } from "../../types.js";
import { truth } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { lowerForOf } from "./for-of.js";
import { lowerDoWhile, lowerFor, lowerWhile } from "./loops.js";
import { lowerReturn } from "./return.js";
import { lowerSwitch } from "./switch.js";
import { lowerVariables } from "./variables.js";

type Handler = (fn: Lowering, node: typescript.Statement) => void;

const K = ts.SyntaxKind;
const of =
  <T extends typescript.Statement>(handler: (fn: Lowering, node: T) => void): Handler =>
  (fn, node) =>
    handler(fn, node as T);

const HANDLERS: Partial<Record<typescript.SyntaxKind, Handler>> = {
  [K.VariableStatement]: of<typescript.VariableStatement>((fn, n) => lowerVariables(fn, n.declarationList)),
  [K.ExpressionStatement]: of(lowerExpressionStatement),
  [K.Block]: of<typescript.Block>((fn, n) => {
    for (const s of n.statements) fn.lower(s);
  }),
  [K.IfStatement]: of(lowerIf),
  [K.ForStatement]: of<typescript.ForStatement>((fn, n) => lowerFor(fn, n, undefined)),
  [K.WhileStatement]: of<typescript.WhileStatement>((fn, n) => lowerWhile(fn, n, undefined)),
  [K.DoStatement]: of<typescript.DoStatement>((fn, n) => lowerDoWhile(fn, n, undefined)),
  [K.ForOfStatement]: of<typescript.ForOfStatement>((fn, n) => lowerForOf(fn, n, undefined)),
  [K.SwitchStatement]: of(lowerSwitch),
  [K.LabeledStatement]: of(lowerLabeled),
  [K.BreakStatement]: of<typescript.BreakStatement>((fn, n) => lowerJump(fn, n, "break")),
  [K.ContinueStatement]: of<typescript.ContinueStatement>((fn, n) => lowerJump(fn, n, "continue")),
  [K.ReturnStatement]: of(lowerReturn),
  [K.EmptyStatement]: () => {},
};

export function lowerStatement(fn: Lowering, node: typescript.Statement): void {
  const handler = HANDLERS[node.kind];
  if (handler) handler(fn, node);
  else fn.error("EB1012", node, `${K[node.kind]} has no meaning in a program`);
}

function lowerExpressionStatement(fn: Lowering, node: typescript.ExpressionStatement): void {
  fn.emit(statement(fn.scoped(spanOf(node), () => fn.expression(node.expression))));
}

function lowerIf(fn: Lowering, node: typescript.IfStatement): void {
  const test = fn.scoped(spanOf(node.expression), () => truth(fn, fn.expression(node.expression), node.expression));
  const then = fn.collect(() => fn.lower(node.thenStatement));
  const otherwise = fn.collect(() => {
    if (node.elseStatement) fn.lower(node.elseStatement);
  });
  fn.emit({ kind: "if", test, then, otherwise, span: spanOf(node.expression) });
}

function lowerLabeled(fn: Lowering, node: typescript.LabeledStatement): void {
  const name = node.label.text;
  const inner = node.statement;
  if (ts.isForStatement(inner)) return lowerFor(fn, inner, name);
  if (ts.isWhileStatement(inner)) return lowerWhile(fn, inner, name);
  if (ts.isDoStatement(inner)) return lowerDoWhile(fn, inner, name);
  if (ts.isForOfStatement(inner)) return lowerForOf(fn, inner, name);
  const label = fn.jumps.next();
  const body = fn.collect(() => {
    fn.jumps.within({ label, name, isLoop: false, onlyNamed: true }, () => fn.lower(inner));
  });
  fn.emit({ kind: "block", label, body, span: spanOf(node) });
}

function lowerJump(fn: Lowering, node: typescript.BreakOrContinueStatement, kind: "break" | "continue"): void {
  const target = fn.jumps.find(kind, node.label?.text);
  if (target) fn.emit({ kind, label: target.label, span: spanOf(node) });
}

/** A test that is absent: always true. */
export const always = (node: typescript.Node) => constant(1, BOOL, spanOf(node));
