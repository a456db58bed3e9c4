/**
 * Finds tests that can pass without having asserted anything: a `return` of the test's own callback that no assertion
 * precedes in the text, and a test without any assertion. Input: the text of a test file.
 */
import ts from "typescript";

const TEST_NAMES: ReadonlySet<string> = new Set(["test", "it"]);
/** Assertions: vitest's and fast-check's, functions named after them, `throw`, and vitest's own way to skip. */
const ASSERTS = /^(expect\w*|assert\w*|skip|modelRun|fail)$/;

export interface Silent {
  readonly line: number;
  readonly why: "returns before it asserts" | "asserts nothing";
}

/** The name that a chain of calls begins with: "test" of `test.skipIf(x).each(y)("name", ...)`. */
function rootName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) return rootName(node.expression);
  return "";
}

function calledName(call: ts.CallExpression): string {
  const { expression } = call;
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node);

/** Functions of the file that assert, by name, whatever they are called. */
function assertingFunctions(file: ts.SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  let grown = true;
  const visit = (node: ts.Node): void => {
    const named = ts.isFunctionDeclaration(node) ? node : ts.isVariableDeclaration(node) ? node : undefined;
    const body = named && (ts.isFunctionDeclaration(named) ? named.body : named.initializer);
    if (
      named?.name &&
      ts.isIdentifier(named.name) &&
      body &&
      (ts.isBlock(body) || isFunction(body)) &&
      !found.has(named.name.text)
    ) {
      if (firstAssertion(body, found) !== undefined) {
        found.add(named.name.text);
        grown = true;
      }
    }
    ts.forEachChild(node, visit);
  };
  while (grown) {
    grown = false;
    visit(file);
  }
  return found;
}

/** Position of the first assertion in the text of a node. */
function firstAssertion(node: ts.Node, asserting: ReadonlySet<string>): number | undefined {
  if (ts.isThrowStatement(node)) return node.pos;
  if (ts.isCallExpression(node)) {
    const name = calledName(node);
    if (ASSERTS.test(name) || asserting.has(name)) return node.pos;
  }
  let first: number | undefined;
  ts.forEachChild(node, (child) => {
    first ??= firstAssertion(child, asserting);
  });
  return first;
}

/** Returns of the function itself, not of functions inside it. */
function ownReturns(node: ts.Node): ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  const visit = (child: ts.Node): void => {
    if (isFunction(child)) return;
    if (ts.isReturnStatement(child)) found.push(child);
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  return found;
}

export function silentTests(text: string): Silent[] {
  const file = ts.createSourceFile("test.ts", text, ts.ScriptTarget.Latest, true);
  const asserting = assertingFunctions(file);
  const found: Silent[] = [];
  const line = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const judge = (call: ts.CallExpression, body: ts.Node): void => {
    // What the test prepares may assert inside its helpers, which proves nothing of the test: only its own text counts here.
    const own = firstAssertion(body, new Set());
    const any = firstAssertion(body, asserting);
    if (any === undefined) found.push({ line: line(call), why: "asserts nothing" });
    for (const early of ownReturns(body))
      if (early.expression === undefined && (own === undefined || early.pos < own))
        found.push({ line: line(early), why: "returns before it asserts" });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TEST_NAMES.has(rootName(node.expression))) {
      const body = node.arguments.find((a) => isFunction(a));
      if (body !== undefined && (ts.isArrowFunction(body) || ts.isFunctionExpression(body))) judge(node, body.body);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
