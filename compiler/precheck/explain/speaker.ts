/** Talks of registers at the end of a trace in the user's words: variables, calls, maps, ranges. */
import { operationOf } from "./operands.js";
import { cellAt, nameOf, type Story, storyOf } from "./origin.js";
import { type RegisterView, rangeText, readRegister } from "./register-text.js";
import type { Trace, TraceStep } from "./trace.js";

/** Helpers whose result is a value in a map. */
const LOOKUP = /^bpf_map_lookup(_percpu)?_elem$/;

export class Speaker {
  readonly steps: readonly TraceStep[];
  /** Index of the refused instruction. */
  readonly at: number;
  private readonly stories = new Map<number, Story>();

  constructor(readonly trace: Trace) {
    this.steps = trace.steps;
    this.at = trace.steps.length - 1;
  }

  get step(): TraceStep | undefined {
    return this.steps[this.at];
  }
  /** The source's word for no value. */
  get nothing(): string {
    return /\.[cm]?tsx?$/.test(this.step?.place?.file ?? "") ? "undefined" : "NULL";
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
  view(register: number): RegisterView | undefined {
    const text = this.text(register);
    return text === undefined ? undefined : readRegister(text);
  }
  number(register: number, name: string): bigint | undefined {
    return this.view(register)?.numbers.get(name);
  }
  range(register: number): string | undefined {
    return rangeText(this.text(register));
  }

  /** The user's variable for a register, if the lines that made it name one. */
  variable(register: number): string | undefined {
    const here = this.step?.place;
    const isHere = (step: TraceStep): boolean => step.place?.line === here?.line && step.place?.text === here?.text;
    const story = this.story(register);
    const made = nameOf({ ...story, chain: story.chain.filter(({ step }) => !isHere(step)) })?.name;
    return made ?? this.testedAs(story);
  }

  /** A compiler may make a value long before its variable: `if (!eth)` names it where that test taught something. */
  private testedAs(story: Story): string | undefined {
    for (let i = this.at - 1; i >= 0; i--) {
      const step = this.steps[i];
      const name = /\bif \(!([A-Za-z_$][\w$]*)\)/.exec(step?.place?.text ?? "")?.[1];
      if (step === undefined || name === undefined || operationOf(step.text).kind !== "branch") continue;
      const cell = cellAt(story, i, step.depth);
      const register = cell?.startsWith("r") ? Number(cell.slice(1)) : undefined;
      if (register !== undefined && this.text(register, i) !== this.text(register, i + 1)) return name;
    }
    return undefined;
  }

  /** What to call the value in a register. */
  value(register: number): string {
    const name = this.variable(register);
    if (name !== undefined) return `\`${name}\``;
    const { chain } = this.story(register);
    const made = chain[chain.length - 1];
    const call = made?.operation.kind === "call" ? this.result(made.at, made.operation.name) : undefined;
    if (call !== undefined) return call;
    if (made?.operation.kind === "load") {
      const base = made.step.before.get(Number(made.operation.base.slice(1)));
      const from = base === undefined ? undefined : readRegister(base);
      if (from?.type === "ctx") return "a field of the context";
      if (from?.type === "map_value")
        return from.map === undefined ? "a number read from a map" : `a number read from the map \`${from.map}\``;
      if (from?.type === "pkt") return "a number read from the packet";
    }
    if (made?.operation.kind === "constant" && chain.length === 1) return `the constant ${made.operation.text}`;
    return `r${register}`;
  }

  /** "the result of bpf_x", or of a look-up with its map. */
  result(at: number, helper: string): string {
    const map = this.text(1, at);
    const name = map === undefined ? undefined : readRegister(map).map;
    if (LOOKUP.test(helper) && name !== undefined) return `the result of a look-up in \`${name}\``;
    return helper === "" ? "the result of a function" : `the result of ${helper}`;
  }

  /** Map that the register points to or into. */
  map(register: number): string | undefined {
    return this.view(register)?.map;
  }

  /** The source line of a step, for a sentence. @example "firewall.ts:27" */
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

  lastCall(names: RegExp, after = -1): number {
    return this.last((step, i) => {
      if (i <= after) return false;
      const operation = operationOf(step.text);
      return operation.kind === "call" && names.test(operation.name);
    });
  }

  /** Access that the refused instruction makes. */
  get isWrite(): boolean {
    return this.step !== undefined && /^\*\(|^lock |atomic/.test(this.step.text);
  }
}
