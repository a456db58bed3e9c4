/**
 * Reads a log of the kernel's verifier, as a loader or libbpf printed it: levels 1 and 2, whole or cut at either end, with or
 * without source lines. Output: a trace, and the kernel's own explanation where it prints one. Nothing is thrown: what is not
 * understood is left out.
 */
import { olderThan } from "./era.js";
import { type Language, languageOf } from "./language.js";
import { kernelLines } from "./line-prefix.js";
import { reasonOf } from "./messages/index.js";
import { type KernelReport, readReport, withoutReport } from "./report.js";
import type { Place, RegisterTexts, Trace, TraceStep } from "./trace.js";

export interface ReadLog {
  readonly trace: Trace | undefined;
  readonly report: KernelReport | undefined;
  /** The end of the log is missing: the reason may be, too. */
  readonly cut: boolean;
  /** Programs that the log is of, as libbpf names them. */
  readonly program: string | undefined;
  /** Lines that the loader says it left out. */
  readonly omitted: number;
  /** The verifier's statistics are there: it came to its end. */
  readonly ended: boolean;
  readonly language: Language;
}

/** What the kernel and libbpf print besides the walk and the reason. */
const ASIDE =
  /^(processed \d+ insns|verification time|stack depth|mark_precise:|last_idx \d|regs=[0-9a-f]+ stack=|parent (?:didn't|already)|-- (BEGIN|END) (?:PROG|BTF) LOAD LOG|max_states|libbpf: |total_states|insns_not_jited|(?:cur|old) state: |func#\d|Live regs|Subprog|reg type unsupported|func '\S+' arg\d+ has btf_id|arg#\d+ reference type\('UNKNOWN|propagating r|from \d+ to \d+.*: safe$|\d+: safe$|safe$|caller:?$|callee:?$|returning from callee|to caller at|Func#\d+ .*(?:is safe|already)|Validating \S+\(\) func#|btf_vmlinux is malformed)/;
/** "5: (79) r1 = ...", with the state after ";". Frames are told in the state. */
const INSN = /^\s*(\d+): (?:\(([0-9a-f]{2})\) (.*?)|(<invalid .*?>))(?:\s+;(?: (.*))?)?$/;
const REGISTERS = String.raw`(?:frame\d+|R\d+(?:_[rwDP]+)?=|fp-?\d+|refs=|cb|async_cb)`;
const STATE = new RegExp(
  `^(?:from (\\d+) to (\\d+)(?: \\(speculative execution\\))?|\\s*(\\d+)):((?: ${REGISTERS}.*)?)$`,
);
/** Before 5.17 a state stands on a line of its own, before the instruction. */
const BARE_STATE = /^\s*(?:frame\d+: ?)?R\d+(?:_[rwDP]+)?=\S.*/;
/** What the kernel prints on the line of a jump or call, without a line break: the next state, or why it stops. */
const AFTER_JUMP = /^(if .* goto pc[+-]\d+|goto pc[+-]\d+|may_goto pc[+-]\d+|exit) (.+)$|^(call \S+) (\d+: .+)$/;
const SOURCE = /^; ?(.*)$/;
const PLACE = /^(.*) @ (.+):(\d+)$/;
const PROGRAM = /prog '([^']*)': (?:-- BEGIN|failed to load|BPF program load failed)/;
/** Loaders that print the last instruction and the reason in one line, and how much they leave out. */
const ONE_LINE = /^(\s*\d+: \([0-9a-f]{2}\) .+?): (\S.*?)(?: \(\d+ line\(s\) omitted\))?$/;
const OMITTED = /\((\d+) line\(s\) omitted\)/;

/** Lines that are read, from the end: a walk of a million instructions fills 100 MB, and its story is in its last part. */
const MAX_LINES = 40_000;
/** Bytes of a longer log's beginning that are read for the loader's own words: the program's name, the kernel's version. */
const HEAD_BYTES = 20_000;

/** The end of a text, and whether that is not all of it. */
function lastLines(text: string): { text: string; dropped: boolean } {
  let at = text.length;
  for (let i = 0; i < MAX_LINES && at >= 0; i++) at = text.lastIndexOf("\n", at - 1);
  return at < 0 ? { text, dropped: false } : { text: text.slice(at + 1), dropped: true };
}

/** "R0_w=scalar(id=1) R1=ctx() refs=2" → registers. @returns the frame that the state is of */
function readState(text: string, into: Map<number, string>): number {
  for (const m of text.matchAll(/\bR(\d+)(?:_[a-zA-Z]+)?=((?:[^\s(]+)?(?:\((?:[^()]|\([^)]*\))*\))?)/g)) {
    into.set(Number(m[1]), (m[2] ?? "").replace(/^P(?=\d)/, ""));
  }
  return Number(/\bframe(\d+)/.exec(text)?.[1] ?? 0);
}

function placeOf(text: string): Place | undefined {
  const found = PLACE.exec(text);
  if (found) return { text: found[1] ?? "", file: found[2] ?? "", line: Number(found[3]), column: 0 };
  return text.trim() === "" ? undefined : { text, file: "", line: 0, column: 0 };
}

/** Lines with what follows a jump, and a reason that a loader appended, on lines of their own. */
function splitJumps(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const one = ONE_LINE.exec(line);
    if (one && reasonOf(one[2] ?? "") !== undefined) return [one[1] ?? "", one[2] ?? ""];
    const found = INSN.exec(line);
    const rest = AFTER_JUMP.exec(found?.[3] ?? "");
    if (!found || !rest) return [line];
    return [`${found[1]}: (${found[2]}) ${rest[1] ?? rest[3]}`, rest[2] ?? rest[4] ?? ""];
  });
}

/** A comparison with the packet's end proves bytes for every pointer of one id (find_good_pkt_pointers); the log shows one. */
function spreadPacketRange(registers: Map<number, string>): void {
  const idOf = (text: string): string => /\bid=(\d+)/.exec(text)?.[1] ?? "0";
  const rangeOf = (text: string): number => Number(/\br=(\d+)/.exec(text)?.[1] ?? 0);
  const packets = [...registers].filter(([, text]) => /^pkt\(/.test(text));
  for (const [register, text] of packets) {
    const most = Math.max(
      ...packets.filter(([, other]) => idOf(other) === idOf(text)).map(([, other]) => rangeOf(other)),
    );
    if (most > rangeOf(text)) registers.set(register, text.replace(/\br=\d+/, `r=${most}`));
  }
}

/** The kernel's reason: the last lines that are neither instructions nor statistics; two where the first says what. */
function messageOf(lines: readonly string[], from: number): string {
  const end = lines.findIndex((line, i) => i >= from && /^processed \d+ insns/.test(line));
  // What comes after the statistics is the loader's, and only read where the log has none.
  const said = lines
    .slice(from, end < 0 ? lines.length : end)
    .map((line) => line.replace(OMITTED, "").trim())
    .filter(
      (line) =>
        line !== "" &&
        !ASIDE.test(line) &&
        !INSN.test(line) &&
        !STATE.test(line) &&
        !BARE_STATE.test(line) &&
        !SOURCE.test(line),
    );
  const known = said.map((line) => reasonOf(line) !== undefined).lastIndexOf(true);
  const at = known < 0 ? said.length - 1 : known;
  const before = said[at - 1] ?? "";
  const reason = said[at] ?? "";
  return /^(invalid access|Unreleased reference)/.test(before) ? `${before}: ${reason}` : reason;
}

interface Walk {
  readonly steps: readonly TraceStep[];
  /** Index of the line of the last instruction; -1 without one. */
  readonly last: number;
}

/** The instructions of the path that ends the log, with the registers before each. */
function walkOf(lines: readonly string[]): Walk {
  const steps: TraceStep[] = [];
  let registers = new Map<number, string>();
  let place: Place | undefined;
  let depth = 0;
  let last = -1;
  /** States at branches that are walked later: "from 3 to 7:" goes back to what was known there. */
  const saved = new Map<number, { steps: number; registers: RegisterTexts; depth: number }>();
  lines.forEach((line, index) => {
    const insn = INSN.exec(line);
    if (insn) {
      const [, slot = "0", , plain, invalid = "", state] = insn;
      const body = plain ?? invalid;
      // Kernels before 5.17 print the state on a line before the instruction, later ones after ";".
      const inline = body.split(/\s+(?=R\d+(?:_\w+)?=)/);
      const step = { slot: Number(slot), text: inline[0] ?? body, depth, place, before: new Map(registers) };
      steps.push(step);
      saved.set(step.slot, { steps: steps.length, registers: new Map(registers), depth });
      last = index;
      const after = inline.length > 1 ? inline.slice(1).join(" ") : state;
      if (after !== undefined && /R\d+(?:_\w+)?=/.test(after)) {
        registers = new Map(registers);
        readState(after, registers);
        if (step.text.startsWith("if ")) spreadPacketRange(registers);
      }
      if (/^call pc/.test(step.text)) depth++;
      else if (step.text === "exit" && depth > 0) depth--;
      return;
    }
    const state = STATE.exec(line);
    if (state) {
      const [, from, , , body = ""] = state;
      if (from !== undefined) {
        const at = saved.get(Number(from));
        if (at !== undefined) {
          steps.length = at.steps;
          registers = new Map(at.registers);
          depth = at.depth;
        }
      }
      if (body !== "") {
        registers = new Map(from === undefined ? registers : []);
        depth = readState(body, registers);
      }
      return;
    }
    if (BARE_STATE.test(line)) {
      // The whole state, all registers that hold something.
      registers = new Map();
      depth = readState(line, registers);
      return;
    }
    const source = SOURCE.exec(line)?.[1];
    if (source !== undefined) place = placeOf(source) ?? place;
  });
  return { steps, last };
}

/**
 * @example readLog(readFileSync("verifier.log", "utf8")).trace?.message // "R0 invalid mem access 'map_value_or_null'"
 */
export function readLog(whole: string): ReadLog {
  const { text, dropped } = lastLines(whole);
  const cleaned = kernelLines(text);
  const report = readReport(cleaned);
  const lines = splitJumps(withoutReport(cleaned));
  const { steps, last } = walkOf(lines);
  const message = messageOf(lines, last + 1);
  const ended = lines.some((line) => /^processed \d+ insns|END PROG LOAD LOG/.test(line));
  const known = message !== "" && reasonOf(message) !== undefined;
  const head = dropped ? `${whole.slice(0, HEAD_BYTES)}\n${text}` : text;
  const language = languageOf(lines.flatMap((line) => placeOf(SOURCE.exec(line)?.[1] ?? "") ?? []));
  const trace =
    steps.length === 0 && message === ""
      ? undefined
      : {
          steps,
          dropped: dropped ? 1 : 0,
          message,
          language,
          olderThan: report === undefined ? olderThan(head) : undefined,
        };
  const omitted = Number(OMITTED.exec(whole)?.[1] ?? 0);
  return { trace, report, cut: !ended && !known, program: PROGRAM.exec(head)?.[1], omitted, ended, language };
}
