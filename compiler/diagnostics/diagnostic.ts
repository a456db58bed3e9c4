/**
 * Diagnostics as values. Input: a catalogue code, a place, the message's facts. Output: data that `render.ts` prints.
 * Invariant: never thrown, never static; a compilation owns its collector.
 */
import { type Code, catalogue } from "./catalogue.js";

/** A place in a source file; lines and columns count from 1, the end is exclusive. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface RelatedSpan {
  readonly message: string;
  readonly span: Span;
}

export interface Diagnostic {
  /** `EBnnnn` of the catalogue, or `TSnnnn` of the type checker. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** Names the user's symbol and gives limit and value. */
  readonly message: string;
  readonly span?: Span;
  readonly related?: readonly RelatedSpan[];
  readonly help?: string;
}

/** Collects what one compilation has to say, once per place and code. */
export class Diagnostics {
  private readonly list: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  add(diagnostic: Diagnostic): void {
    const { span } = diagnostic;
    const key = `${diagnostic.code}|${span ? `${span.file}:${span.line}:${span.column}` : ""}|${diagnostic.message}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.list.push(diagnostic);
  }

  /** Reports a catalogue code; the help line is the catalogue's unless one is given. */
  report(
    code: Code,
    span: Span | undefined,
    message: string,
    more: { help?: string; related?: RelatedSpan[] } = {},
  ): void {
    const entry = catalogue[code];
    const help = more.help ?? entry.help;
    this.add({
      code,
      severity: entry.severity,
      message,
      ...(span ? { span } : {}),
      ...(help ? { help } : {}),
      ...(more.related ? { related: more.related } : {}),
    });
  }

  get errors(): number {
    return this.list.filter((d) => d.severity === "error").length;
  }

  /** In source order. */
  all(): readonly Diagnostic[] {
    const order = (d: Diagnostic): string =>
      d.span ? `${d.span.file}\0${String(d.span.line).padStart(8, "0")}${String(d.span.column).padStart(6, "0")}` : "";
    return [...this.list].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  }
}

/** A fault of the compiler itself: says where, and asks to be reported. Exit code 70. */
export class InternalCompilerError extends Error {
  readonly code = "EB7000";
  constructor(stage: string, message: string, span?: Span) {
    super(
      `internal error in ${stage}: ${message}${span ? ` (${span.file}:${span.line}:${span.column})` : ""}; please report it`,
    );
    this.name = "InternalCompilerError";
  }
}

export function assertNever(x: never, stage: string): never {
  throw new InternalCompilerError(stage, `unexpected ${JSON.stringify(x)}`);
}
