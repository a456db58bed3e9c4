/**
 * What ran: instructions and jumps of programs, counted while they run, and given back as lines, branches and functions of
 * the sources (BTF line info). Line info marks where a line's instructions begin; counts of copies that the compiler made
 * of a line (inlined functions, several programs) are added up per instruction and the largest one is the line's.
 */
import type { BpfProgram } from "../../elf/index.js";
import { Class, type Instruction, jumpTarget, Op } from "../../isa/index.js";

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

interface Counts {
  readonly program: BpfProgram;
  readonly jumps: ReadonlyMap<number, number>;
  readonly hits: Map<number, number>;
  readonly taken: Map<number, number>;
}

const bump = (map: Map<number, number>, key: number): void => {
  map.set(key, (map.get(key) ?? 0) + 1);
};

/** Conditional jumps by slot, with their targets. */
function jumpsOf(insns: readonly Instruction[]): Map<number, number> {
  const out = new Map<number, number>();
  for (const insn of insns) {
    const cls = insn.opcode & 7;
    const conditional = (cls === Class.Jmp || cls === Class.Jmp32) && insn.opcode !== Op.Ja;
    const target = conditional ? jumpTarget(insn) : undefined;
    if (target !== undefined && (insn.opcode & 0xf0) !== 0) out.set(insn.slot, target);
  }
  return out;
}

/** Counts of any number of programs. */
export class Collector {
  readonly #programs = new Map<string, Counts>();

  /**
   * A trace function for a run: give it to the machine.
   * @param key tells programs of different objects apart
   */
  trace(
    key: string,
    programs: ReadonlyMap<string, { readonly program: BpfProgram; readonly insns: readonly Instruction[] }>,
  ) {
    let last: Counts | undefined;
    let lastName = "";
    let jump = -1;
    return (name: string, slot: number): void => {
      if (name !== lastName || last === undefined) {
        last = this.#counts(`${key} ${name}`, programs.get(name));
        lastName = name;
        jump = -1;
        if (last === undefined) return;
      }
      bump(last.hits, slot);
      if (jump >= 0 && last.jumps.get(jump) === slot) bump(last.taken, jump);
      jump = last.jumps.has(slot) ? slot : -1;
    };
  }
  #counts(
    key: string,
    found: { readonly program: BpfProgram; readonly insns: readonly Instruction[] } | undefined,
  ): Counts | undefined {
    const known = this.#programs.get(key);
    if (known !== undefined || found === undefined) return known;
    const made = { program: found.program, jumps: jumpsOf(found.insns), hits: new Map(), taken: new Map() };
    this.#programs.set(key, made);
    return made;
  }
  /** Everything counted so far. */
  coverage(): Coverage {
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
        lines[line] = Math.max(lines[line] ?? 0, hits.get(insn) ?? 0);
      }
      for (const slot of jumps.keys()) {
        const place = program.lines.findLast((record) => record.insn <= slot);
        if (place === undefined || place.line === 0) continue;
        const { branches } = file(place.file);
        const [yes, no] = branches[`${place.line}:${place.column}`] ?? [0, 0];
        const count = taken.get(slot) ?? 0;
        branches[`${place.line}:${place.column}`] = [yes + count, no + (hits.get(slot) ?? 0) - count];
      }
      for (const { name, start } of program.functions) {
        const place = program.lines.find((record) => record.insn === start);
        if (place === undefined || place.line === 0) continue;
        const { functions } = file(place.file);
        const [line, count] = functions[name] ?? [place.line, 0];
        functions[name] = [Math.min(line, place.line), count + (hits.get(start) ?? 0)];
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
