/** The kernel verifier's verdict without a kernel. Input: a BPF object. Output: one result per program. */
import { type Btf, describeRelocation, parseBtf } from "../../runtime/btf/index.js";
import { type BpfObject, type BpfProgram, POISON, progArrayConflicts } from "../../runtime/elf/index.js";
import { type KERNELS, NEWEST, older, versionNumber } from "../../runtime/facts/versions.js";
import { type Explanation, explain } from "./explain/explanation.js";
import { hotLines } from "./explain/hot-lines.js";
import { type PlaceOf, replay } from "./explain/replay.js";
import type { Trace } from "./explain/trace.js";
import { rangesOnce, variablesOf } from "./explain/variables.js";
import { verify } from "./explore/run.js";
import type { GivenTypes } from "./given-types.js";
import { subjectsOf } from "./object.js";
import type { Needs } from "./program.js";
import { Reason, type Rejection } from "./rejection.js";

export { explainLog, type LogExplanation } from "./explain/explain-log.js";
export { type Explanation, GOES_ON, type PathLine } from "./explain/explanation.js";
export type { Language } from "./explain/language.js";
export { reasonOf } from "./explain/messages/index.js";
export type { Place, Trace, TraceStep } from "./explain/trace.js";
export { GivenTypeError, type GivenTypes, givenTypes } from "./given-types.js";
export type { Needs } from "./program.js";
export { Reason } from "./rejection.js";
export { KERNELS, type Kernel } from "./tables/since.js";

/** What to predict. */
export interface PrecheckOptions {
  /** Judges each program as if it were loaded alone; default: all of an object are loaded together. */
  readonly apart?: boolean;
  /** Judge only this program. */
  readonly program?: string;
  /** Processors of the machine that will load it (bounds bpf_get_smp_processor_id); default 8192, the most that Linux has. */
  readonly cpus?: number;
  /** The kernel's BTF (/sys/kernel/btf/vmlinux of the machine that will load it), read when a program needs it. */
  readonly kernelBtf?: () => Uint8Array | undefined;
  /** Text of the kernel's configuration (/proc/config.gz), read when a program asks for one of its settings. */
  readonly kernelConfig?: () => string | undefined;
  /** The kernel to predict; default the newest of {@link KERNELS}. Paths are walked by the newest one's rules: see `note`. */
  readonly kernel?: string;
  /** Program types given by hand, for sections that no table knows ({@link givenTypes}). */
  readonly types?: GivenTypes;
  /** Whether a rejection is explained, which walks its path once more; default true. */
  readonly explain?: boolean;
}

/** The verdict on one program. */
export interface PrecheckResult {
  readonly program: string;
  readonly section: string;
  /** Name of the program type: "xdp". */
  readonly type: string;
  /** Instruction slots. */
  readonly insns: number;
  /** "undecided" where the pre-check does not know a rule that the program needs. */
  readonly verdict: "accept" | "reject" | "undecided";
  /** Reason code, `EB5...`; absent when accepted. */
  readonly code?: string;
  /** In the kernel's words. */
  readonly message?: string;
  /** Slot that is at fault. */
  readonly insn?: number;
  readonly source?: { readonly file: string; readonly line: number; readonly column: number; readonly text: string };
  /** Why, in the user's words and lines; of rejections. */
  readonly explanation?: Explanation;
  /** Every instruction of the path with its registers; of rejections. */
  readonly trace?: Trace;
  /** What the verdict leaves open: an older kernel was asked for, whose walk differs in ways that no table holds. */
  readonly note?: string;
  /** Bytes of stack of the deepest call chain. */
  readonly stackBytes: number;
  /** The latest kernel that anything needs which was walked, and what. */
  readonly needs?: Needs | undefined;
  /** The verifier takes the program, and the kernel refuses to load it beside the others of its object. */
  readonly besideOthers?: true;
  /** Instructions walked; the kernel's limit is 1,000,000. */
  readonly processed: number;
  readonly states: number;
  readonly ms: number;
}

/** bpf_prog_map_compatible compares expected attach types of prog arrays' programs since then. */
const ATTACH_COMPARED = versionNumber("6.17");

/** The kernel's types, parsed once however many programs ask. */
export function typesOnce(read: (() => Uint8Array | undefined) | undefined): () => Btf | undefined {
  let parsed: Btf | undefined | null = null;
  return () => {
    if (parsed === null) {
      const bytes = read?.();
      parsed = bytes === undefined ? undefined : parseBtf(bytes);
    }
    return parsed;
  };
}

/**
 * Judges the programs of an object as Linux 6.18 would for a privileged loader.
 * @param object bytes of an ELF object of ours, clang's or Rust's
 * @throws ObjectFormatError when the bytes are no BPF object
 * @example precheck(readFileSync("firewall.bpf.o")).every((r) => r.verdict === "accept")
 */
export function precheck(object: Uint8Array, options: PrecheckOptions = {}): PrecheckResult[] {
  const facts = { types: typesOnce(options.kernelBtf), config: options.kernelConfig, version: options.kernel };
  const { object: parsed, programs } = subjectsOf(object, facts, options.types);
  const ranges = rangesOnce(parsed);
  const chosen = programs.filter((p) => options.program === undefined || p.program.name === options.program);
  const conflicts = options.apart === true ? [] : progArrayConflicts(parsed);
  return chosen.map(({ program, meaning, subject, missing }): PrecheckResult => {
    const common = {
      program: program.name,
      section: program.section,
      type: meaning?.type ?? "unknown",
      insns: program.bytes.length / 8,
    };
    const version =
      options.kernel === undefined || !older(options.kernel, NEWEST) ? undefined : versionNumber(options.kernel);
    const since = meaning?.since;
    if (version !== undefined && since !== undefined && versionNumber(since) > version) {
      return {
        ...common,
        verdict: "reject",
        code: Reason.Missing,
        message: `section "${program.section}" exists since Linux ${since}`,
        stackBytes: 0,
        processed: 0,
        states: 0,
        ms: 0,
      };
    }
    if (missing !== undefined) {
      const message = `the pre-check cannot judge this program: ${missing}`;
      return {
        ...common,
        verdict: "undecided",
        code: Reason.Unsupported,
        message,
        stackBytes: 0,
        processed: 0,
        states: 0,
        ms: 0,
      };
    }
    const started = performance.now();
    const { rejection, cost, failure } = verify(
      version === undefined ? subject : { ...subject, version },
      options.cpus ?? 8192,
    );
    const ms = performance.now() - started;
    const note =
      version === undefined
        ? {}
        : {
            note: `helpers, functions, instructions and fields as of Linux ${options.kernel}; paths as ${NEWEST} walks them`,
          };
    const result = { ...common, ...cost, ms, ...note };
    if (rejection === undefined) {
      const conflict = conflicts.find(
        (c) => c.program === program.name && (!c.attachOnly || (version ?? versionNumber(NEWEST)) >= ATTACH_COMPARED),
      );
      if (conflict === undefined) return { ...result, verdict: "accept" };
      const message = `prog array ${conflict.map} belongs to programs of one kind: ${conflict.reason}; the kernel gives EINVAL at load`;
      return { ...result, verdict: "reject", code: Reason.Map, message, besideOthers: true };
    }
    const placeOf = placesOf(program);
    const source = placeOf(rejection.insn);
    const trace =
      options.explain === false || rejection.reason === Reason.Unsupported
        ? undefined
        : {
            ...(failure === undefined ? unwalked(rejection, placeOf) : replay(failure, placeOf)),
            olderThan: version === undefined ? undefined : after(options.kernel),
            variables: variablesOf(parsed, program, ranges),
            missing: missingOf(rejection.text, program, parsed),
          };
    const isBudget = rejection.reason === Reason.Complexity && failure !== undefined;
    const hot = isBudget ? hotLines(failure.env.walked, placeOf) : [];
    return {
      ...result,
      verdict: rejection.reason === Reason.Unsupported ? "undecided" : "reject",
      code: rejection.reason,
      message: rejection.text,
      insn: rejection.insn,
      ...(source && { source }),
      ...(trace && { trace, explanation: explain(trace, hot) }),
    };
  });
}

/** What is refused before anything is walked: the place is all there is to show. */
function unwalked({ insn, text }: Rejection, placeOf: PlaceOf): Trace {
  const steps = insn < 0 ? [] : [{ slot: insn, text: "", depth: 0, place: placeOf(insn), before: new Map() }];
  return { steps, dropped: 0, message: text };
}

/** The version after one. */
function after(kernel: string | undefined): string | undefined {
  const [major, minor] = (kernel ?? "").split(".");
  return major === undefined || minor === undefined ? undefined : `${major}.${Number(minor) + 1}`;
}

/** What a poisoned instruction reads that this kernel lacks: the helper that it calls is the number of its relocation. */
function missingOf(message: string, program: BpfProgram, { btf }: BpfObject): string | undefined {
  const index = Number(/unknown#(\d+)/.exec(message)?.[1] ?? -1) - POISON;
  const relocation = program.core[index];
  return relocation === undefined || btf === undefined ? undefined : describeRelocation(btf, relocation);
}

/** The source line that an instruction belongs to: that of the last line record at or before it. */
function placesOf(program: BpfProgram): PlaceOf {
  const lines = [...program.lines].sort((a, b) => a.insn - b.insn);
  return (slot) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.insn ?? 0) <= slot) low = middle + 1;
      else high = middle;
    }
    const line = lines[low - 1];
    return line && { file: line.file, line: line.line, column: line.column, text: line.text };
  };
}
