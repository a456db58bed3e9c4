/** A pasted log of the kernel's verifier, explained: `ebpftsc verify --explain-log FILE`. */
import { type Explanation, explain, reasonOf } from "./explanation.js";
import { type KernelReport, readLog } from "./log.js";
import type { Trace } from "./trace.js";

export interface LogExplanation {
  /** The program, as libbpf names it. */
  readonly program?: string;
  /** Undefined where the log says that the program was accepted, or says nothing. */
  readonly explanation?: Explanation;
  /** What kernels with the structured form explain themselves. */
  readonly report?: KernelReport;
  readonly trace?: Trace;
  /** The end of the log is missing. */
  readonly cut: boolean;
  /** What the kernel refused before its verifier walked anything: permissions. */
  readonly refused?: string;
}

/** What libbpf and bpftool print when the verifier never ran. */
const NOT_PERMITTED = /Operation not permitted|\bEPERM\b|-1\b.*permitted/;

/**
 * @param text the log, at level 1 or 2, alone or in what libbpf printed
 * @example explainLog(log).explanation?.sentence
 */
export function explainLog(text: string): LogExplanation {
  const { trace, report, cut, program } = readLog(text);
  const common = { cut, ...(program === undefined ? {} : { program }), ...(report && { report }) };
  if (trace === undefined || (trace.steps.length === 0 && reasonOf(trace.message) === undefined)) {
    if (report !== undefined) return { ...common, explanation: fromReport(report, undefined) };
    return NOT_PERMITTED.test(text)
      ? {
          ...common,
          refused: "no verifier ran: loading needs CAP_BPF, and CAP_PERFMON or CAP_NET_ADMIN for most program types",
        }
      : common;
  }
  if (report !== undefined) return { ...common, trace, explanation: fromReport(report, trace) };
  // A log that ends after its last instruction is of an accepted program, or was cut there.
  if (trace.message === "") return { ...common, trace };
  return { ...common, trace, explanation: explain(trace) };
}

/** Our own words where the kernel's reason is one that we know, its words otherwise. */
function fromReport(report: KernelReport, trace: Trace | undefined): Explanation {
  const message = [report.title, report.reason].find((text) => reasonOf(text) !== undefined) ?? report.reason;
  const own = explain({ steps: trace?.steps ?? [], dropped: 0, message });
  return {
    ...own,
    message: report.title,
    sentence: report.reason === "" ? own.sentence : report.reason,
    ...(report.suggestion === "" ? {} : { remedy: report.suggestion }),
  };
}
