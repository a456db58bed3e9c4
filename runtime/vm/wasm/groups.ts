/**
 * Accesses of one block that lie side by side, to be checked at once by the first of them. A group is about one value of
 * a base register (constants added to it are followed), one kind of access, and has no holes: when its check fails, one
 * of its accesses must fault before the block ends, so leaving to the interpreter early costs nothing.
 */
import { accessBytes, Class, Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import { effectsOf } from "./effects.js";
import { type Kind, READ, WRITE } from "./facts.js";
import type { Block } from "./flow.js";

/** Longest group: its bits, shifted by up to 7, still fit into a 64-bit peek at the bitmap. */
const LONGEST = 57;

/** A plain load or store. */
export interface PlainAccess {
  readonly base: number;
  readonly off: number;
  readonly bytes: number;
  readonly kind: Kind;
}

/** The plain load or store at a slot, if there is one. */
export function accessAt(code: Code, slot: number): PlainAccess | undefined {
  const at = slot * STRIDE;
  const operation = code.words[at + Word.op] ?? 0;
  const cls = operation & 7;
  if (operation >= 0x100 || (cls !== Class.Ldx && cls !== Class.St && cls !== Class.Stx)) return undefined;
  const kind = cls === Class.Ldx ? READ : WRITE;
  const base = (code.words[at + (kind === READ ? Word.src : Word.dst)] ?? 0) >> 1;
  return { base, off: code.words[at + Word.off] ?? 0, bytes: accessBytes(operation), kind };
}

/** Bytes before and behind an access's first byte that its check covers; `after` counts the access itself. */
export interface Extent {
  readonly before: number;
  readonly after: number;
}

interface Member {
  readonly slot: number;
  /** Bytes from the value that the base register had when the group's value began. */
  readonly from: number;
  readonly to: number;
}

/** The union of members that is connected to the first, as an extent around it; no longer than a peek. */
function extentOf(members: readonly Member[], first: Member): Extent {
  let { from, to } = first;
  for (let grown = true; grown; ) {
    grown = false;
    for (const m of members) {
      if (m.from > to || m.to < from || (m.from >= from && m.to <= to)) continue;
      const [low, high] = [Math.min(from, m.from), Math.max(to, m.to)];
      if (high - low > LONGEST) continue;
      [from, to] = [low, high];
      grown = true;
    }
  }
  return { before: first.from - from, after: to - first.from };
}

/** Extents by slot, for accesses whose check covers more than themselves. r10 has its own ways. */
export function groupsOf(code: Code, block: Block, extents: Map<number, Extent>): void {
  let values = 11;
  /** Which value a register holds, and how much was added to it. */
  const holds = Array.from({ length: 11 }, (_, value) => ({ value, delta: 0 }));
  const open = new Map<number, Member[]>();
  const finish = (): void => {
    for (const members of open.values()) {
      const [first] = members;
      if (first === undefined || members.length < 2) continue;
      const extent = extentOf(members, first);
      if (extent.before > 0 || extent.after > first.to - first.from) extents.set(first.slot, extent);
    }
    open.clear();
  };
  for (const slot of block.slots) {
    const at = slot * STRIDE;
    const operation = code.words[at + Word.op] ?? 0;
    if (operation === Op.Call || operation === Internal.CallLocal || operation === Internal.CallKfunc) finish();
    const access = accessAt(code, slot);
    if (access !== undefined && access.base !== 10) {
      const { value, delta } = holds[access.base] as { value: number; delta: number };
      const from = delta + access.off;
      const key = value * 2 + access.kind;
      const members = open.get(key);
      const member = { slot, from, to: from + access.bytes };
      if (members === undefined) open.set(key, [member]);
      else members.push(member);
    }
    const dst = (code.words[at + Word.dst] ?? 0) >> 1;
    if (operation === Op.Mov64Reg) {
      holds[dst] = { ...(holds[(code.words[at + Word.src] ?? 0) >> 1] as { value: number; delta: number }) };
      continue;
    }
    if (operation === Class.Alu64) {
      const { value, delta } = holds[dst] as { value: number; delta: number };
      holds[dst] = { value, delta: delta + (code.words[at + Word.lo] ?? 0) };
      continue;
    }
    const { writes } = effectsOf(code, slot);
    for (let reg = 0; reg < 10; reg++) if ((writes & (1 << reg)) !== 0) holds[reg] = { value: values++, delta: 0 };
  }
  finish();
}
