/** Talks of registers at the end of a trace in the user's words: variables, calls, maps, ranges. */
import { mayHave } from "./era.js";
import { helperName } from "./helper-names.js";
import { type Language, languageOf } from "./language.js";
import { type Cell, operationOf } from "./operands.js";
import { cellAt, type Story, storyOf } from "./origin.js";
import { type RegisterView, rangeText, readRegister } from "./register-text.js";
import { assignedBy, mayAssign, soleRoot, sourceName, testedAlone, testedName } from "./source-names.js";
import type { Trace, TraceStep } from "./trace.js";

/** Helpers whose result is a value in a map. */
const LOOKUP = /^bpf_map_lookup(_percpu)?_elem$/;

/** The kernel's names of register types, as engineers say them. */
const TYPES: Readonly<Record<string, string>> = {
  scalar: "a number",
  inv: "a number",
  ctx: "the context",
  pkt: "a packet pointer",
  pkt_meta: "a pointer to packet metadata",
  pkt_end: "the end of the packet",
  fp: "a stack pointer",
  map_ptr: "a map",
  map_value: "a map value",
  map_key: "a map key",
  mem: "memory",
  buf: "a buffer",
  ringbuf_mem: "a ring buffer record",
  sock: "a socket",
  sock_common: "a socket",
  func: "a function",
};

const BOUNDS = ["smin", "smax", "umin", "umax"];
/** Where variables are, besides the stack. */
const CELLS: readonly Cell[] = Array.from({ length: 10 }, (_, r) => `r${r}`);

export class Speaker {
  readonly steps: readonly TraceStep[];
  readonly language: Language;
  /** Index of the refused instruction. */
  readonly at: number;
  private readonly stories = new Map<number, Story>();

  constructor(readonly trace: Trace) {
    this.steps = trace.steps;
    this.at = trace.steps.length - 1;
    this.language = trace.language ?? languageOf(trace.steps.flatMap(({ place }) => place ?? []));
  }

  get step(): TraceStep | undefined {
    return this.steps[this.at];
  }
  /** The source's word for no value. */
  get nothing(): string {
    return this.language === "typescript" ? "undefined" : "NULL";
  }
  /** Whether the kernel that the trace is of may have what came with `version`. */
  has(version: string): boolean {
    return mayHave(version, this.trace.olderThan);
  }

  story(register: number): Story {
    let story = this.stories.get(register);
    if (story === undefined) {
      story = storyOf(this.steps, this.at, `r${register}`);
      this.stories.set(register, story);
    }
    return story;
  }

  text(register: number, index = this.at): string | undefined {
    return this.steps[index]?.before.get(register);
  }
  view(register: number, index = this.at): RegisterView | undefined {
    const text = this.text(register, index);
    return text === undefined ? undefined : readRegister(text);
  }
  number(register: number, name: string): bigint | undefined {
    return this.view(register)?.numbers.get(name);
  }
  /** The values of a number, or of what is added to a pointer: "0" where nothing is. */
  range(register: number): string | undefined {
    const view = this.view(register);
    if (view !== undefined && view.type !== "scalar" && !BOUNDS.some((name) => view.numbers.has(name))) return "0";
    return rangeText(this.text(register));
  }

  /**
   * The variable that holds a register's value right before step `index`: by debug information where there is some, else by
   * source lines that leave no doubt. Facts of a path use this; what names the refused value is {@link subject}.
   */
  variable(register: number, index = this.at): string | undefined {
    const step = this.steps[index];
    const story = this.story(register);
    const cell = step && cellAt(story, index, step.depth);
    if (step === undefined || cell === undefined) return undefined;
    if (this.trace.variables !== undefined) return this.trace.variables.at(step.slot, cell);
    return sourceName(this.steps, story, index) ?? this.testedAs(story, index);
  }

  /**
   * The variable that the refused value is or was. Debug information ends where a variable is not needed any more, and loses
   * some: those are named by their source lines.
   */
  subject(register: number): string | undefined {
    const now = this.variable(register);
    const { variables } = this.trace;
    if (now !== undefined) return now;
    if (variables === undefined) return this.packetVariable(register);
    const story = this.story(register);
    const made = story.chain.find(({ operation }) => operation.kind !== "copy")?.at ?? 0;
    for (let i = this.at - 1; i > made; i--) {
      const step = this.steps[i];
      const cell = step && cellAt(story, i, step.depth);
      const name = step === undefined || cell === undefined ? undefined : variables.at(step.slot, cell);
      if (step !== undefined && name !== undefined) return this.isStill(name, made, i) ? name : undefined;
    }
    const written = sourceName(this.steps, story, this.at);
    return written === undefined || variables.knows(written) ? undefined : written;
  }

  /**
   * Our compiler makes `if (!eth)` the comparison with the packet's end. Where the refused line reads through one variable, and
   * that variable's test taught something of the register, the register is that variable's.
   */
  private packetVariable(register: number): string | undefined {
    const name = soleRoot(this.step?.place?.text ?? "");
    if (name === undefined || this.language !== "typescript") return undefined;
    const story = this.story(register);
    const tested = this.last((step, i) => {
      const cell = cellAt(story, i, step.depth);
      const held = cell?.startsWith("r") ? Number(cell.slice(1)) : undefined;
      if (held === undefined || testedAlone(step) !== name) return false;
      return /^pkt\b/.test(this.text(held, i) ?? "") && this.text(held, i) !== this.text(held, i + 1);
    });
    return tested < 0 ? undefined : name;
  }

  /** Whether a variable that held the value made by step `made` at step `from` has got no other since. */
  private isStill(name: string, made: number, from: number): boolean {
    const line = this.steps[from]?.place?.text;
    for (let i = from + 1; i <= this.at; i++) {
      const step = this.steps[i];
      if (step === undefined) continue;
      if (step.place !== undefined && step.place.text !== line && mayAssign(step.place.text, name)) return false;
      for (const cell of CELLS) {
        if (this.trace.variables?.at(step.slot, cell) !== name) continue;
        const { chain } = storyOf(this.steps, i, cell);
        if (chain.find(({ operation }) => operation.kind !== "copy")?.at !== made) return false;
      }
    }
    return true;
  }

  /** A compiler may make a value long before its variable: `if (!eth)` names it where that branch tested it. */
  private testedAs(story: Story, index: number): string | undefined {
    const changed = story.chain.find(({ at, operation }) => at < index && operation.kind === "change")?.at ?? -1;
    for (let i = Math.min(index, this.at - 1); i > changed; i--) {
      const step = this.steps[i];
      const name = step && testedName(step, cellAt(story, i, step.depth));
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** What to call the value that a register's story is of, right before step `index`. */
  value(register: number, index = this.at): string {
    const name = index === this.at ? this.subject(register) : this.variable(register, index);
    if (name !== undefined) return `\`${name}\``;
    const { chain } = this.story(register);
    const step = this.steps[index];
    const held = step && cellAt(this.story(register), index, step.depth);
    // The latest step that made or changed the value before this one: what comes before that is another value.
    const last = chain.find(({ at, operation }) => at < index && operation.kind !== "copy");
    return (last && this.origin(last.at)) ?? (held?.startsWith("r") ? held : `r${register}`);
  }

  /** What a call, load or constant gave, in words. */
  private origin(at: number): string | undefined {
    const step = this.steps[at];
    if (step === undefined) return undefined;
    const operation = operationOf(step.text);
    if (operation.kind === "call") return this.result(at, operation.name);
    if (operation.kind === "constant")
      return /^-?(0x)?[0-9a-f]+$/.test(operation.text) ? `the constant ${operation.text}` : undefined;
    if (operation.kind !== "load") return undefined;
    const from = this.view(Number(operation.base.slice(1)), at);
    const made = this.view(Number(operation.to.slice(1)), at + 1)?.type;
    if (made === "pkt") return "the start of the packet";
    if (made === "pkt_end") return "the end of the packet";
    if (from?.type === "ctx") return "a field of the context";
    if (from?.type === "map_value")
      return from.map === undefined ? "a number read from a map" : `a number read from the map \`${from.map}\``;
    return from?.type === "pkt" ? "a number read from the packet" : undefined;
  }

  /** "the result of bpf_x", or of a look-up with its map. */
  result(at: number, helper: string): string {
    const map = this.view(1, at)?.map;
    if (LOOKUP.test(helper) && map !== undefined) return `the result of a look-up in \`${map}\``;
    return helper === "" ? "the result of a function" : `the result of ${this.helper(helper)}`;
  }

  /** The variable that the result of a call goes to. */
  resultName(at: number): string | undefined {
    const step = this.steps[at];
    if (step === undefined) return undefined;
    if (this.trace.variables === undefined) return assignedBy(step.place?.text ?? "", step.text, undefined);
    // Followed through copies until debug information names one of them.
    const held = new Set<Cell>(["r0"]);
    for (let i = at + 1; i <= this.at && held.size > 0; i++) {
      const next = this.steps[i];
      if (next === undefined || next.depth !== step.depth) continue;
      for (const cell of held) {
        const name = this.trace.variables.at(next.slot, cell);
        if (name !== undefined) return name;
      }
      const operation = operationOf(next.text);
      if (operation.kind === "call") held.delete("r0");
      if (!("to" in operation)) continue;
      if (operation.kind === "copy" && held.has(operation.from)) held.add(operation.to);
      else held.delete(operation.to);
    }
    return undefined;
  }

  /** A helper as the author calls it. */
  helper(name: string): string {
    return helperName(name, this.language);
  }
  /** The helper or function that a step calls, as the kernel names it. */
  called(index = this.at): string {
    const operation = operationOf(this.steps[index]?.text ?? "");
    return operation.kind === "call" ? operation.name : "";
  }
  /** The same, as the author calls it. */
  get callee(): string {
    const name = this.called();
    return name === "" ? "the call" : this.helper(name);
  }

  /** Map that the register points to or into. */
  map(register: number): string | undefined {
    return this.view(register)?.map;
  }

  /** "a packet pointer" */
  kind(type: string): string {
    const bare = type.replace(/^(?:rdonly_|trusted_|untrusted_|rcu_|percpu_)*/, "").replace(/_or_null_?.*$/, "");
    const known = TYPES[type] ?? TYPES[bare];
    const struct = /^ptr_(\w*)$/.exec(bare)?.[1];
    const pointer = struct === "" ? "a pointer to a struct of the kernel" : `a pointer to the kernel's ${struct}`;
    const what = known ?? (struct === undefined ? type : pointer);
    return /_or_null/.test(type) ? `${what} or ${this.nothing}` : what;
  }

  /** The source line of a step, for a sentence. @example "line 27" */
  where(index: number): string {
    const step = this.steps[index];
    if (step?.place === undefined) return `instruction ${step?.slot ?? 0}`;
    return step.place.line > 0 ? `line ${step.place.line}` : `"${step.place.text.trim()}"`;
  }

  /** Index of the last step before the end for which `test` holds. */
  last(test: (step: TraceStep, index: number) => boolean, from = this.at - 1): number {
    for (let i = from; i >= 0; i--) {
      const step = this.steps[i];
      if (step !== undefined && test(step, i)) return i;
    }
    return -1;
  }

  lastCall(named: (name: string) => boolean, after = -1): number {
    return this.last((step, i) => {
      if (i <= after) return false;
      const operation = operationOf(step.text);
      return operation.kind === "call" && named(operation.name);
    });
  }

  /** Access that the refused instruction makes. */
  get isWrite(): boolean {
    return this.step !== undefined && /^\*\(|^lock |atomic/.test(this.step.text);
  }
  get isCall(): boolean {
    return this.step !== undefined && operationOf(this.step.text).kind === "call";
  }

  /** The variable on the stack at an offset of the current frame, by debug information. */
  slotVariable(offset: number): string | undefined {
    const step = this.step;
    const cell: Cell = `fp${offset}`;
    return step === undefined ? undefined : this.trace.variables?.at(step.slot, cell);
  }
}
