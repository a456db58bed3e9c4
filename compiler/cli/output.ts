/** How commands print: colours only on a terminal, diagnostics on stderr as text or on stdout as JSON. */
import { readFileSync } from "node:fs";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { renderSummary, renderText } from "../diagnostics/render.js";

/** Whether a stream shows colours; NO_COLOR and FORCE_COLOR decide where they are set (no-color.org). */
export function wantsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** A file's text, or undefined when it cannot be read: a diagnostic is worth printing without its frame. */
export function sourceText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Prints diagnostics for people on stderr. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const texts = new Map<string, string | undefined>();
  const sources = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, sourceText(file));
    return texts.get(file);
  };
  const color = wantsColor(process.stderr);
  process.stderr.write(`${renderText(diagnostics, { color, sources })}\n${renderSummary(diagnostics)}`);
}

/** Prints data as one JSON document; 64-bit values become decimal strings. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, (_key, v: unknown) => (typeof v === "bigint" ? v.toString() : v), 2);
  process.stdout.write(`${text}\n`);
}

/** Columns padded to their widest cell, two spaces between; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  ");
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join("\n");
}
