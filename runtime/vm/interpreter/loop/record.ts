/**
 * Prepared code (code.ts) as the hot loop reads it: a record of 16 bytes for each slot. Operation by handler number, so
 * that one table of jumps leads to the handlers; registers by the offset of their place; jumps by their distance in bytes.
 */
import { HelperId } from "../../../facts/helpers/index.js";
import { Op } from "../../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../../code.js";

export const RECORD = 16;
export const Field = { operation: 0, dst: 2, src: 3, off: 4, imm: 8 } as const;

/** What selects a handler: an operation, for atomics with their kind, for acquire and release with their width. */
export function keyOf(operation: number, variant = 0): number {
  return operation * 0x200 + variant;
}

/** Handler of an instruction that is left to the step-by-step interpreter. */
export const STEP = 0;
/** bpf_tail_call: its target is another program. */
const TAIL_CALL = HelperId.tail_call;

function handlerOf(words: Int32Array, at: number, numbers: ReadonlyMap<number, number>): number {
  const operation = words[at + Word.op] ?? 0;
  const lo = words[at + Word.lo] ?? 0;
  switch (operation) {
    case Internal.Atomic32:
    case Internal.Atomic64:
      return numbers.get(keyOf(operation, lo & 0x1ff)) ?? STEP;
    case Internal.LoadAcquire:
    case Internal.StoreRelease:
      return numbers.get(keyOf(operation, words[at + Word.extra])) ?? STEP;
    case Op.Call:
      return lo === TAIL_CALL ? STEP : (numbers.get(keyOf(operation)) ?? STEP);
    default:
      return numbers.get(keyOf(operation)) ?? STEP;
  }
}

/** Operations whose `off` is a place in the code. */
function isJump(operation: number): boolean {
  const kind = operation & 7;
  return operation === Internal.CallLocal || (operation < 0x100 && (kind === 5 || kind === 6));
}

/**
 * Writes a program's records.
 * @param at a multiple of 8, with room for `code.slots` records
 * @param numbers of the handlers, by key
 */
export function writeRecords(code: Code, buffer: ArrayBuffer, at: number, numbers: ReadonlyMap<number, number>): void {
  const { words, slots } = code;
  const out = new Int32Array(buffer, at, slots * (RECORD / 4));
  for (let slot = 0; slot < slots; slot++) {
    const from = slot * STRIDE;
    const to = slot * (RECORD / 4);
    const operation = words[from + Word.op] ?? 0;
    const off = words[from + Word.off] ?? 0;
    const dst = (words[from + Word.dst] ?? 0) * 4;
    const src = (words[from + Word.src] ?? 0) * 4;
    out[to] = handlerOf(words, from, numbers) | (dst << 16) | (src << 24);
    out[to + 1] = isJump(operation) ? (off / STRIDE - slot) * RECORD : off;
    out[to + 2] = words[from + Word.lo] ?? 0;
    out[to + 3] = words[from + Word.hi] ?? 0;
  }
}
