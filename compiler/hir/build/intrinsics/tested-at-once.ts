/**
 * Whether the result of a call, a reference or undefined, is tested right where it arises and nowhere else. Asks the
 * type checker: an identifier whose type still includes undefined stands where a test is made or missing.
 */
import type typescript from "typescript";
import { ts } from "../../../source/typescript.js";
import { mayBeUndefined } from "../expressions/identifier.js";
import { isTest } from "../expressions/property.js";
import type { Lowering } from "../lowering.js";
import { usesOf } from "../uses.js";

const K = ts.SyntaxKind;

export function isTestedAtOnce(fn: Lowering, call: typescript.Expression): boolean {
  let at: typescript.Node = call;
  while (ts.isParenthesizedExpression(at.parent) || ts.isNonNullExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (isTest(at)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.questionDotToken) return true;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const list = parent.parent;
  if (!ts.isVariableDeclarationList(list) || !(list.flags & ts.NodeFlags.Const) || list.declarations.length > 1)
    return false;
  const first = firstTested(statementAfter(list.parent));
  const symbol = fn.module.checker.getSymbolAtLocation(parent.name);
  if (!first || !symbol || fn.module.checker.getSymbolAtLocation(first) !== symbol) return false;
  return undecided(fn, list.parent.parent, symbol).every((node) => node === first || node === parent.name);
}

function statementAfter(statement: typescript.Node): typescript.Statement | undefined {
  const { parent } = statement;
  if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) return undefined;
  const at = parent.statements.indexOf(statement as typescript.Statement);
  return parent.statements[at + 1];
}

/** The variable that a statement's condition looks at before anything else. */
function firstTested(statement: typescript.Statement | undefined): typescript.Identifier | undefined {
  let at: typescript.Expression | undefined;
  if (statement && ts.isIfStatement(statement)) at = statement.expression;
  else if (statement && ts.isReturnStatement(statement) && statement.expression)
    at = ts.isConditionalExpression(statement.expression) ? statement.expression.condition : undefined;
  while (at && !ts.isIdentifier(at)) {
    if (ts.isParenthesizedExpression(at) || ts.isPropertyAccessExpression(at)) at = at.expression;
    else if (ts.isPrefixUnaryExpression(at) && at.operator === K.ExclamationToken) at = at.operand;
    else if (ts.isBinaryExpression(at)) at = at.left;
    else return undefined;
  }
  return at;
}

/** Uses of a variable where the checker does not know whether it is undefined. */
function undecided(fn: Lowering, scope: typescript.Node, symbol: typescript.Symbol): readonly typescript.Identifier[] {
  return usesOf(fn, symbol, scope).filter((node) => mayBeUndefined(fn.module.checker.getTypeAtLocation(node)));
}
