/**
 * One path through a program, as text: what the kernel's verifier log shows of it. Made by replaying our own exploration
 * (replay.ts) or read from a log (log.ts), so that one explanation serves both.
 */
import type { Language } from "./language.js";
import type { Variables } from "./variables.js";

/** A line of the user's source. */
export interface Place {
  readonly file: string;
  /** 1-based; 0 where only the text is known (kernels before 6.9). */
  readonly line: number;
  /** 1-based; 0 where it is not known. */
  readonly column: number;
  readonly text: string;
}

/** Registers of the current frame by number, in the words of the log: "map_value_or_null(id=1,map=m,ks=4,vs=8)". */
export type RegisterTexts = ReadonlyMap<number, string>;

export interface TraceStep {
  /** Instruction slot. */
  readonly slot: number;
  /** The instruction in the kernel's notation: "r1 = *(u32 *)(r2 +4)". */
  readonly text: string;
  /** 0 in the program itself, 1 in a function that it calls. */
  readonly depth: number;
  readonly place?: Place | undefined;
  /** Before the instruction; registers that are not there are not known to the writer of the trace. */
  readonly before: RegisterTexts;
}

/** A path and what ended it. */
export interface Trace {
  readonly steps: readonly TraceStep[];
  /** Steps that came before the first one and are not kept; of a log only whether there were any. */
  readonly dropped: number;
  /** The kernel's words, one line. */
  readonly message: string;
  /** Default: what the places of the steps say. */
  readonly language?: Language;
  /** The kernel is older than this version; undefined where that is not known. */
  readonly olderThan?: string | undefined;
  /** What debug information says of registers; a log has none. */
  readonly variables?: Variables | undefined;
  /** A CO-RE relocation that found nothing, as libbpf names it: "struct inode.i_atime". */
  readonly missing?: string | undefined;
}
