/**
 * A function of a program -> a program of its own that calls it and returns: how timers, work and exception handlers are
 * entered. Two instructions go before the program's code, so that every jump and call inside keeps its distance.
 */
import type { BpfProgram } from "../elf/index.js";
import { CallKind, Op, SLOT_BYTES } from "../isa/index.js";
import { type LoadedProgram, loadProgram } from "./program.js";

const BEFORE = 2;
const shift = <T extends { readonly insn: number }>(list: readonly T[]): T[] =>
  list.map((record) => ({ ...record, insn: record.insn + BEFORE }));

/** @param slot first instruction of the function */
export function callbackProgram(loaded: LoadedProgram, slot: number): LoadedProgram {
  const { program, target } = loaded;
  const bytes = new Uint8Array(program.bytes.length + BEFORE * SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, Op.Call);
  view.setUint8(1, CallKind.Local << 4);
  view.setInt32(4, slot + BEFORE - 1, true);
  view.setUint8(SLOT_BYTES, Op.Exit);
  bytes.set(program.bytes, BEFORE * SLOT_BYTES);
  const entry: BpfProgram = {
    ...program,
    bytes,
    functions: [
      { name: program.name, start: 0, end: BEFORE },
      ...program.functions.map((f) => ({ ...f, start: f.start + BEFORE, end: f.end + BEFORE })),
    ],
    references: shift(program.references),
    lines: shift(program.lines),
    funcs: shift(program.funcs),
    core: shift(program.core),
    exceptionCallback: undefined,
  };
  return { ...loadProgram(entry, target, true), before: BEFORE };
}
