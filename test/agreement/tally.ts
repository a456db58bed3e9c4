/** Counts of one corpus: both verdicts, by reason too, both times, how much both walked. */
import { cpus } from "node:os";
import { reasonOf } from "../../compiler/precheck/explain/messages/index.js";
import { verify } from "../../compiler/precheck/explore/run.js";
import { Reason } from "../../compiler/precheck/rejection.js";
import { EncodingError } from "../../runtime/isa/index.js";
import type { KernelTimer } from "./kernel-time.js";
import type { Labelled, NotJudged } from "./labelled.js";

export interface Difference {
  readonly program: string;
  readonly ours: string;
  readonly kernel: string;
}

/** Both verdicts, by how they stand to each other. */
export interface Counts {
  bothAccept: number;
  bothReject: number;
  falseAccept: number;
  falseReject: number;
  /** We are undecided, the kernel accepts. */
  undecidedAccept: number;
  undecidedReject: number;
}

export interface Tally {
  programs: number;
  /** Not counted: no verdict. The sum of `dropped` and `policy`. */
  notLoaded: number;
  /** By reason: could not be loaded (libbpf, maps, compilers), so that the verifier was never asked. */
  readonly dropped: Map<string, number>;
  /** By reason: the kernel refused without its verifier's words. */
  readonly policy: Map<string, number>;
  /** By reason: the kernel has a verdict, we have none. */
  readonly undecided: Map<string, number>;
  readonly counts: Counts;
  /** By the code of what the kernel says, of ours where the kernel accepts or says nothing that we know. */
  readonly reasons: Map<string, Counts>;
  ms: number;
  /** Our time, the kernel's and number of the programs whose kernel time is known. */
  timedMs: number;
  kernelMs: number;
  timed: number;
  slowestMs: number;
  /** Accepted programs of which both walked equally many instructions, or we more, or fewer. */
  same: number;
  more: number;
  fewer: number;
  readonly differences: Difference[];
}

export const newCounts = (): Counts => ({
  bothAccept: 0,
  bothReject: 0,
  falseAccept: 0,
  falseReject: 0,
  undecidedAccept: 0,
  undecidedReject: 0,
});

export const newTally = (): Tally => ({
  programs: 0,
  notLoaded: 0,
  dropped: new Map(),
  policy: new Map(),
  undecided: new Map(),
  counts: newCounts(),
  reasons: new Map(),
  ms: 0,
  timedMs: 0,
  kernelMs: 0,
  timed: 0,
  slowestMs: 0,
  same: 0,
  more: 0,
  fewer: 0,
  differences: [],
});

/** Reasons of one kind are one: names and numbers do not count. */
const kindOf = (why: string): string =>
  why
    .replace(/(?<!\w)'[^']*'|"[^"]*"/g, "…")
    .replace(/(?<![\w.])-?\d+(?![\w.])/g, "N")
    .slice(0, 120);

const addReason = (to: Map<string, number>, why: string): void => {
  const kind = kindOf(why);
  to.set(kind, (to.get(kind) ?? 0) + 1);
};

/** A program that has no label. */
export function countSkipped(tally: Tally, why: string, as: NotJudged): void {
  tally.notLoaded++;
  addReason(tally[as], why);
}

const CPUS = cpus().length;

interface Judged {
  /** Undefined for accepted, else the reason. */
  readonly reason: string | undefined;
  readonly processed: number;
}

function judge(row: Labelled): Judged {
  if (row.missing !== undefined) return { reason: `${Reason.Unsupported} ${row.missing}`, processed: 0 };
  try {
    const { rejection, cost } = verify(row.subject(), CPUS);
    const reason = rejection && `${rejection.reason} ${rejection.text} @${rejection.insn}`;
    return { reason, processed: cost.processed };
  } catch (error) {
    if (error instanceof EncodingError) return { reason: `${Reason.Encoding} ${error.message}`, processed: 0 };
    throw new Error(`pre-check failed on ${row.name}`, { cause: error });
  }
}

/** Milliseconds of the kernel's: the label's, else of the kernel that runs. */
function kernelTime(row: Labelled, timer: KernelTimer | undefined): number | undefined {
  if (row.kernelMs > 0) return row.kernelMs;
  if (timer === undefined || row.missing !== undefined) return undefined;
  try {
    return timer.time(row.subject());
  } catch (error) {
    // Bytecode that does not decode has no time.
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}

function standing(accept: boolean, reason: string | undefined): keyof Counts {
  if (reason?.startsWith(Reason.Unsupported)) return accept ? "undecidedAccept" : "undecidedReject";
  if (reason === undefined) return accept ? "bothAccept" : "falseAccept";
  return accept ? "falseReject" : "bothReject";
}

/** @param timer asks the running kernel where the label has no time */
export function count(tally: Tally, row: Labelled, timer: KernelTimer | undefined): void {
  const started = performance.now();
  const { reason, processed } = judge(row);
  const ms = performance.now() - started;
  const kernelMs = kernelTime(row, timer);
  tally.ms += ms;
  tally.slowestMs = Math.max(tally.slowestMs, ms);
  if (kernelMs !== undefined) {
    tally.kernelMs += kernelMs;
    tally.timedMs += ms;
    tally.timed++;
  }
  tally.programs++;
  if (reason === undefined && row.accept && row.processed !== undefined)
    tally[processed === row.processed ? "same" : processed > row.processed ? "more" : "fewer"]++;
  const as = standing(row.accept, reason);
  tally.counts[as]++;
  if (as === "undecidedAccept" || as === "undecidedReject") addReason(tally.undecided, reason ?? "");
  if (as === "bothAccept") return;
  const key = (row.accept ? undefined : reasonOf(row.last)) ?? reason?.slice(0, "EB5000".length) ?? "other";
  const counts = tally.reasons.get(key) ?? newCounts();
  counts[as]++;
  tally.reasons.set(key, counts);
  if (as === "bothReject") return;
  tally.differences.push({ program: row.name, ours: reason ?? "accept", kernel: row.accept ? "accept" : row.last });
}
