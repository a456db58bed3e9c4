/** The kernel verifier's verdict without a kernel. Input: a BPF object. Output: one result per program. */
import { type Btf, parseBtf } from "../../runtime/btf/index.js";
import { verify } from "./explore/run.js";
import { subjectsOf } from "./object.js";
import { Reason } from "./rejection.js";

export { Reason } from "./rejection.js";

/** What to predict. */
export interface PrecheckOptions {
  /** Judge only this program. */
  readonly program?: string;
  /** Processors of the machine that will load it (bounds bpf_get_smp_processor_id); default 8192, the most that Linux has. */
  readonly cpus?: number;
  /** The kernel's BTF (/sys/kernel/btf/vmlinux of the machine that will load it), read when a program needs it. */
  readonly kernelBtf?: () => Uint8Array | undefined;
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
  /** Bytes of stack of the deepest call chain. */
  readonly stackBytes: number;
  /** Instructions walked; the kernel's limit is 1,000,000. */
  readonly processed: number;
  readonly states: number;
  readonly ms: number;
}

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
  const chosen = subjectsOf(object, typesOnce(options.kernelBtf)).programs.filter(
    (p) => options.program === undefined || p.program.name === options.program,
  );
  return chosen.map(({ program, subject, missing }): PrecheckResult => {
    const common = {
      program: program.name,
      section: program.section,
      type: program.meaning?.type ?? "unknown",
      insns: program.bytes.length / 8,
    };
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
    const { rejection, cost } = verify(subject, options.cpus ?? 8192);
    const ms = performance.now() - started;
    const result = { ...common, ...cost, ms };
    if (rejection === undefined) return { ...result, verdict: "accept" };
    const line = program.lines
      .filter((l) => l.insn <= rejection.insn)
      .reduce<(typeof program.lines)[number] | undefined>(
        (a, b) => (a === undefined || b.insn >= a.insn ? b : a),
        undefined,
      );
    return {
      ...result,
      verdict: rejection.reason === Reason.Unsupported ? "undecided" : "reject",
      code: rejection.reason,
      message: rejection.text,
      insn: rejection.insn,
      ...(line === undefined
        ? {}
        : { source: { file: line.file, line: line.line, column: line.column, text: line.text } }),
    };
  });
}
