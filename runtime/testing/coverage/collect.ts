/**
 * What ran: instructions and jumps of programs, counted while they run, and given back as lines, branches and functions of
 * the sources (BTF line info). Line info marks where a line's instructions begin; counts of copies that the compiler made
 * of a line (inlined functions, several programs) are added up per instruction and the largest one is the line's.
 */
import type { BpfProgram } from "../../elf/index.js";
import { Class, decode, type Instruction, jumpTarget, Op, SLOT_BYTES } from "../../isa/index.js";
import type { CountSink, Counts } from "../../vm/index.js";

/** Counts of one source file. */
export interface FileCoverage {
  /** By line: how often it ran. */
  readonly lines: Readonly<Record<number, number>>;
  /** By "line:column" of a condition: how often the jump was taken and how often not. */
  readonly branches: Readonly<Record<string, readonly [taken: number, not: number]>>;
  /** By name: first line, and how often it was entered. */
  readonly functions: Readonly<Record<string, readonly [line: number, count: number]>>;
}
/** By path, as the compiler recorded it. */
export type Coverage = Readonly<Record<string, FileCoverage>>;

interface ProgramCounts extends Counts {
  readonly program: BpfProgram;
  readonly jumps: readonly number[];
}

/** Slots of conditional jumps. */
function jumpsOf(insns: readonly Instruction[]): number[] {
  return insns
    .filter(({ opcode }) => {
      const cls = opcode & 7;
      return (cls === Class.Jmp || cls === Class.Jmp32) && opcode !== Op.Ja && (opcode & 0xf0) !== 0;
    })
    .filter((insn) => jumpTarget(insn) !== undefined)
    .map((insn) => insn.slot);
}

function add(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < from.length; i++) into[i] = (into[i] ?? 0) + (from[i] ?? 0);
}

/** Machines that may have counts of their own at a time: what they hold on to, their memory, is large. */
const MOST_PENDING = 8;

/** Counts of any number of programs. */
export class Collector {
  readonly #programs = new Map<string, ProgramCounts>();
  readonly #pending: (() => void)[] = [];

  /**
   * A sink for a machine: give it as the option `coverage`.
   * @param key tells programs of different objects apart
   */
  sink(key: string, programs: readonly BpfProgram[]): CountSink {
    return {
      take: (name, { hits, taken }) => {
        const program = programs.find((one) => one.name === name);
        if (program === undefined) return;
        const counts = this.#counts(`${key} ${name}`, program);
        add(counts.hits, hits);
        add(counts.taken, taken);
      },
      pending: (flush) => {
        this.#pending.push(flush);
        if (this.#pending.length > MOST_PENDING) this.#pending.shift()?.();
      },
    };
  }
  #counts(key: string, program: BpfProgram): ProgramCounts {
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const slots = program.bytes.length / SLOT_BYTES;
    const made = {
      program,
      jumps: jumpsOf(decode(program.bytes)),
      hits: new Float64Array(slots),
      taken: new Float64Array(slots),
    };
    this.#programs.set(key, made);
    return made;
  }
  /** Everything counted so far. */
  coverage(): Coverage {
    for (const flush of this.#pending.splice(0)) flush();
    const files = new Map<
      string,
      {
        lines: Record<number, number>;
        branches: Record<string, [number, number]>;
        functions: Record<string, [number, number]>;
      }
    >();
    const file = (path: string) => {
      const known = files.get(path) ?? { lines: {}, branches: {}, functions: {} };
      files.set(path, known);
      return known;
    };
    for (const { program, jumps, hits, taken } of this.#programs.values()) {
      for (const { insn, file: path, line } of program.lines) {
        if (line === 0) continue;
        const { lines } = file(path);
        lines[line] = Math.max(lines[line] ?? 0, hits[insn] ?? 0);
      }
      for (const slot of jumps) {
        const place = program.lines.findLast((record) => record.insn <= slot);
        if (place === undefined || place.line === 0) continue;
        const { branches } = file(place.file);
        const [yes, no] = branches[`${place.line}:${place.column}`] ?? [0, 0];
        const count = taken[slot] ?? 0;
        branches[`${place.line}:${place.column}`] = [yes + count, no + (hits[slot] ?? 0) - count];
      }
      for (const { name, start } of program.functions) {
        const place = program.lines.find((record) => record.insn === start);
        if (place === undefined || place.line === 0) continue;
        const { functions } = file(place.file);
        const [line, count] = functions[name] ?? [place.line, 0];
        functions[name] = [Math.min(line, place.line), count + (hits[start] ?? 0)];
      }
    }
    return Object.fromEntries(files);
  }
}

/** The sum of several. */
export function mergeCoverage(parts: readonly Coverage[]): Coverage {
  const out: Record<
    string,
    {
      lines: Record<number, number>;
      branches: Record<string, [number, number]>;
      functions: Record<string, [number, number]>;
    }
  > = {};
  for (const part of parts) {
    for (const [path, { lines, branches, functions }] of Object.entries(part)) {
      out[path] ??= { lines: {}, branches: {}, functions: {} };
      const into = out[path];
      for (const [line, count] of Object.entries(lines))
        into.lines[Number(line)] = (into.lines[Number(line)] ?? 0) + count;
      for (const [place, [yes, no]] of Object.entries(branches)) {
        const [a, b] = into.branches[place] ?? [0, 0];
        into.branches[place] = [a + yes, b + no];
      }
      for (const [name, [line, count]] of Object.entries(functions))
        into.functions[name] = [line, (into.functions[name]?.[1] ?? 0) + count];
    }
  }
  return out;
}
