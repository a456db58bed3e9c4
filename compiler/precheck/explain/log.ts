/**
 * Reads a log of the kernel's verifier, as a loader or libbpf printed it: levels 1 and 2, whole or cut at either end,
 * with or without source lines; and the reports of kernels that print "Verification failed:" with sections.
 * Output: a trace, or the kernel's own explanation. Nothing is thrown: what is not understood is left out.
 */
import { reasonOf } from "./explanation.js";
import type { Place, RegisterTexts, Trace, TraceStep } from "./trace.js";

/** The newer, structured form: what the kernel itself explains. */
export interface KernelReport {
  /** "Register Type Safety: Unreadable register" */
  readonly title: string;
  readonly reason: string;
  /** Source place and instruction, as printed. */
  readonly at: readonly string[];
  readonly path: readonly string[];
  readonly suggestion: string;
}

export interface ReadLog {
  readonly trace: Trace | undefined;
  readonly report: KernelReport | undefined;
  /** The end of the log is missing: the reason may be, too. */
  readonly cut: boolean;
  /** Programs that the log is of, as libbpf names them. */
  readonly program: string | undefined;
}

const STATISTICS =
  /^(processed \d+ insns|verification time|stack depth|mark_precise:|-- (BEGIN|END) PROG LOAD LOG|max_states|libbpf: |total_states|insns_not_jited|(?:cur|old) state: |func#\d|Live regs|Subprog|reg type unsupported)/;
/** "5: (79) r1 = ...", with the state after ";". Frames are told in the state. */
const INSN = /^\s*(\d+): \(([0-9a-f]{2})\) (.*?)(?:\s+;(?: (.*))?)?$/;
const STATE = /^(?:from (\d+) to (\d+)|\s*(\d+)):((?: (?:frame\d+|R\d+(?:_[rwD]+)?=|fp-?\d+|refs=|cb|async_cb).*)?)$/;
/** What the kernel prints on the line of a jump, without a line break: the next state, or why it stops. */
const AFTER_JUMP = /^(if .* goto pc[+-]\d+|goto pc[+-]\d+|may_goto pc[+-]\d+|exit) (.+)$/;
const SOURCE = /^; ?(.*)$/;
const PLACE = /^(.*) @ (.+):(\d+)$/;
const PROGRAM = /prog '([^']*)': (?:-- BEGIN|failed to load)/;

/** Lines that are read, from the end: a walk of a million instructions fills 100 MB, and its story is in its last part. */
const MAX_LINES = 40_000;

/** The end of a text, and whether that is not all of it. */
function lastLines(text: string): { text: string; dropped: boolean } {
  let at = text.length;
  for (let i = 0; i < MAX_LINES && at >= 0; i++) at = text.lastIndexOf("\n", at - 1);
  return at < 0 ? { text, dropped: false } : { text: text.slice(at + 1), dropped: true };
}

/** Lines as libbpf and others prefix them ("libbpf: ", "  | ", timestamps of journald) come down to the kernel's. */
function kernelLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/^(?:\[[\d.\s]+\] |\w{3} +\d+ [\d:]+ \S+ \S+: |\s*\|+ ?)/, "").trimEnd());
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

function readReport(lines: readonly string[]): KernelReport | undefined {
  const start = lines.findIndex((line) => /Verification failed\s*:/.test(line));
  if (start < 0) return undefined;
  const title = (lines[start] ?? "").replace(/^.*Verification failed\s*:\s*/, "").trim();
  const sections: Record<string, string[]> = { Reason: [], At: [], "Causal path": [], Suggestion: [] };
  let current: string | undefined;
  for (const line of lines.slice(start + 1)) {
    const header = /^\s*(Reason|At|Causal path|Suggestion)\s*:\s*(.*)$/.exec(line);
    if (header) {
      current = header[1];
      if (current !== undefined && header[2]) sections[current]?.push(header[2]);
    } else if (STATISTICS.test(line)) break;
    else if (current !== undefined && line.trim() !== "") sections[current]?.push(line.trim());
  }
  return {
    title,
    reason: (sections["Reason"] ?? []).join(" "),
    at: sections["At"] ?? [],
    path: sections["Causal path"] ?? [],
    suggestion: (sections["Suggestion"] ?? []).join(" "),
  };
}

/** Lines with what follows a jump on a line of its own. */
function splitJumps(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const found = INSN.exec(line);
    const rest = AFTER_JUMP.exec(found?.[3] ?? "");
    if (!found || !rest) return [line];
    return [`${found[1]}: (${found[2]}) ${rest[1]}`, rest[2] ?? ""];
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
  const said = lines
    .slice(from)
    .filter(
      (line) => line !== "" && !STATISTICS.test(line) && !INSN.test(line) && !STATE.test(line) && !SOURCE.test(line),
    );
  const last = said[said.length - 1] ?? "";
  const known = said.filter((line) => reasonOf(line) !== undefined);
  const before = said[said.length - 2] ?? "";
  if (/^(invalid access|Unreleased reference)/.test(before)) return `${before}: ${last}`;
  if (reasonOf(last) === undefined && known.length > 0) return known[known.length - 1] ?? last;
  return last;
}

/**
 * @example readLog(readFileSync("verifier.log", "utf8")).trace?.message // "R0 invalid mem access 'map_value_or_null'"
 */
export function readLog(whole: string): ReadLog {
  const { text, dropped } = lastLines(whole);
  const lines = splitJumps(kernelLines(text));
  const steps: TraceStep[] = [];
  let registers = new Map<number, string>();
  let place: Place | undefined;
  let depth = 0;
  let lastInsn = -1;
  /** States at branches that are walked later: "from 3 to 7:" goes back to what was known there. */
  const saved = new Map<number, { steps: number; registers: RegisterTexts; depth: number }>();
  lines.forEach((line, index) => {
    const insn = INSN.exec(line);
    if (insn) {
      const [, slot = "0", , body = "", state] = insn;
      // Kernels before 5.17 print the state on a line before the instruction, later ones after ";".
      const inline = body.split(/\s+(?=R\d+(?:_\w+)?=)/);
      const step = { slot: Number(slot), text: inline[0] ?? body, depth, place, before: new Map(registers) };
      steps.push(step);
      saved.set(step.slot, { steps: steps.length, registers: new Map(registers), depth });
      lastInsn = index;
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
    const source = SOURCE.exec(line)?.[1];
    if (source !== undefined) place = placeOf(source) ?? place;
  });
  const report = readReport(lines);
  const message = messageOf(lines, lastInsn + 1);
  const ended = lines.some((line) => /^processed \d+ insns|END PROG LOAD LOG/.test(line));
  const trace = steps.length === 0 && message === "" ? undefined : { steps, dropped: dropped ? 1 : 0, message };
  return {
    trace,
    report,
    cut: !ended && (message === "" || reasonOf(message) === undefined),
    program: PROGRAM.exec(whole)?.[1],
  };
}
