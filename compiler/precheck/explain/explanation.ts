/**
 * Why a program is refused, for its author. Input: a trace that ends at the refused instruction, with the kernel's
 * message; output: a sentence about the user's variables, the lines that lead there, where the fact was lost, a remedy.
 */
import { Reason } from "../rejection.js";
import { codeHelp } from "./code-help.js";
import type { HotLine } from "./hot-lines.js";
import { type Language, remedyIn } from "./language.js";
import { MESSAGES } from "./messages/index.js";
import type { Told } from "./messages/rule.js";
import { operationOf } from "./operands.js";
import { cellAt } from "./origin.js";
import { rangeText, readRegister } from "./register-text.js";
import { Speaker } from "./speaker.js";
import type { Place, Trace, TraceStep } from "./trace.js";

/** One line of the way to the refused instruction. */
export interface PathLine {
  readonly insn: number;
  readonly source?: Place;
  /** What became known, or was lost, there. */
  readonly notes: readonly string[];
}

export interface Explanation {
  /** Stable code; undefined for a message that no rule knows. */
  readonly code: Reason | undefined;
  /** Of the program, as far as its lines show it: sentence and remedy speak it. */
  readonly language: Language;
  /** The kernel's words. */
  readonly message: string;
  readonly sentence: string;
  readonly remedy?: string;
  readonly at?: { readonly insn: number; readonly source?: Place };
  /** In the order of the walk; ends at the refused line. */
  readonly path: readonly PathLine[];
  /** Where the budget went, of programs that are too complex. */
  readonly hot?: readonly HotLine[];
  /** Where the fact was lost, if it was known before. */
  readonly lost?: { readonly insn: number; readonly source?: Place; readonly what: string };
}

/** Begins the note of a branch that has nothing to do with the refused value. */
export const GOES_ON = "continues at line ";

/** Lines that a reader will still follow. */
const MAX_LINES = 12;

function report(speaker: Speaker): { reason: Reason | undefined; told: Told } {
  const { message } = speaker.trace;
  for (const { pattern, reason, tell } of MESSAGES) {
    const m = pattern.exec(message);
    if (m) return { reason, told: tell(m, speaker) };
  }
  return { reason: undefined, told: { sentence: `the kernel says: ${message}` } };
}

/** "taken" where the next step is not the one after the branch. */
function isTaken(steps: readonly TraceStep[], at: number): boolean | undefined {
  const next = steps[at + 1];
  const step = steps[at];
  return next === undefined || step === undefined ? undefined : next.slot !== step.slot + 1;
}

/**
 * What a branch taught about one register.
 * @param name what holds the value at the branch: a variable, "the result of …" or the register
 */
function learnt(
  name: string,
  before: string | undefined,
  after: string | undefined,
  nothing: string,
): string | undefined {
  if (before === undefined || after === undefined || before === after) return undefined;
  const was = readRegister(before);
  const is = readRegister(after);
  if (/_or_null_?/.test(was.type) && !/_or_null_?/.test(is.type)) {
    return is.type === "scalar" ? `${name} is ${nothing}` : `${name} is not ${nothing}`;
  }
  const proven = is.numbers.get("r");
  if (proven !== undefined && proven !== was.numbers.get("r")) {
    // Counted from the last place at which a number of no constant value was added, not from the register.
    const rest = proven - (is.numbers.get("off") ?? 0n);
    if (name.startsWith("`") && rest >= 0n) return `${rest} bytes from ${name} are in the packet`;
    return is.numbers.get("id") === undefined || is.numbers.get("id") === 0n
      ? `the first ${proven} bytes of the packet are there`
      : `${proven} bytes from where ${name} points are in the packet`;
  }
  const range = rangeText(after);
  if (is.type === "scalar" && range !== undefined && range !== rangeText(before)) return `${name} is ${range}`;
  return undefined;
}

/** Notes about one step that concern the value in question. A name is given where it holds the value at that step only. */
function noteOn(speaker: Speaker, about: number, at: number): string | undefined {
  const { steps } = speaker;
  const step = steps[at];
  if (step === undefined) return undefined;
  const operation = operationOf(step.text);
  const story = speaker.story(about);
  const made = story.chain.find((origin) => origin.at === at);
  if (made && made === story.chain[story.chain.length - 1]) {
    if (operation.kind === "call") {
      const result = speaker.result(at, operation.name);
      const name = speaker.resultName(at);
      return name === undefined ? `${result} comes from here` : `\`${name}\` comes from here: ${result}`;
    }
    if (operation.kind === "load") return `${speaker.value(about, at + 1)} is read here`;
    if (operation.kind === "constant") return `${operation.text} is set here`;
  }
  if (made && operation.kind === "change" && operation.sign !== "=") {
    const by = /^r\d+$/.test(operation.by) ? step.before.get(Number(operation.by.slice(1))) : undefined;
    const range = rangeText(by);
    const name = speaker.variable(about, at + 1);
    return `${name === undefined ? made.cell : `\`${name}\``} ${operation.sign} ${range === undefined ? operation.by : `a number that is ${range}`}`;
  }
  if (operation.kind !== "branch") return undefined;
  const after = steps[at + 1]?.before;
  const held = cellAt(story, at, step.depth);
  const register = held?.startsWith("r") ? Number(held.slice(1)) : undefined;
  if (register !== undefined) {
    // Also by comparing another register: packet bytes, copies and linked numbers.
    const fact = learnt(speaker.value(about, at), step.before.get(register), after?.get(register), speaker.nothing);
    if (fact !== undefined) return `known from here: ${fact}`;
  }
  if (held === undefined || (operation.left !== held && operation.right !== held)) return undefined;
  const taken = isTaken(steps, at);
  return `tested here (\`${step.text.replace(/ goto.*/, "")}\`${taken === undefined ? "" : ` is ${taken}`})`;
}

const samePlace = (a: Place | undefined, b: Place | undefined): boolean =>
  a !== undefined && b !== undefined && a.file === b.file && a.line === b.line && a.text === b.text;

function pathOf(speaker: Speaker, told: Told): PathLine[] {
  const { steps } = speaker;
  const lines: { insn: number; source: Place | undefined; notes: string[]; weight: number }[] = [];
  const add = (at: number, note: string | undefined, weight: number): void => {
    const step = steps[at];
    if (step === undefined) return;
    const last = lines[lines.length - 1];
    if (last !== undefined && samePlace(last.source, step.place)) {
      if (note !== undefined && !last.notes.includes(note)) last.notes.push(note);
      last.weight = Math.max(last.weight, weight);
      return;
    }
    lines.push({ insn: step.slot, source: step.place, notes: note === undefined ? [] : [note], weight });
  };
  const end = speaker.at;
  for (let at = 0; at < end; at++) {
    const step = steps[at];
    if (step === undefined) continue;
    const note = told.about === undefined ? undefined : noteOn(speaker, told.about, at);
    if (note !== undefined) add(at, note, 2);
    for (const mark of told.marks ?? []) if (mark.at === at) add(at, mark.note, 3);
    if (told.lost === at) add(at, "lost here", 3);
    else if (note === undefined && operationOf(step.text).kind === "branch") add(at, branchNote(steps, at), 1);
  }
  add(end, "refused here", 3);
  while (lines.length > MAX_LINES) {
    // What says least goes first, the oldest of it.
    const least = Math.min(...lines.map(({ weight }) => weight));
    lines.splice(
      lines.findIndex(({ weight }) => weight === least),
      1,
    );
  }
  return lines.map(({ insn, source, notes }) => ({ insn, notes, ...(source && { source }) }));
}

/** Words that a sentence may begin with; what else stands first is a name, and keeps its letters. */
const FIRST_WORD =
  /^(?:a|an|argument|at|byte|calls|control|functions?|instruction|little|maps|memory|mostly|nothing|offset|one|only|programs?|returning|sleepable|something|the|this|unmatched|what|where)(?=[ :,])/;

/** A sentence begins with a capital letter, unless an identifier stands first. @example asSentence("this reads") // "This reads" */
function asSentence(text: string): string {
  return FIRST_WORD.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Where a branch that does not concern the value goes. */
function branchNote(steps: readonly TraceStep[], at: number): string | undefined {
  const to = steps[at + 1]?.place;
  const from = steps[at]?.place;
  if (to === undefined || from === undefined || to.line === 0 || to.line === from.line) return undefined;
  return `${GOES_ON}${to.line}`;
}

/**
 * @param hot where the walk spent its instructions, for programs that are too complex
 * @example explain(trace).sentence // "`v` may be undefined here: …"
 */
export function explain(trace: Trace, hot: readonly HotLine[] = []): Explanation {
  const speaker = new Speaker(trace);
  const { reason, told } = report(speaker);
  const { step } = speaker;
  const lost = told.lost === undefined ? undefined : speaker.steps[told.lost];
  const remedy = remedyIn(speaker.language, told.remedy ?? codeHelp(reason));
  return {
    code: reason,
    language: speaker.language,
    message: trace.message,
    sentence: asSentence(told.sentence),
    ...(remedy === undefined ? {} : { remedy }),
    ...(step === undefined ? {} : { at: { insn: step.slot, ...(step.place && { source: step.place }) } }),
    // Of a walk that took too long, one path says nothing: where the instructions go does.
    path: step === undefined ? [] : pathOf(speaker, told).slice(reason === Reason.Complexity ? -1 : 0),
    ...(hot.length > 0 ? { hot } : {}),
    ...(lost === undefined
      ? {}
      : { lost: { insn: lost.slot, ...(lost.place && { source: lost.place }), what: lost.text } }),
  };
}
