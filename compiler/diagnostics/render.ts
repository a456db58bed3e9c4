/**
 * Diagnostics as text (for people) and as JSON (for tools). Input: diagnostics and a way to get a file's text. Output: a
 * string that ends in a newline, or plain data. Pure: reads no file, knows no stream.
 */
import { relative } from "node:path";
import pc from "picocolors";
import { oneLine, printable } from "../../runtime/facts/terminal.js";
import type { Diagnostic, Span } from "./diagnostic.js";
import { layOut } from "./width.js";

export interface RenderOptions {
  readonly color: boolean;
  /** The text of a file, or undefined when it is not known: then there is no code frame. */
  readonly sources: (file: string) => string | undefined;
  /** Paths are shown relative to this folder; the process's own if absent. */
  readonly cwd?: string;
}

/** One diagnostic as `--json` gives it. Lines and columns count from 1; the end is exclusive. */
export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly help?: string;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Columns of source shown at most; longer lines are cut around the place. */
const FRAME_WIDTH = 120;

/**
 * Text form: place, severity, code and message on the first line (as `tsc --pretty` writes it, so that terminals and
 * editors find the place), then a code frame, related places, and at most one help line.
 * @example `renderText(result.diagnostics, { color: false, sources: (file) => readFileSync(file, "utf8") })`
 */
export function renderText(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  return diagnostics.map((d) => `${renderOne(d, options, colors)}\n`).join("\n");
}

/** The closing line: `Found 2 errors and 1 warning.`, or an empty string. */
export function renderSummary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string, noun: string): string[] => {
    const n = diagnostics.filter((d) => d.severity === severity).length;
    return n === 0 ? [] : [`${n} ${noun}${n === 1 ? "" : "s"}`];
  };
  const parts = [...count("error", "error"), ...count("warning", "warning")];
  return parts.length === 0 ? "" : `Found ${parts.join(" and ")}.\n`;
}

/** Data form, in the shape of `ebpftsc build --json`. */
export function renderJson(diagnostics: readonly Diagnostic[]): JsonDiagnostic[] {
  return diagnostics.map(({ code, severity, message, span, help }) => ({
    code,
    severity,
    message,
    ...(span ?? {}),
    ...(help === undefined ? {} : { help }),
  }));
}

function renderOne(d: Diagnostic, options: RenderOptions, c: Colors): string {
  const paint = d.severity === "error" ? c.red : c.yellow;
  const place = d.span ? `${where(d.span, options, c)} - ` : "";
  const lines = [`${place}${paint(d.severity)} ${c.dim(`${d.code}:`)} ${printable(d.message)}`];
  if (d.span) lines.push(...frame(d.span, options, c, paint));
  for (const { message, span } of d.related ?? []) {
    lines.push(`  ${where(span, options, c)} - ${printable(message)}`, ...frame(span, options, c, c.cyan));
  }
  if (d.help !== undefined) lines.push(`  ${c.cyan("help:")} ${printable(d.help)}`);
  return lines.join("\n");
}

function where(span: Span, { cwd = process.cwd() }: RenderOptions, c: Colors): string {
  const path = relative(cwd, span.file);
  const shown = path === "" || path.startsWith("..") ? span.file : path;
  return `${c.cyan(oneLine(shown))}:${c.yellow(String(span.line))}:${c.yellow(String(span.column))}`;
}

/** The source lines of a span with the place underlined: the first line, and the last when the span goes on. */
function frame(span: Span, options: RenderOptions, c: Colors, paint: (text: string) => string): string[] {
  const lines = options.sources(span.file)?.split(/\r?\n/);
  const first = lines?.[span.line - 1];
  if (lines === undefined || first === undefined) return [];
  const gutter = String(span.endLine).length;
  const row = (label: string, text: string): string => `${c.inverse(label.padStart(gutter))} ${text}`;

  const single = span.endLine === span.line;
  const out = marked(first, span.column, single ? span.endColumn : first.length + 1);
  const rows = [row(String(span.line), out.text), row("", paint(out.marks))];
  const last = lines[span.endLine - 1];
  if (single || last === undefined) return rows;
  if (span.endLine > span.line + 1) rows.push(row("…", ""));
  const end = marked(last, last.length - last.trimStart().length + 1, span.endColumn);
  return [...rows, row(String(span.endLine), end.text), row("", paint(end.marks))];
}

/** A source line and the squiggle under columns `from` to `to` (UTF-16, from 1, exclusive), cut to the frame's width. */
function marked(line: string, from: number, to: number): { text: string; marks: string } {
  const { text, columns } = layOut(line);
  const end = columns.length - 1;
  const at = (position: number): number => columns[Math.max(0, Math.min(position - 1, end))] ?? 0;
  const start = at(from);
  const width = Math.max(1, at(to) - start);
  if (text.length <= FRAME_WIDTH) return { text, marks: " ".repeat(start) + "~".repeat(width) };
  // Printed text and columns differ by wide characters only; cutting by position keeps the place in sight.
  const cut = Math.max(0, Math.min(start - FRAME_WIDTH / 4, text.length - FRAME_WIDTH));
  const left = Math.floor(cut);
  const shown = text.slice(left, left + FRAME_WIDTH);
  const lead = left > 0 ? "…" : "";
  const marks = " ".repeat(start - left + lead.length) + "~".repeat(Math.min(width, FRAME_WIDTH - (start - left)));
  return { text: `${lead}${shown}${left + FRAME_WIDTH < text.length ? "…" : ""}`, marks };
}
