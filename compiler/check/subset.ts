/**
 * The subset checker: every node of the user's files is accepted, erased, or refused with its code. The table is total
 * over ts.SyntaxKind, so that a TypeScript that adds a kind fails to compile here. It emits nothing and needs no types.
 */
import type typescript from "typescript";
import type { Code } from "../diagnostics/catalogue.js";
import type { Diagnostics } from "../diagnostics/diagnostic.js";
import { spanOf } from "../source/span.js";
import { decoratorsOf, type Names, stdlibName } from "../source/symbols.js";
import { ts } from "../source/typescript.js";
import { SYNTAX } from "./syntax-table.js";

const K = ts.SyntaxKind;

export function checkSubset(file: typescript.SourceFile, names: Names, diagnostics: Diagnostics): void {
  const { checker } = names;
  const report = (code: Code, node: typescript.Node, message: string): void =>
    diagnostics.report(code, spanOf(node), message);
  const visit = (node: typescript.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) {
      if ((node.kind === K.AnyKeyword || node.kind === K.UnknownKeyword) && !isPointee(names, node))
        report("EB1004", node, `${node.getText()} has no machine type`);
      else ts.forEachChild(node, visit);
      return;
    }
    const rule = SYNTAX[node.kind];
    if (typeof rule === "object" && !isCalledFunction(node) && !isTestForNull(node)) {
      report(rule.code, node, rule.message(node));
      return;
    }
    if (rule === "erase") return;
    checkDecorators(names, node, report);
    checkForm(node, report, checker);
    ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) {
    checkTopLevel(statement, report);
    visit(statement);
  }
}

/** `UserPtr<unknown>`: what an address points to need not be known. */
function isPointee(names: Names, node: typescript.Node): boolean {
  const { parent } = node;
  return (
    ts.isTypeReferenceNode(parent) && /^((User)?Ptr|(Data|Rel)Loc)$/.test(stdlibName(names, parent.typeName) ?? "")
  );
}

/** Functions that are only called: the value of a constant, or an argument (`program.xdp(…)` is such a call). */
function isCalledFunction(node: typescript.Node): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.expression !== node;
  return ts.isVariableDeclaration(parent) && (ts.getCombinedNodeFlags(parent) & ts.NodeFlags.Const) !== 0;
}

/** `x == null` asks for undefined too, which is what absent is here. */
const isTestForNull = (node: typescript.Node): boolean =>
  node.kind === K.NullKeyword &&
  ts.isBinaryExpression(node.parent) &&
  [K.EqualsEqualsToken, K.ExclamationEqualsToken].includes(node.parent.operatorToken.kind);

/** Where each decorator of the stdlib means something. */
const PLACES: Readonly<Record<string, (node: typescript.Node) => boolean>> = {
  struct: ts.isClassDeclaration,
  config: ts.isPropertyDeclaration,
  offset: ts.isPropertyDeclaration,
  global: ts.isMethodDeclaration,
  xdp: ts.isMethodDeclaration,
  tc: ts.isMethodDeclaration,
  tracepoint: ts.isMethodDeclaration,
};
const HANDLERS = new Set(["xdp", "tc", "tracepoint"]);

/** A decorator that is not ours would do its work when the module is loaded; one of ours in the wrong place would do nothing. */
function checkDecorators(names: Names, node: typescript.Node, report: Report): void {
  for (const { name, node: decorator } of decoratorsOf(names, node)) {
    const text = decorator.expression.getText();
    if (name === undefined || !PLACES[name]) report("EB3008", decorator, `@${text} is not a decorator of ebpftsc`);
    else if (!PLACES[name](node)) report("EB3008", decorator, `@${text} has no meaning here`);
    else if (HANDLERS.has(name) && !isTopLevelClass(node.parent))
      report("EB3008", decorator, `@${text} stands in a class that is not declared at the top of its module`);
  }
}

const isTopLevelClass = (node: typescript.Node): boolean => ts.isClassDeclaration(node) && ts.isSourceFile(node.parent);

type Report = (code: Code, node: typescript.Node, message: string) => void;

const DECLARATIONS = new Set([
  K.ImportDeclaration,
  K.ExportDeclaration,
  K.ClassDeclaration,
  K.FunctionDeclaration,
  K.InterfaceDeclaration,
  K.TypeAliasDeclaration,
  K.EnumDeclaration,
  K.VariableStatement,
  K.ModuleDeclaration,
  K.EmptyStatement,
]);

/** A module holds declarations; what would run at import has no time to run. */
function checkTopLevel(statement: typescript.Statement, report: Report): void {
  if (!DECLARATIONS.has(statement.kind))
    report("EB1016", statement, "this statement would run when the module is loaded");
  // Only augmentations of other modules have nothing in them that a program could use.
  if (ts.isModuleDeclaration(statement) && !isAmbient(statement) && !ts.isStringLiteral(statement.name))
    report(
      "EB1012",
      statement.name,
      `${statement.name.text} is a namespace: what it holds would be lost; use a module`,
    );
}

const isAmbient = (node: typescript.ModuleDeclaration): boolean =>
  (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient) !== 0;

/** Rules on accepted kinds that depend on modifiers or position. */
function checkForm(node: typescript.Node, report: Report, checker: typescript.TypeChecker): void {
  if (ts.isFunctionLike(node)) checkFunction(node, report);
  else if (ts.isVariableDeclarationList(node)) {
    const isUsing = (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
    if (isUsing) report("EB1012", node, "using has no meaning in a program");
    else if ((node.flags & ts.NodeFlags.BlockScoped) === 0) report("EB1008", node, "var is not part of the language");
  } else if (ts.isClassDeclaration(node)) checkClass(node, report);
  else if (ts.isBinaryExpression(node)) checkOperator(node, report, checker);
  else if (ts.isElementAccessExpression(node)) checkElement(node, report, checker);
  else if (ts.isPropertyAssignment(node) && ts.isComputedPropertyName(node.name))
    report("EB1006", node.name, `${node.name.getText()} is a computed name`);
}

function checkFunction(node: typescript.SignatureDeclaration, report: Report): void {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  const async = modifiers.find((m) => m.kind === K.AsyncKeyword);
  if (async) report("EB1001", async, `${node.name?.getText() ?? "this function"} is async`);
  if ("asteriskToken" in node && node.asteriskToken)
    report("EB1001", node, `${node.name?.getText() ?? "this function"} is a generator`);
  for (const p of node.parameters) {
    if (p.dotDotDotToken) report("EB1014", p, `${p.name.getText()} is a rest parameter`);
    else if (p.questionToken) report("EB1014", p, `${p.name.getText()} is optional`);
    else if (!ts.isIdentifier(p.name)) report("EB1014", p, `${p.name.getText()} is a pattern`);
  }
}

function checkClass(node: typescript.ClassDeclaration, report: Report): void {
  for (const clause of node.heritageClauses ?? [])
    if (clause.token === K.ExtendsKeyword)
      report("EB1015", clause, `${node.name?.text ?? "this class"} extends another class`);
  for (const member of node.members) {
    if (ts.isConstructorDeclaration(member))
      report("EB1015", member, `${node.name?.text ?? "this class"} has a constructor`);
    if (ts.isSetAccessorDeclaration(member)) report("EB1015", member, `${member.name.getText()} is a setter`);
    if (ts.isClassStaticBlockDeclaration(member))
      report("EB1016", member, "a static block would run when the module is loaded");
    const isStatic = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === K.StaticKeyword);
    if (ts.isPropertyDeclaration(member) && !isStatic && member.initializer)
      report("EB1015", member, `${member.name.getText()} has an initial value: structs start as zeros`);
  }
}

const isText = (type: typescript.Type): boolean => (type.flags & ts.TypeFlags.StringLike) !== 0;

function checkOperator(node: typescript.BinaryExpression, report: Report, checker: typescript.TypeChecker): void {
  const op = node.operatorToken.kind;
  if (op === K.InKeyword || op === K.InstanceOfKeyword)
    report("EB1007", node, `${node.operatorToken.getText()} asks for what only exists in JavaScript`);
  else if (op === K.AsteriskAsteriskEqualsToken) report("EB1012", node, "**= has no instruction");
  else if (op === K.QuestionQuestionEqualsToken) report("EB1012", node, "??= has no meaning here: test and assign");
  else if (
    op === K.PlusToken &&
    (isText(checker.getTypeAtLocation(node.left)) || isText(checker.getTypeAtLocation(node.right)))
  )
    report("EB1010", node, "strings cannot be joined");
}

function checkElement(node: typescript.ElementAccessExpression, report: Report, checker: typescript.TypeChecker): void {
  if (isText(checker.getTypeAtLocation(node.argumentExpression)))
    report("EB1006", node.argumentExpression, `${node.argumentExpression.getText()} is a property chosen at run time`);
}
