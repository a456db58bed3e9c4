/** What `ebpftsc run` prints: plain data from engine results, as JSON or as text. */
import { visible } from "../../runtime/facts/terminal.js";
import { toHex } from "./hex.js";
import { table } from "./output.js";
import type { LineCount } from "./run-coverage.js";

/** One packet's outcome, in the form of the JSON contract. */
export interface Outcome {
  readonly result: string;
  readonly action?: string;
  readonly packet?: string;
  readonly output: readonly string[];
  /** Executed instructions; null where the engine does not count them (the kernel). */
  readonly insns: number | null;
  readonly redirect?: unknown;
  readonly fault?: {
    readonly code: string;
    readonly message: string;
    readonly insn: number;
    readonly source?: { readonly file: string; readonly line: number; readonly column: number };
  };
}

/** Everything that `run` prints. */
export interface Report {
  readonly program: string;
  readonly engine: string;
  readonly outcomes: readonly Outcome[];
  /** Entries by map name. */
  readonly maps: Readonly<Record<string, readonly (readonly [unknown, unknown])[]>>;
  /** Names of the maps whose entries are all there from the beginning. */
  readonly arrays: readonly string[];
  /** True when the packets came from a capture. */
  readonly capture: boolean;
  /** Asked for with --coverage. */
  readonly coverage?: readonly LineCount[];
}

/** Values as JSON can hold them: bigint as decimal string, bytes as hex. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** The document of `run --json`; a capture adds `packets`, the rest is then of its last packet. */
export function jsonOf(report: Report): unknown {
  const last = report.outcomes.at(-1);
  const output = report.outcomes.flatMap((outcome) => outcome.output);
  const counted = report.outcomes.map((outcome) => outcome.insns);
  const insns = counted.every((n) => n !== null) ? counted.reduce((sum, n) => sum + n, 0) : null;
  return plain({
    program: report.program,
    engine: report.engine,
    ...last,
    output,
    insns,
    maps: report.maps,
    ...(report.coverage === undefined
      ? {}
      : { coverage: report.coverage.map(({ file, line, count }) => ({ file, line, count })) }),
    ...(report.capture ? { packets: report.outcomes.map((outcome, index) => ({ index, ...outcome })) } : {}),
  });
}

const isZero = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(isZero);
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array))
    return Object.values(value).every(isZero);
  if (value instanceof Uint8Array) return value.every((b) => b === 0);
  return value === 0 || value === 0n || value === false || value === "";
};

const shown = (value: unknown): string => {
  const data = plain(value);
  return typeof data === "object" ? JSON.stringify(data) : String(data);
};

function faultText(fault: NonNullable<Outcome["fault"]>): string {
  const place = fault.source === undefined ? "" : ` (${fault.source.file}:${fault.source.line}:${fault.source.column})`;
  return `fault ${fault.code} at instruction ${fault.insn}${place}: ${fault.message}`;
}

function verdict(outcome: Outcome): string {
  if (outcome.fault !== undefined) return faultText(outcome.fault);
  return outcome.action === undefined ? outcome.result : `${outcome.action} (${outcome.result})`;
}

/** A printed text of several lines is several: each has its own mark. */
const byLine = (outcome: Outcome): Outcome => ({
  ...outcome,
  output: outcome.output.flatMap((text) => text.split("\n")),
});

/** The text of `run`: verdicts, output, maps, arrays without their zero entries. */
export function textOf(exact: Report): string {
  const report = visible({ ...exact, outcomes: exact.outcomes.map(byLine), maps: plain(exact.maps) as Report["maps"] });
  const lines: string[] = [];
  const count = (n: number | null): string => (n === null ? "" : `${n} insns`);
  if (report.capture) {
    const counts = new Map<string, number>();
    for (const outcome of report.outcomes) {
      const name = outcome.fault === undefined ? (outcome.action ?? outcome.result) : `fault ${outcome.fault.code}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    lines.push(table(report.outcomes.map((outcome, i) => [`#${i + 1}`, count(outcome.insns), verdict(outcome)])));
    lines.push(
      `${report.program}: ${report.outcomes.length} packets: ${[...counts].map(([name, n]) => `${n} ${name}`).join(", ")}`,
    );
  } else {
    for (const outcome of report.outcomes) {
      lines.push(`${report.program}: ${verdict(outcome)}${outcome.insns === null ? "" : `, ${count(outcome.insns)}`}`);
      if (outcome.redirect !== undefined) lines.push(`redirect: ${shown(outcome.redirect)}`);
      if (outcome.packet !== undefined) lines.push(`packet: ${outcome.packet}`);
    }
  }
  for (const outcome of report.outcomes) for (const line of outcome.output) lines.push(`output: ${line}`);
  for (const [name, entries] of Object.entries(report.maps)) {
    // An array's elements are all there: zero ones say nothing. In every other map a zero value was put there.
    const filled = report.arrays.includes(name) ? entries.filter(([, value]) => !isZero(value)) : entries;
    if (filled.length === 0) continue;
    lines.push(
      `${name}:`,
      table(
        filled.map(([key, value]) => [shown(key), shown(value)]),
        "  ",
      ),
    );
  }
  if (report.coverage !== undefined) {
    const ran = report.coverage.filter((line) => line.count > 0).length;
    lines.push(`coverage: ${ran} of ${report.coverage.length} lines`);
    const rows = report.coverage.map(({ file, line, count, text }) => [
      `${count}`,
      `${file.replace(/^.*\//, "")}:${line}`,
      text,
    ]);
    if (rows.length > 0) lines.push(table(rows, "  "));
  }
  return `${lines.join("\n")}\n`;
}
