/** Counts of one corpus: both verdicts, both times, how much both walked. */
import { cpus } from "node:os";
import { verify } from "../../compiler/precheck/explore/run.js";
import { Reason } from "../../compiler/precheck/rejection.js";
import { EncodingError } from "../../runtime/isa/index.js";
import type { KernelTimer } from "./kernel-time.js";
import type { Labelled } from "./labelled.js";

export interface Difference {
  readonly program: string;
  readonly ours: string;
  readonly kernel: string;
}

export interface Tally {
  programs: number;
  /** Not counted: no verdict, as libbpf or the kernel refused before the verifier was asked. */
  notLoaded: number;
  bothAccept: number;
  bothReject: number;
  falseAccept: number;
  falseReject: number;
  undecided: number;
  /** Undecided of those that the kernel accepts. */
  undecidedAccept: number;
  ms: number;
  kernelMs: number;
  /** Programs whose time the kernel's time is. */
  timed: number;
  /** Accepted programs of which both walked equally many instructions, or we more, or fewer. */
  same: number;
  more: number;
  fewer: number;
  readonly differences: Difference[];
}

export const newTally = (): Tally => ({
  programs: 0,
  notLoaded: 0,
  bothAccept: 0,
  bothReject: 0,
  falseAccept: 0,
  falseReject: 0,
  undecided: 0,
  undecidedAccept: 0,
  ms: 0,
  kernelMs: 0,
  timed: 0,
  same: 0,
  more: 0,
  fewer: 0,
  differences: [],
});

interface Judged {
  /** Undefined for accepted, else the reason. */
  readonly reason: string | undefined;
  readonly processed: number;
}

function judge(row: Labelled): Judged {
  if (row.missing !== undefined) return { reason: `${Reason.Unsupported} ${row.missing}`, processed: 0 };
  try {
    const { rejection, cost } = verify(row.subject(), cpus().length);
    const reason = rejection && `${rejection.reason} ${rejection.text} @${rejection.insn}`;
    return { reason, processed: cost.processed };
  } catch (error) {
    if (error instanceof EncodingError) return { reason: `${Reason.Encoding} ${error.message}`, processed: 0 };
    throw new Error(`pre-check failed on ${row.name}`, { cause: error });
  }
}

function timeKernel(tally: Tally, row: Labelled, timer: KernelTimer | undefined): void {
  if (row.kernelMs > 0) {
    tally.kernelMs += row.kernelMs;
    tally.timed++;
    return;
  }
  if (timer === undefined || row.missing !== undefined) return;
  try {
    const ms = timer.time(row.subject());
    if (ms === undefined) return;
    tally.kernelMs += ms;
    tally.timed++;
  } catch (error) {
    // Bytecode that does not decode has no time.
    if (!(error instanceof EncodingError)) throw error;
  }
}

/** @param timer asks the running kernel where the label has no time */
export function count(tally: Tally, row: Labelled, timer: KernelTimer | undefined): void {
  const started = performance.now();
  const { reason, processed } = judge(row);
  tally.ms += performance.now() - started;
  timeKernel(tally, row, timer);
  tally.programs++;
  if (reason === undefined && row.accept && row.processed !== undefined)
    tally[processed === row.processed ? "same" : processed > row.processed ? "more" : "fewer"]++;
  if (reason?.startsWith(Reason.Unsupported)) {
    tally.undecided++;
    if (row.accept) tally.undecidedAccept++;
  } else if (reason === undefined) tally[row.accept ? "bothAccept" : "falseAccept"]++;
  else tally[row.accept ? "falseReject" : "bothReject"]++;
  if ((reason === undefined) === row.accept && !reason?.startsWith(Reason.Unsupported)) return;
  tally.differences.push({ program: row.name, ours: reason ?? "accept", kernel: row.accept ? "accept" : row.last });
}
