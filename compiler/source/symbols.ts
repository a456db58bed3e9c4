/**
 * What names stand for: symbols through imports, exports and re-exports, declarations of the stdlib by name, constants
 * that texts and objects are. Nothing here looks at how a source spells a thing.
 */
import type typescript from "typescript";
import { ts, unparenthesized } from "./typescript.js";

/** What the questions need of a program. */
export interface Names {
  readonly checker: typescript.TypeChecker;
  isStdlib(node: typescript.Node): boolean;
}

/** The symbol that an expression names, behind imports. */
export function resolvedSymbol(names: Pick<Names, "checker">, node: typescript.Node): typescript.Symbol | undefined {
  const { checker } = names;
  const symbol =
    ts.isIdentifier(node) && ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The stdlib's name for what an expression names: "xdp", "program.tc"; undefined for everything else. */
export function stdlibName(names: Names, node: typescript.Node): string | undefined {
  const symbol = resolvedSymbol(names, node);
  const declaration = symbol?.declarations?.[0];
  if (!symbol || !declaration || !names.isStdlib(declaration)) return undefined;
  const { parent } = declaration;
  if (
    ts.isObjectLiteralExpression(parent) &&
    ts.isVariableDeclaration(parent.parent) &&
    ts.isIdentifier(parent.parent.name)
  )
    return `${parent.parent.name.text}.${symbol.name}`;
  return symbol.name;
}

export interface Decorator {
  readonly node: typescript.Decorator;
  /** The stdlib's name, or undefined for a decorator of somebody else's. */
  readonly name: string | undefined;
  /** Arguments of the call; none where the decorator is used bare. */
  readonly args: readonly typescript.Expression[];
}

/** The decorators of a declaration. */
export function decoratorsOf(names: Names, node: typescript.Node): readonly Decorator[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).map((decorator) => {
    const expression = unparenthesized(decorator.expression);
    const call = ts.isCallExpression(expression) ? expression : undefined;
    const name = stdlibName(names, unparenthesized(call ? call.expression : expression));
    return { node: decorator, name, args: call ? call.arguments : [] };
  });
}

/** Whether a declaration carries the stdlib's decorator of that name. */
export const hasDecorator = (names: Names, node: typescript.Node, name: string): boolean =>
  decoratorsOf(names, node).some((d) => d.name === name);

/** The initialiser of a name that never changes: a `const`, or a `static readonly` field. */
export function constantInitializer(
  names: Pick<Names, "checker">,
  node: typescript.Expression,
): typescript.Expression | undefined {
  const declaration = resolvedSymbol(names, node)?.valueDeclaration;
  if (!declaration) return undefined;
  if (ts.isVariableDeclaration(declaration))
    return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration.initializer : undefined;
  if (ts.isPropertyDeclaration(declaration)) {
    const flags = ts.ModifierFlags.Static | ts.ModifierFlags.Readonly;
    return (ts.getCombinedModifierFlags(declaration) & flags) === flags ? declaration.initializer : undefined;
  }
  return undefined;
}

/** An expression without parentheses, `as`, `satisfies` and `!`, which change no value. */
export function plainExpression(node: typescript.Expression): typescript.Expression {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isNonNullExpression(at)
  )
    at = at.expression;
  return at;
}

/** The text that an expression is at build time, or undefined. */
export function constantText(names: Pick<Names, "checker">, node: typescript.Expression): string | undefined {
  const at = plainExpression(node);
  if (ts.isStringLiteralLike(at)) return at.text;
  if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [a, b] = [constantText(names, at.left), constantText(names, at.right)];
    return a === undefined || b === undefined ? undefined : a + b;
  }
  if (ts.isTemplateExpression(at)) {
    let text = at.head.text;
    for (const span of at.templateSpans) {
      const value = constantText(names, span.expression);
      if (value === undefined) return undefined;
      text += value + span.literal.text;
    }
    return text;
  }
  const declaration = resolvedSymbol(names, at)?.valueDeclaration;
  if (declaration && ts.isEnumMember(declaration)) {
    const value = names.checker.getConstantValue(declaration);
    return typeof value === "string" ? value : undefined;
  }
  const initializer = constantInitializer(names, at) ?? propertyOf(names, at);
  return initializer && constantText(names, initializer);
}

/** The initialiser behind `LIMITS.min` and `LIMITS["min"]`, of a constant object. */
export function propertyOf(
  names: Pick<Names, "checker">,
  node: typescript.Expression,
): typescript.Expression | undefined {
  const at = plainExpression(node);
  const name = ts.isPropertyAccessExpression(at)
    ? at.name.text
    : ts.isElementAccessExpression(at)
      ? constantText(names, at.argumentExpression)
      : undefined;
  if (name === undefined || !(ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at))) return undefined;
  return objectProperties(names, at.expression)?.get(name)?.value;
}

export interface Property {
  readonly name: string;
  readonly value: typescript.Expression;
  /** Where it is written, for diagnostics. */
  readonly node: typescript.Node;
}

/** The properties of a constant object, later ones first where spreads repeat them; undefined where it is not constant. */
export function objectProperties(
  names: Pick<Names, "checker">,
  node: typescript.Expression,
): ReadonlyMap<string, Property> | undefined {
  const at = plainExpression(node);
  if (!ts.isObjectLiteralExpression(at)) {
    const initializer = constantInitializer(names, at) ?? propertyOf(names, at);
    return initializer && objectProperties(names, initializer);
  }
  const found = new Map<string, Property>();
  for (const property of at.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = objectProperties(names, property.expression);
      if (!spread) return undefined;
      for (const [name, value] of spread) found.set(name, value);
      continue;
    }
    const name = property.name && propertyName(names, property.name);
    if (name === undefined) return undefined;
    if (ts.isPropertyAssignment(property)) found.set(name, { name, value: property.initializer, node: property });
    else if (ts.isShorthandPropertyAssignment(property))
      found.set(name, { name, value: property.name, node: property });
    else return undefined;
  }
  return found;
}

/** The name that a property has at run time, or undefined for one that is computed then. */
export function propertyName(names: Pick<Names, "checker">, name: typescript.PropertyName): string | undefined {
  if (ts.isComputedPropertyName(name)) return constantText(names, name.expression);
  if (ts.isPrivateIdentifier(name) || ts.isBigIntLiteral(name)) return undefined;
  return name.text;
}
