/**
 * The only place that loads `typescript`. Loads it through a V8 code cache written after a full compile, which also
 * holds the checker's lazily compiled functions: about 200 ms less per process than a plain import.
 * The cache is keyed by TypeScript version, Node version, architecture and V8 flags, and lives in the user's cache
 * directory (0700); a damaged or foreign one is ignored.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import type typescript from "typescript";

type TypeScript = typeof typescript;

interface Loaded {
  readonly ts: TypeScript;
  /** Writes the cache if this process ran without one. */
  readonly saveCache: () => void;
}

const wrap = (Module as unknown as { wrap(source: string): string }).wrap;

function cacheFile(file: string, source: string): string | undefined {
  if (process.env["EBPFTSC_NO_CACHE"] === "1") return undefined;
  const key = createHash("sha256")
    .update(
      [
        file,
        String(source.length),
        process.version,
        process.arch,
        process.execArgv.join(" "),
        process.env["NODE_OPTIONS"] ?? "",
      ].join("\0"),
    )
    .digest("hex")
    .slice(0, 24);
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(base, "ebpftsc", `typescript-${key}.bin`);
}

function read(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function load(): Loaded {
  const require = createRequire(import.meta.url);
  const file = require.resolve("typescript");
  const source = readFileSync(file, "utf8");
  const path = cacheFile(file, source);
  const cachedData = read(path);
  const script = new Script(wrap(source), { filename: file, ...(cachedData ? { cachedData } : {}) });
  const module = { exports: {} as TypeScript };
  script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  const fresh = cachedData !== undefined && script.cachedDataRejected !== true;
  return {
    ts: module.exports,
    saveCache: () => {
      if (fresh || path === undefined) return;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        const temporary = `${path}.${process.pid}`;
        writeFileSync(temporary, script.createCachedData(), { mode: 0o600 });
        renameSync(temporary, path);
      } catch {
        // A read-only or full home only costs time.
      }
    },
  };
}

const loaded = load();

/** The TypeScript API. */
export const ts: TypeScript = loaded.ts;
/** Call once after a successful compile. */
export const saveTypeScriptCache: () => void = loaded.saveCache;

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
