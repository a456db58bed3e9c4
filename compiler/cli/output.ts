/**
 * How commands print: colours only on a terminal, diagnostics on stderr as text or on stdout as JSON. Nothing else in
 * the command line writes to a stream, so that no text reaches a terminal with characters that steer it.
 */

import { readFileSync } from "node:fs";
import { printable } from "../../runtime/facts/terminal.js";
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

/** Prints text for people on stdout. Values in it that must stay on one line were made so ({@link visible}). */
export function printText(text: string): void {
  process.stdout.write(printable(text));
}

/** Prints a complaint, a notice or progress for people on stderr. */
export function complain(text: string): void {
  process.stderr.write(printable(text));
}

/** Prints text that we have coloured ourselves; every value in it was made {@link visible} before. */
export function printPainted(text: string): void {
  process.stdout.write(text);
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

/** Prints data as one line of JSON, for streams of documents. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Columns padded to their widest cell, two spaces between; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  ");
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join("\n");
}
