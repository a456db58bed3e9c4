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

/** @example readVerifierLog(log).reason // "R1 invalid mem access 'scalar'" */
export function readVerifierLog(log: string): VerifierReport {
  const all = log.split("\n").map((line) => line.trimEnd());
  // Since 7.3 the kernel explains the reason after it, in sections.
  const report = all.findIndex((line) => line.startsWith("Verification failed:"));
  const lines = report < 0 ? all : all.slice(0, report);
  let reason = "";
  let at = lines.length;
  while (at > 0 && reason === "") {
    at--;
    const line = lines[at] ?? "";
    if (line !== "" && !statistics.test(line)) reason = line;
  }
  // After a jump the kernel may continue in the same line.
  reason = reason.replace(/^\d+: \([0-9a-f]{2}\) (?:if .* goto|goto|may_goto) pc[+-]\d+ (?=\S)/, "");
  // Packet, map value and stack accesses are explained in two lines (kernel/bpf/verifier.c, check_mem_region_access):
  // the first says what, the second why.
  const before = lines[at - 1] ?? "";
  if (before.startsWith("invalid access")) reason = `${before}: ${reason}`;
  let source: LogSource | undefined;
  let insn: number | undefined;
  for (let i = at; i >= 0 && (source === undefined || insn === undefined); i--) {
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

/** Program name and verifier log in what libbpf printed, if a program was refused. */
export function findRejection(printed: string): { program: string; log: string } | undefined {
  const found = /prog '([^']*)': -- BEGIN PROG LOAD LOG --\n([\s\S]*?)-- END PROG LOAD LOG --/.exec(printed);
  return found ? { program: found[1] ?? "", log: found[2] ?? "" } : undefined;
}
