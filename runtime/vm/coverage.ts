/**
 * What ran, by slot: how often each instruction, and how often each conditional jump was taken. Input: steps of
 * interpreted code, counters of compiled code. Output: counts for a sink, when it asks. Invariant: the same runs give
 * the same counts on every engine.
 */
import { Class, jumpTarget, Op } from "../isa/index.js";
import type { Code } from "./code.js";
import type { LoadedProgram } from "./program.js";

/** Counts by slot. */
export interface Counts {
  readonly hits: Float64Array;
  /** Of conditional jumps. */
  readonly taken: Float64Array;
}

/** Who wants to know. */
export interface CountSink {
  /** What a program of the object ran since the last time. The arrays are the caller's again when this returns. */
  take(program: string, counts: Counts): void;
  /** The machine has counts that it did not give yet; `flush` gives them. Asked once until then. */
  pending(flush: () => void): void;
}

interface Entry extends Counts {
  /** Targets of conditional jumps by slot, -1 elsewhere. */
  readonly targets: Int32Array;
}

function targetsOf({ code, insns }: LoadedProgram): Int32Array {
  const out = new Int32Array(code.slots).fill(-1);
  for (const insn of insns) {
    const cls = insn.opcode & 7;
    if ((cls !== Class.Jmp && cls !== Class.Jmp32) || (insn.opcode & 0xf0) === 0 || insn.opcode === Op.Ja) continue;
    out[insn.slot] = jumpTarget(insn) ?? -1;
  }
  return out;
}

/** Counts of a machine's programs. */
export class Counter {
  readonly #entries = new Map<LoadedProgram, Entry>();
  readonly #sink: CountSink;
  readonly #compiled: (code: Code, counts: Counts) => void;
  #pending = false;
  #program: LoadedProgram | undefined;
  #entry: Entry | undefined;
  /** The conditional jump that ran last, if nothing ran since. */
  #jump = -1;

  /** @param compiled adds what generated code counted, and clears it */
  constructor(sink: CountSink, compiled: (code: Code, counts: Counts) => void) {
    this.#sink = sink;
    this.#compiled = compiled;
  }
  /** A run begins. @param flush of the machine, which ends with {@link flush} */
  begin(flush: () => void): void {
    this.#jump = -1;
    if (this.#pending) return;
    this.#pending = true;
    this.#sink.pending(flush);
  }
  /** Interpreted code goes on where generated code left. */
  resume(): void {
    this.#jump = -1;
  }
  /** An instruction is about to run. */
  step(program: LoadedProgram, slot: number): void {
    if (program !== this.#program || this.#entry === undefined) {
      this.#entry = this.#of(program);
      this.#program = program;
      this.#jump = -1;
    }
    const { hits, taken, targets } = this.#entry;
    hits[slot] = (hits[slot] ?? 0) + 1;
    const jump = this.#jump;
    if (jump >= 0 && targets[jump] === slot) taken[jump] = (taken[jump] ?? 0) + 1;
    this.#jump = (targets[slot] ?? -1) >= 0 ? slot : -1;
  }
  #of(program: LoadedProgram): Entry {
    const known = this.#entries.get(program);
    if (known !== undefined) return known;
    const { slots } = program.code;
    const made = { hits: new Float64Array(slots), taken: new Float64Array(slots), targets: targetsOf(program) };
    this.#entries.set(program, made);
    return made;
  }
  /** Gives everything counted so far. @param programs whose code may have been compiled */
  flush(programs: Iterable<LoadedProgram>): void {
    this.#pending = false;
    for (const program of programs) {
      const entry = this.#of(program);
      this.#compiled(program.code, entry);
      const { hits, taken } = entry;
      if (hits.every((count) => count === 0)) continue;
      this.#sink.take(program.name, { hits: hits.subarray(program.before), taken: taken.subarray(program.before) });
      hits.fill(0);
      taken.fill(0);
    }
  }
}
