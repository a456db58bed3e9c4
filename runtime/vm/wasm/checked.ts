/**
 * Which memory checks are repeated. A forward analysis over one function: for each register, the bytes near it that every
 * way to here has checked since the register got its value. A check stays good because nothing but a call takes validity
 * away: helpers may resize packets and free records, callees may call helpers.
 */
import { accessBytes, Class, Mode, Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import { inFrame } from "./access.js";
import { effectsOf } from "./effects.js";
import type { Block, Flow } from "./flow.js";

/** Bytes -64 to 63 around a register, a bit each, for reads and for writes. */
const REACH = 64;
const WORDS = (REACH * 2) / 32;
const KINDS = 2;
const REGISTERS = 11;
const PER_REGISTER = WORDS * KINDS;

type Facts = Int32Array;

const READ = 0;
const WRITE = 1;

function has(facts: Facts, reg: number, kind: number, off: number, bytes: number): boolean {
  for (let i = off + REACH; i < off + REACH + bytes; i++) {
    if (i < 0 || i >= REACH * 2) return false;
    if (((facts[reg * PER_REGISTER + kind * WORDS + (i >> 5)] ?? 0) & (1 << (i & 31))) === 0) return false;
  }
  return true;
}

function add(facts: Facts, reg: number, kind: number, off: number, bytes: number): void {
  for (let i = off + REACH; i < off + REACH + bytes; i++) {
    if (i < 0 || i >= REACH * 2) continue;
    const at = reg * PER_REGISTER + kind * WORDS + (i >> 5);
    facts[at] = (facts[at] ?? 0) | (1 << (i & 31));
  }
}

function forget(facts: Facts, reg: number): void {
  facts.fill(0, reg * PER_REGISTER, (reg + 1) * PER_REGISTER);
}

/** The register grew by `by`: what lay at off now lies at off - by. */
function shift(facts: Facts, reg: number, by: number): void {
  const old = facts.slice(reg * PER_REGISTER, (reg + 1) * PER_REGISTER);
  forget(facts, reg);
  if (Math.abs(by) >= REACH * 2 || old.every((word) => word === 0)) return;
  for (const kind of [READ, WRITE]) {
    for (let i = 0; i < REACH * 2; i++) {
      if (((old[kind * WORDS + (i >> 5)] ?? 0) & (1 << (i & 31))) !== 0) add(facts, reg, kind, i - REACH - by, 1);
    }
  }
}

/** A plain load or store: base register, offset, size. */
function accessAt(code: Code, slot: number): { base: number; off: number; bytes: number; kind: number } | undefined {
  const at = slot * STRIDE;
  const operation = code.words[at + Word.op] ?? 0;
  const cls = operation & 7;
  if (operation >= 0x100 || (cls !== Class.Ldx && cls !== Class.St && cls !== Class.Stx)) return undefined;
  const kind = cls === Class.Ldx ? READ : WRITE;
  const base = (code.words[at + (kind === READ ? Word.src : Word.dst)] ?? 0) >> 1;
  return { base, off: code.words[at + Word.off] ?? 0, bytes: accessBytes(operation), kind };
}

/** A 4-byte load may be of a context's pointer, which passes without the bytes being readable. */
function proves(code: Code, slot: number): boolean {
  return code.words[slot * STRIDE + Word.op] !== (Class.Ldx | Mode.Mem);
}

/** Goes through one instruction. */
function step(code: Code, slot: number, facts: Facts): void {
  const at = slot * STRIDE;
  const operation = code.words[at + Word.op] ?? 0;
  if (operation === Op.Call || operation === Internal.CallLocal) {
    facts.fill(0);
    return;
  }
  const access = accessAt(code, slot);
  if (access !== undefined && proves(code, slot)) {
    add(facts, access.base, access.kind, access.off, access.bytes);
    // What was written to the own frame may be read.
    const own = access.kind === WRITE && inFrame(access.base, access.off, access.bytes);
    if (own) add(facts, access.base, READ, access.off, access.bytes);
  }
  const dst = (code.words[at + Word.dst] ?? 0) >> 1;
  if (operation === Op.Mov64Reg) {
    const src = (code.words[at + Word.src] ?? 0) >> 1;
    facts.copyWithin(dst * PER_REGISTER, src * PER_REGISTER, (src + 1) * PER_REGISTER);
    return;
  }
  // r += imm, 64-bit.
  if (operation === Class.Alu64) {
    shift(facts, dst, code.words[at + Word.lo] ?? 0);
    return;
  }
  const { writes } = effectsOf(code, slot);
  for (let reg = 0; reg < REGISTERS; reg++) if ((writes & (1 << reg)) !== 0) forget(facts, reg);
}

/** Slots of loads and stores whose check every way there has done already. */
export function repeatedChecks(code: Code, { blocks }: Flow): ReadonlySet<number> {
  const atBegin = new Map<Block, Facts>();
  const [entry] = blocks;
  if (entry !== undefined) atBegin.set(entry, new Int32Array(REGISTERS * PER_REGISTER));
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      const facts = atBegin.get(block)?.slice();
      if (facts === undefined) continue;
      for (const slot of block.slots) step(code, slot, facts);
      for (const next of block.successors) changed = meet(atBegin, next, facts) || changed;
    }
  }
  const repeated = new Set<number>();
  for (const block of blocks) {
    const facts = atBegin.get(block)?.slice();
    if (facts === undefined) continue;
    for (const slot of block.slots) {
      const access = accessAt(code, slot);
      if (access !== undefined && has(facts, access.base, access.kind, access.off, access.bytes)) repeated.add(slot);
      step(code, slot, facts);
    }
  }
  return repeated;
}

/** Keeps at a block's begin only what also holds on this way; true when that changed anything. */
function meet(atBegin: Map<Block, Facts>, block: Block, facts: Facts): boolean {
  const old = atBegin.get(block);
  if (old === undefined) {
    atBegin.set(block, facts.slice());
    return true;
  }
  let changed = false;
  for (let i = 0; i < old.length; i++) {
    const both = (old[i] ?? 0) & (facts[i] ?? 0);
    if (both === old[i]) continue;
    old[i] = both;
    changed = true;
  }
  return changed;
}
