/**
 * The only place that loads `typescript`: through a V8 code cache, about 200 ms less per process than a plain import, and
 * minified where scripts/bundle.mjs made that copy, which spares reading nine megabytes of two-byte text.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type typescript from "typescript";
import { loadCached } from "./code-cache.js";

/** Beside both `source/` and `cli/` of dist/compiler. */
const minified = fileURLToPath(new URL("../typescript.min.cjs", import.meta.url));
const file = existsSync(minified) ? minified : createRequire(import.meta.url).resolve("typescript");
const loaded = loadCached<typeof typescript>(file);

/** The TypeScript API. */
export const ts: typeof typescript = loaded.exports;
/** Call once after a successful compile. */
export const saveTypeScriptCache: () => void = loaded.save;

/** The expression inside any parentheses. */
export function unparenthesized(node: typescript.Expression): typescript.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}

/** The value of an enum member that an expression names, const enum or not. */
export function enumValue(checker: typescript.TypeChecker, node: typescript.Expression): number | undefined {
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  if (!declaration || !ts.isEnumMember(declaration)) return undefined;
  const value = checker.getConstantValue(declaration);
  return typeof value === "number" ? value : undefined;
}
