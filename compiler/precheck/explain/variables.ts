/** The variables of a program by instruction: debug information moved to where the loader links functions. */
import type { BpfObject, BpfProgram } from "../../../runtime/elf/index.js";
import { type HeldRange, heldRanges } from "./dwarf.js";
import type { Cell } from "./operands.js";

const EXECUTABLE = 4;
const SLOT_BYTES = 8;

/** What debug information says of the variables of a program. */
export interface Variables {
  /** The variable that a register or stack slot holds before an instruction. */
  readonly at: (slot: number, cell: Cell) => string | undefined;
  /** Whether it says anywhere where the variable is: compilers lose some of them altogether. */
  readonly knows: (name: string) => boolean;
}

/** Ranges of an object's debug information, read when first asked for. */
export function rangesOnce(object: Pick<BpfObject, "elf">): () => readonly HeldRange[] {
  let ranges: readonly HeldRange[] | undefined;
  return () => {
    ranges ??= heldRanges(object.elf);
    return ranges;
  };
}

/** @returns undefined where the object has no such information */
export function variablesOf(
  object: Pick<BpfObject, "elf">,
  program: BpfProgram,
  ranges: () => readonly HeldRange[],
): Variables | undefined {
  const all = ranges();
  if (all.length === 0) return undefined;
  const { sections, symbols } = object.elf;
  const placed = program.functions.map(({ name, start, end }) => {
    const symbol = symbols.find(
      (s) => s.name === name && ((sections.find((x) => x.index === s.section)?.flags ?? 0) & EXECUTABLE) !== 0,
    );
    return { start, end, symbol };
  });
  const at = (slot: number, cell: Cell): string | undefined => {
    const func = placed.find(({ start, end }) => slot >= start && slot < end);
    if (func?.symbol === undefined) return undefined;
    const { section, value } = func.symbol;
    const address = value + (slot - func.start) * SLOT_BYTES;
    const held = all.filter(
      (r) => r.cell === cell && r.section === section && address >= r.low && address < r.high && r.name !== "",
    );
    // The caller's own variable says more to its author than a parameter of what was inlined, and of two that hold one value
    // the one that lives for a shorter time.
    const [best] = held.sort((a, b) => Number(a.inlined) - Number(b.inlined) || a.high - a.low - (b.high - b.low));
    return best?.name;
  };
  const names = new Set(all.map(({ name }) => name));
  return { at, knows: (name) => names.has(name) };
}
