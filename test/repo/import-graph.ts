/** Who imports whom, read from the syntax trees of the repository's modules. */
import { posix } from "node:path";
import ts from "typescript";
import { filesBelow, read } from "../harness/files.js";

export interface Import {
  readonly from: string;
  /** A path of the repository, or a package name. */
  readonly to: string;
  /** `import type`, or only `type` names in the braces: gone at run time. */
  readonly typeOnly: boolean;
  /** `await import(...)`. */
  readonly lazy: boolean;
}

/** What the package's own names stand for inside the repository. */
const SELF: Readonly<Record<string, string>> = {
  ebpftsc: "stdlib/index.ts",
  "ebpftsc/compiler": "compiler/index.ts",
  "ebpftsc/runtime": "runtime/index.ts",
  "ebpftsc/vm": "runtime/vm/index.ts",
  "ebpftsc/testing": "runtime/testing/index.ts",
};

export const SOURCE_FOLDERS = ["compiler", "runtime", "stdlib", "native", "examples", "scripts", "test"] as const;

/** Modules of the repository. */
export function modules(): string[] {
  return SOURCE_FOLDERS.flatMap((f) => filesBelow(f, /\.(ts|mts|mjs)$/)).filter(
    (f) => !f.startsWith("test/diagnostics/cases/") && !f.startsWith("test/fixtures/"),
  );
}

/** All imports of one module. */
export function importsOf(from: string, text: string = read(from)): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, lazy: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ from, to: target(from, specifier.text), typeOnly, lazy });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause), false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, exportsTypesOnly(node), false);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false, true);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.ES2023, true));
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return !clause.name && names !== undefined && ts.isNamedImports(names) && names.elements.length > 0
    ? names.elements.every((e) => e.isTypeOnly)
    : false;
}

function exportsTypesOnly(node: ts.ExportDeclaration): boolean {
  const names = node.exportClause;
  return (
    node.isTypeOnly ||
    (names !== undefined &&
      ts.isNamedExports(names) &&
      names.elements.length > 0 &&
      names.elements.every((e) => e.isTypeOnly))
  );
}

function target(from: string, specifier: string): string {
  const own = SELF[specifier];
  if (own !== undefined) return own;
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** Groups of modules that import each other in a circle (strongly connected components of more than one). */
export function cycles(edges: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  // Tarjan, SIAM J. Comput. 1(2), 1972. A module that imports itself counts too.
  const visit = (v: string): void => {
    index.set(v, index.size);
    low.set(v, index.get(v) ?? 0);
    stack.push(v);
    for (const w of next.get(v) ?? []) {
      if (!index.has(w)) visit(w);
      if (stack.includes(w)) low.set(v, Math.min(low.get(v) ?? 0, low.get(w) ?? 0));
    }
    if (low.get(v) !== index.get(v)) return;
    const group = stack.splice(stack.indexOf(v));
    if (group.length > 1 || next.get(v)?.includes(v)) found.push(group.sort());
  };
  for (const v of next.keys()) if (!index.has(v)) visit(v);
  return found;
}
