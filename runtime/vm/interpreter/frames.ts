/**
 * Registers and calls under way, kept in linear memory (places.ts), where steps and the hot loop both find them. A frame is
 * its number: 0 is the program itself.
 */
import { FRAME_STRIDE, frameTop, LAYOUT, MAX_FRAMES, MEMORY_TAG, RUN_FRAMES, STACK_BYTES } from "../address.js";
import type { Code } from "../code.js";
import type { Engine } from "../engine.js";
import { MachineFault } from "../fault.js";
import { MAY_GOTO_BUDGET } from "../limits.js";
import type { LinearMemory } from "../memory.js";
import { Place, SAVED, Saved } from "../places.js";

const FRAME = Place.frame / 4;
const BUDGET = Place.budget / 4;
const LIMIT = Place.limit / 4;
/** Programs that are numbered; when a run begins with more, numbers start anew. */
const MAX_NUMBERED = 64;

export class Frames {
  readonly registers: Int32Array;
  /** Tail calls of this run. */
  tailCalls = 0;
  readonly #state: Int32Array;
  readonly #saved: Int32Array;
  /** The bitmap, 32 bytes of memory a word: frames begin at multiples of 32. */
  readonly #readable: Int32Array;
  /** Programs are saved by their number. */
  #numbered: Code[] = [];

  constructor({ buffer, readable }: LinearMemory) {
    this.registers = new Int32Array(buffer, Place.registers, 22);
    this.#state = new Int32Array(buffer, 0, Place.saved / 4);
    this.#saved = new Int32Array(buffer, Place.saved, RUN_FRAMES * SAVED);
    this.#readable = new Int32Array(buffer, readable.byteOffset, readable.length >> 2);
  }

  get depth(): number {
    return this.#state[FRAME] as number;
  }
  set depth(frame: number) {
    this.#state[FRAME] = frame;
  }
  /** What may_goto has left in this call. */
  get budget(): number {
    return this.#state[BUDGET] as number;
  }
  set budget(left: number) {
    this.#state[BUDGET] = left;
  }

  /** Programs begin in the current frame: the run's first, and targets of tail calls. */
  beginProgram(): void {
    this.#state[LIMIT] = this.depth + MAX_FRAMES - 1;
  }

  /** A run begins. Gives false when programs have new numbers from now on. */
  begin(): boolean {
    this.depth = 0;
    this.beginProgram();
    this.tailCalls = 0;
    if (this.#numbered.length <= MAX_NUMBERED) return true;
    this.#numbered = [];
    return false;
  }

  numberOf(code: Code): number {
    const known = this.#numbered.indexOf(code);
    return known < 0 ? this.#numbered.push(code) - 1 : known;
  }

  /** A function begins in a frame. */
  enter(frame: number): void {
    // The frame's stack holds nothing yet: reading it before writing is the program's mistake.
    const first = (LAYOUT.stack + frame * FRAME_STRIDE) >> 5;
    for (let i = first; i < first + STACK_BYTES / 32; i++) this.#readable[i] = 0;
    this.point(frame);
    this.budget = MAY_GOTO_BUDGET;
  }

  /** Makes a frame the current one, r10 included. */
  point(frame: number): void {
    this.registers[20] = frameTop(frame);
    this.registers[21] = MEMORY_TAG;
    this.depth = frame;
  }

  /**
   * A call.
   * @param back slot to return to
   * @throws MachineFault `VM_STACK_OVERFLOW`
   */
  push(code: Code, back: number): void {
    const frame = this.depth;
    if (frame >= (this.#state[LIMIT] as number))
      throw new MachineFault("VM_STACK_OVERFLOW", `more than ${MAX_FRAMES} nested calls`);
    const saved = this.#saved;
    const at = frame * SAVED;
    for (let i = 0; i < 10; i++) saved[at + i] = this.registers[12 + i] as number;
    saved[at + Saved.back] = back;
    saved[at + Saved.budget] = this.budget;
    saved[at + Saved.code] = this.numberOf(code);
    saved[at + Saved.limit] = this.#state[LIMIT] as number;
    this.enter(frame + 1);
  }

  /** Back in the caller. Gives where its saved words are, for {@link codeOf} and {@link backOf}. */
  pop(): number {
    const frame = this.depth - 1;
    const at = frame * SAVED;
    for (let i = 0; i < 10; i++) this.registers[12 + i] = this.#saved[at + i] as number;
    this.depth = frame;
    this.budget = this.#saved[at + Saved.budget] as number;
    this.#state[LIMIT] = this.#saved[at + Saved.limit] as number;
    return at;
  }

  codeOf(at: number): Code {
    return this.#numbered[this.#saved[at + Saved.code] as number] as Code;
  }
  backOf(at: number): number {
    return this.#saved[at + Saved.back] as number;
  }

  /** Slots of the calls under way, the innermost first. */
  backtrace(): number[] {
    const { depth } = this;
    return Array.from({ length: depth }, (_, i) => this.backOf((depth - 1 - i) * SAVED) - 1);
  }
}

/** An error of an instruction, as a run throws it: a fault gets its place. */
export function located(cpu: Engine, error: unknown, code: Code, slot: number): unknown {
  if (error instanceof MachineFault && error.insn < 0) {
    error.insn = slot;
    cpu.current = code;
  } else if (error instanceof RangeError && /call stack/i.test(error.message))
    return new MachineFault("VM_STACK_OVERFLOW", "callbacks are nested too deep");
  return error;
}
