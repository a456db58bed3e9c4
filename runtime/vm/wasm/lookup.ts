/**
 * bpf_map_lookup_elem inside generated code, for arrays, hashes and LPM tries whose reference is a constant at the call: no step
 * into JavaScript, no register in memory. Anything unusual (a key that may not be read, another map) goes the way of all
 * helpers. Hashing is that of maps/entries.ts.
 */

import { HelperId } from "../../facts/helpers/index.js";
import { Op } from "../../isa/index.js";
import { MAP_TAG, MEMORY_TAG } from "../address.js";
import { type Code, STRIDE, Word } from "../code.js";
import type { InlineMap } from "../engine.js";
import { Entry, FOLD, MULTIPLIER, TableField } from "../maps/entries.js";
import type { LookupPlan } from "../maps/map.js";
import { Place } from "../places.js";
import { type Bitmaps, keyPlace } from "./access.js";
import { Body, Local } from "./body.js";
import { effectsOf } from "./effects.js";
import type { Block } from "./flow.js";
import { Type, W } from "./opcodes.js";
import { Writer } from "./writer.js";

export const LOOKUP = HelperId.map_lookup_elem;
/** Longest key that is hashed here; its bits fit into one peek at the bitmap. */
const LONGEST_KEY = 56;

/** Index of the map that a register refers to at a slot of a block, when that is a constant of the block. */
export function mapAt(code: Code, block: Block, slot: number, register: number): number | undefined {
  let reg = register;
  for (let i = block.slots.indexOf(slot) - 1; i >= 0; i--) {
    const before = block.slots[i] ?? 0;
    const at = before * STRIDE;
    if ((effectsOf(code, before).writes & (1 << reg)) === 0) continue;
    const operation = code.words[at + Word.op];
    if (operation === Op.LdImm64) return code.words[at + Word.hi] === MAP_TAG ? code.words[at + Word.lo] : undefined;
    if (operation !== Op.Mov64Reg) return undefined;
    reg = (code.words[at + Word.src] ?? 0) >> 1;
  }
  return undefined;
}

export function canInline(plan: LookupPlan | undefined): boolean {
  return plan !== undefined && (plan.kind === "array" || plan.keySize <= LONGEST_KEY);
}

/** Pushes cpu * stride. */
function cpuOffset(body: Body, stride: number): void {
  body.i32(0);
  body.memory(W.i32Load, Place.cpu);
  body.i32(stride);
  body.op(W.i32Mul);
}

/** r0 = pointer to the place on the stack, or NULL when that is 0. */
function givePointer(body: Body): void {
  body.tee(Local.place);
  body.op(W.i64ExtendU);
  body.i64Words(0, MEMORY_TAG);
  body.i64(0);
  body.get(Local.place);
  body.op(W.select);
  body.op(W.i64Or);
  body.setReg(0);
}

/** Pushes the place of the array element whose index is in `next`. */
export function elementOf(body: Body, plan: LookupPlan & { readonly kind: "array" }): void {
  body.get(Local.next);
  body.i32(plan.stride);
  body.op(W.i32Mul);
  body.i32(plan.base);
  body.op(W.i32Add);
  if (plan.cpuStride === 0) return;
  cpuOffset(body, plan.cpuStride);
  body.op(W.i32Add);
}

/**
 * Emits a look-up with r2 = key; goes to `slow` when the key is not readable for sure.
 * @param search index of the map's search function, for hashes
 */
export function emitLookup(body: Body, maps: Bitmaps, { plan }: InlineMap, slow: number, search: number): void {
  if (plan.kind !== "array") {
    keyPlace(body, maps, 2, plan.keySize, slow);
    body.get(Local.place);
    body.call(search);
    givePointer(body);
    return;
  }
  keyPlace(body, maps, 2, 4, slow);
  body.get(Local.place);
  body.memory(W.i32Load, 0);
  body.tee(Local.next);
  body.i32(plan.maxEntries);
  body.op(W.i32LtU);
  body.open(W.if, Type.i64);
  elementOf(body, plan);
  body.op(W.i64ExtendU);
  body.i64Words(0, MEMORY_TAG);
  body.op(W.i64Or);
  body.else();
  body.i64(0);
  body.end();
  body.setReg(0);
}

/** Key words: offset and size of each. */
function parts(keySize: number): { readonly at: number; readonly bytes: 1 | 4 }[] {
  const list: { at: number; bytes: 1 | 4 }[] = [];
  let at = 0;
  for (; at + 4 <= keySize; at += 4) list.push({ at, bytes: 4 });
  for (; at < keySize; at++) list.push({ at, bytes: 1 });
  return list;
}

/** How the search function of a hash differs. */
interface Search {
  readonly table: number;
  readonly keySize: number;
  readonly cpuStride: number;
  readonly marks: boolean;
}

/** A body with so many 32-bit locals as a function's entry of the code section. */
function finish(body: Body, locals: number): Writer {
  body.byte(W.end);
  const out = new Writer(body.length + 8);
  out.unsigned(1);
  out.unsigned(locals);
  out.byte(Type.i32);
  out.append(body);
  return out;
}

/**
 * The functions that look a map up, the last one of them from outside: (place of a key) -> place of its value for the
 * current CPU, or 0. @param first index that the first of them gets
 */
export function searchFunctions(plan: LookupPlan, first: number): Writer[] {
  if (plan.kind === "array") return [];
  if (plan.kind === "hash") return [searchFunction(plan)];
  return [searchFunction({ ...plan, cpuStride: 0, marks: false }), prefixFunction(plan, first)];
}

/** Tries the prefix lengths of an LPM trie, longest first: the key with the bits behind cleared is looked up. */
function prefixFunction(plan: LookupPlan & { readonly kind: "lpm" }, search: number): Writer {
  const [key, at, left, found] = [0, 1, 2, 3];
  const body = new Body(256);
  const words = parts(plan.keySize);
  body.get(key);
  body.memory(W.i32Load, 0);
  body.i32((plan.keySize - 4) * 8);
  body.op(W.i32GtU);
  body.open(W.if);
  body.i32(0);
  body.op(W.return);
  body.end();
  body.i32(plan.lengths + 4);
  body.set(at);
  body.i32(0);
  body.memory(W.i32Load, plan.lengths);
  body.set(left);
  const done = body.open(W.block);
  const loop = body.open(W.loop);
  body.get(left);
  body.op(W.i32Eqz);
  body.br(done, W.brIf);
  const next = body.open(W.block);
  body.get(at);
  body.memory(W.i32Load, 0);
  body.get(key);
  body.memory(W.i32Load, 0);
  body.op(W.i32GtU);
  body.br(next, W.brIf);
  for (const { at: offset, bytes } of words) {
    const load = bytes === 4 ? W.i32Load : W.i32Load8U;
    body.i32(plan.scratch);
    body.get(at);
    body.memory(load, offset);
    if (offset > 0) {
      body.get(key);
      body.memory(load, offset);
      body.op(W.i32And);
    }
    body.memory(bytes === 4 ? W.i32Store : W.i32Store8, offset);
  }
  body.i32(plan.scratch);
  body.call(search);
  body.tee(found);
  body.op(W.i32Eqz);
  body.br(next, W.brIf);
  body.get(found);
  body.op(W.return);
  body.end();
  body.get(at);
  body.i32(plan.keySize);
  body.op(W.i32Add);
  body.set(at);
  body.get(left);
  body.i32(1);
  body.op(W.i32Sub);
  body.set(left);
  body.br(loop);
  body.end();
  body.end();
  body.i32(0);
  return finish(body, 3);
}

function searchFunction(plan: Search): Writer {
  const [key, hash, entry] = [0, 1, 2];
  const body = new Body(256);
  const words = parts(plan.keySize);
  body.i32(plan.keySize);
  body.set(hash);
  for (const { at, bytes } of words) {
    body.get(hash);
    body.get(key);
    body.memory(bytes === 4 ? W.i32Load : W.i32Load8U, at);
    body.op(W.i32Xor);
    body.i32(MULTIPLIER);
    body.op(W.i32Mul);
    body.tee(hash);
    body.get(hash);
    body.i32(FOLD);
    body.op(W.i32ShrU);
    body.op(W.i32Xor);
    body.set(hash);
  }
  const loop = body.open(W.loop);
  // entry = table[hash & mask]
  body.get(hash);
  body.i32(0);
  body.memory(W.i32Load, plan.table + TableField.mask);
  body.op(W.i32And);
  body.i32(2);
  body.op(W.i32Shl);
  body.i32(0);
  body.memory(W.i32Load, plan.table + TableField.base);
  body.op(W.i32Add);
  body.memory(W.i32Load, 0);
  body.tee(entry);
  body.op(W.i32Eqz);
  body.open(W.if);
  body.i32(0);
  body.op(W.return);
  body.end();
  const differs = body.open(W.block);
  for (const { at, bytes } of words) {
    body.get(entry);
    body.memory(bytes === 4 ? W.i32Load : W.i32Load8U, Entry.key + at);
    body.get(key);
    body.memory(bytes === 4 ? W.i32Load : W.i32Load8U, at);
    body.op(W.i32Ne);
    body.br(differs, W.brIf);
  }
  if (plan.marks) {
    body.get(entry);
    body.i32(1);
    body.memory(W.i32Store, Entry.used);
  }
  body.get(entry);
  body.memory(W.i32Load, Entry.value);
  if (plan.cpuStride > 0) {
    cpuOffset(body, plan.cpuStride);
    body.op(W.i32Add);
  }
  body.op(W.return);
  body.end();
  body.get(hash);
  body.i32(1);
  body.op(W.i32Add);
  body.set(hash);
  body.br(loop);
  body.end();
  body.op(W.unreachable);
  return finish(body, 2);
}
