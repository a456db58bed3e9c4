/** A pasted log of the kernel's verifier, explained: `ebpftsc verify --explain-log FILE`. */
import { type Explanation, explain } from "./explanation.js";
import { type Language, remedyIn } from "./language.js";
import { type ReadLog, readLog } from "./log.js";
import { reasonOf } from "./messages/index.js";
import { OUTCOMES } from "./messages/refused.js";
import type { KernelReport } from "./report.js";
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
  /** What the kernel refused before its verifier walked anything: permissions; or that the loader left the reason out. */
  readonly refused?: string;
}

/** What libbpf and bpftool print when the verifier never ran. */
const NOT_PERMITTED = /Operation not permitted|\bEPERM\b|-1\b.*permitted/;

/**
 * @param text the log, at level 1 or 2, alone or in what libbpf printed
 * @example explainLog(log).explanation?.sentence
 */
export function explainLog(text: string): LogExplanation {
  const log = readLog(text);
  const { trace, report, cut, program, omitted } = log;
  const common = { cut, ...(program === undefined ? {} : { program }), ...(report && { report }) };
  const known = trace !== undefined && reasonOf(trace.message) !== undefined;
  if (report !== undefined)
    return { ...common, ...(trace && { trace }), explanation: fromReport(report, trace, log.language) };
  if (known) return { ...common, trace, explanation: explain(trace) };
  const outcome = refusedOutside(log, text);
  if (outcome !== undefined) return { ...common, ...(trace && { trace }), cut: false, explanation: outcome };
  if (omitted > 0) {
    return {
      ...common,
      refused: `the loader left out ${omitted} line${omitted === 1 ? "" : "s"} of the log, the verifier's reason among them: print the whole log (with cilium/ebpf "%+v" of the VerifierError) and explain that`,
    };
  }
  if (trace === undefined || trace.steps.length === 0) {
    return NOT_PERMITTED.test(text)
      ? {
          ...common,
          refused: "no verifier ran: loading needs CAP_BPF, and CAP_PERFMON or CAP_NET_ADMIN for most program types",
        }
      : common;
  }
  // A log that ends after its last instruction is of an accepted program, or was cut there.
  if (trace.message === "") return { ...common, trace };
  return { ...common, trace, explanation: explain(trace) };
}

/** A refusal that is not the verifier's: it came to its end, or did not begin, and the loader reports the kernel's error. */
function refusedOutside(log: ReadLog, text: string): Explanation | undefined {
  const { trace, ended, language } = log;
  // Where the verifier walked and gave no reason, an error number is of what comes after it.
  if (trace !== undefined && trace.steps.length > 0 && !ended) return undefined;
  const outcome = OUTCOMES.find(({ pattern }) => pattern.test(text));
  if (outcome === undefined) return undefined;
  const remedy = remedyIn(language, outcome.remedy);
  const sentence = outcome.sentence.charAt(0).toUpperCase() + outcome.sentence.slice(1);
  const said = text.split("\n").find((line) => outcome.pattern.test(line)) ?? "";
  return { code: outcome.reason, language, message: said.trim(), sentence, ...(remedy && { remedy }), path: [] };
}

/** Our own words where the kernel's message is one that we know, its words otherwise. */
function fromReport(report: KernelReport, trace: Trace | undefined, language: Language): Explanation {
  const classic = trace !== undefined && reasonOf(trace.message) !== undefined;
  if (classic) return explain(trace);
  const message = [report.title, report.reason].find((text) => reasonOf(text) !== undefined) ?? report.reason;
  const own = explain({ dropped: 0, language, ...trace, steps: trace?.steps ?? [], message });
  return {
    ...own,
    message: report.title === "" ? report.reason : report.title,
    sentence: report.reason === "" ? own.sentence : report.reason,
    ...(report.suggestion === "" ? {} : { remedy: report.suggestion }),
  };
}
