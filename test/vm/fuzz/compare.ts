/** Runs generated programs everywhere and compares their whole outcomes. A mismatch is text that names its seed. */

import { InKernel } from "./in-kernel.js";
import { HOT, type Outcome, onMachine, type RunOptions, STEPS, WASM } from "./outcome.js";
import { generate } from "./program.js";

export interface Campaign {
  /** Number of the first program; each number is one program. */
  readonly first: number;
  readonly count: number;
  /** Compare with the kernel too (needs privileges). */
  readonly kernel: boolean;
  /** Every so-manieth program gets too little fuel; 0 or absent: none. */
  readonly shortage?: number;
  /** Every so-manieth program runs in the interpreter's hot loop as well; default 1: all. */
  readonly loopEvery?: number;
  /** Called after each program. */
  readonly progress?: (done: number, found: Findings) => void;
}

export interface Findings {
  /** Programs compared. */
  ran: number;
  readonly mismatches: string[];
  /** Programs that the kernel's verifier refused, with its words. */
  readonly refused: string[];
}

const FUEL = 1_000_000;
/** Every so-manieth program runs without checks as well: compiling takes most of the time. */
const UNCHECKED_EVERY = 4;
/** Enough of them show what is wrong. */
const MOST_MISMATCHES = 20;

/** Seeds of neighbouring programs must not be neighbours (Knuth's multiplier). */
export const seedOf = (number: number): number => Math.imul(number, 2654435761 | 0);

/** What differs, field by field; "" when nothing does. */
export function difference(a: object, b: object): string {
  return Object.entries(a)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(b, name)))
    .map(([name, value]) => `${name}: ${JSON.stringify(value)} and ${JSON.stringify(Reflect.get(b, name))}`)
    .join("; ");
}

/** The outcome without what only machines tell. */
function shared(outcome: Outcome): Outcome {
  const { result, packet, state, hash, lpm, lru } = outcome;
  return { result, packet, state, hash, lpm, lru };
}

/** Runs one program on both engines, the interpreter in both its ways, and in the kernel where one is given. */
export function compareOne(
  number: number,
  kernel: InKernel | undefined,
  fuel: number,
  loopEvery: number,
  found: Findings,
): void {
  const seed = seedOf(number);
  const bytes = generate(seed);
  const options = (rest: RunOptions): RunOptions => ({ ...rest, fuel });
  const interp = onMachine(bytes, seed, options(STEPS));
  const wasm = onMachine(bytes, seed, options(WASM));
  const report = (where: string, text: string): void => {
    if (text !== "") found.mismatches.push(`program ${number}, ${where}: ${text}`);
  };
  report("interpreter and wasm", difference(interp, wasm));
  if (number % loopEvery === 0)
    report("interpreter's steps and loop", difference(interp, onMachine(bytes, seed, options(HOT))));
  if (interp.fault === undefined && number % UNCHECKED_EVERY === 0) {
    const unchecked = onMachine(bytes, seed, options({ engine: "wasm", checks: false }));
    report("wasm and wasm without checks", difference(wasm, unchecked));
  }
  if (interp.fault !== undefined && fuel === FUEL) report("interpreter", interp.fault);
  if (kernel !== undefined && fuel === FUEL) {
    const there = kernel.run(bytes, seed);
    if (typeof there === "string") found.refused.push(`${number}: ${there}`);
    else report("kernel and interpreter", difference(there, shared(interp)));
  }
  found.ran++;
}

/** Runs a campaign; stops early when far too much is wrong. */
export function compareAll({ first, count, kernel, shortage = 0, loopEvery = 1, progress }: Campaign): Findings {
  const found: Findings = { ran: 0, mismatches: [], refused: [] };
  using there = kernel ? new InKernel() : undefined;
  for (let i = 0; i < count && found.mismatches.length < MOST_MISMATCHES; i++) {
    const number = first + i;
    const short = shortage > 0 && number % shortage === 0;
    compareOne(number, there, short ? 1 + ((number * 7919) % 400) : FUEL, loopEvery, found);
    progress?.(i + 1, found);
  }
  return found;
}
