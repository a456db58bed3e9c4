/**
 * Reads the kernel verifier's log. Input: the log's text; output: the reason in one line and the source line that was
 * being verified. The kernel prints "; text @ file:line" before the instructions of a source line (kernel/bpf/log.c,
 * verbose_linfo; the place since Linux 6.9, the text alone before), and the reason last, before its statistics.
 */
import { BpfError, errnoName } from "./errors.js";

/** A line of the user's program, as the object's line info names it. */
export interface LogSource {
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** What a log says. */
export interface VerifierReport {
  /** The kernel's reason, one line. */
  readonly reason: string;
  /** Where, if the object has line info. */
  readonly source?: LogSource;
  /** Index of the instruction that was refused. */
  readonly insn?: number;
}

const statistics =
  /^(processed \d+ insns|verification time|stack depth|mark_precise:|-- END PROG LOAD LOG|max_states|(cur|old) state: )/;
const sourceLine = /^; (.*)$/;
const insnLine = /^\s*(\d+): \(/;
const place = /^(.*) @ (.+):(\d+)$/;

/** After a jump the kernel may continue in the same line. */
const WITH_REASON = /^\d+: \([0-9a-f]{2}\) (?:if .* goto|goto|may_goto) pc[+-]\d+ (?=\S)/;

/**
 * What the log says of the walk itself: instructions, source lines, states, functions begun, precision marks, warnings. None is a reason.
 * Forms of kernel/bpf/verifier.c and log.c (Linux 4.14 to 6.18).
 */
const WALK = [
  /^arg#\d+ reference type\(/,
  /^\s*\d+: /,
  /^;/,
  /^from \d+ to \d+/,
  /^func#\d+ @\d+/,
  /^Validating .* func#\d+/,
  /^Func#\d+ .* is (safe|global and assumed valid)/,
  /^\s*(frame\d+: )?(R\d+\w*=|fp-\d+\w*=)/,
  /^(propagating |regs=|last_idx |parent |mark_precise)/,
  /^(caller|callee):$/,
  /^(returning from callee|to caller at \d+):?/,
  /^REG INVARIANTS VIOLATION/,
  /^verifier log is truncated/,
];

/** The line tells of the walk, not why it ended. */
export const isWalk = (line: string): boolean => WALK.some((form) => form.test(line));

/** @example readVerifierLog(log).reason // "R1 invalid mem access 'scalar'" */
export function readVerifierLog(log: string): VerifierReport {
  const all = log.split("\n").map((line) => line.trimEnd());
  // Since 7.3 the kernel explains the reason after it, in sections.
  const report = all.findIndex((line) => line.startsWith("Verification failed:"));
  const lines = report < 0 ? all : all.slice(0, report);
  const said = lines.flatMap((line, i) => (line !== "" && !statistics.test(line) ? [i] : []));
  // With statistics alone the kernel prints the source line and the instruction after the reason.
  const last = said.slice(-3).reverse();
  const at = last.find((i) => !isWalk(lines[i] ?? "") || WITH_REASON.test(lines[i] ?? "")) ?? said.at(-1) ?? -1;
  let reason = (lines[at] ?? "").replace(WITH_REASON, "");
  // Packet, map value and stack accesses are explained in two lines (kernel/bpf/verifier.c, check_mem_region_access):
  // the first says what, the second why.
  const before = lines[at - 1] ?? "";
  if (before.startsWith("invalid access")) reason = `${before}: ${reason}`;
  let source: LogSource | undefined;
  let insn: number | undefined;
  for (let i = said.at(-1) ?? -1; i >= 0 && (source === undefined || insn === undefined); i--) {
    const line = lines[i] ?? "";
    insn ??= insnLine.test(line) ? Number(insnLine.exec(line)?.[1]) : undefined;
    const text = sourceLine.exec(line)?.[1];
    if (source !== undefined || text === undefined) continue;
    const found = place.exec(text);
    source = found ? { text: found[1] ?? "", file: found[2] ?? "", line: Number(found[3]) } : { text };
  }
  return { reason, ...(source && { source }), ...(insn !== undefined && { insn }) };
}

/** The kernel's verifier refused a program; `log` is everything it said. */
export class VerifierRejectedError extends BpfError {
  override readonly name = "VerifierRejectedError";
  readonly report: VerifierReport;
  constructor(
    readonly program: string,
    readonly errno: number,
    readonly log: string,
  ) {
    const report = readVerifierLog(log);
    const { source, reason } = report;
    const where =
      source === undefined ? "" : ` at ${source.file ? `${source.file}:${source.line}: ` : ""}${source.text}`;
    super("VERIFIER_REJECTED", `the kernel refuses program "${program}": ${reason || errnoName(errno)}${where}`);
    this.report = report;
  }
}

/** A program and its verifier's log, as libbpf printed them. */
export interface LoadLog {
  readonly program: string;
  /** Empty where the kernel wrote none. */
  readonly log: string;
  /** The kernel refused it; without that the log is of a program that passed. */
  readonly refused: boolean;
}

/** The first program whose load libbpf reports, refused or logged; undefined where it came to no program (maps, memory). */
export function findLoadLog(printed: string): LoadLog | undefined {
  const failed = /prog '([^']*)': (?:BPF program load failed|failed to load:)/.exec(printed)?.[1];
  for (const [, program = "", log = ""] of printed.matchAll(
    /prog '([^']*)': -- BEGIN PROG LOAD LOG --\n([\s\S]*?)-- END PROG LOAD LOG --/g,
  ))
    if (failed === undefined || program === failed) return { program, log, refused: program === failed };
  // libbpf prints no log that is empty.
  return failed === undefined ? undefined : { program: failed, log: "", refused: true };
}
