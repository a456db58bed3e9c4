/**
 * Does a stored state cover the current one? `old` was explored to its end (or, for loops, is an ancestor), `cur` is new.
 * Rules: states_equal, func_states_equal, stacksafe, regsafe of kernel/bpf/verifier.c (6.18).
 */
import { rangeWithin, sameScalar } from "../domain/scalar.js";
import { tnumIn } from "../domain/tnum.js";
import { Kind, LINKED, type Reg, UNKNOWN_REG } from "./reg.js";
import { Byte, byteType, EMPTY_SLOT, isFullSpill, isSpill, type Slot } from "./slot.js";
import type { Frame, State } from "./state.js";

/** How closely scalars must match: precise ones by range, all by range, all alike. */
export const Exactness = { Not: 0, Exact: 1, Range: 2 } as const;

/** Keeps ids with a difference apart from those without. */
const DIFFERENCE = 1 << 29;

/** Ids of both states, matched as they are met. One is enough for an exploration. */
export class IdMap {
  private readonly old: number[] = [];
  private readonly cur: number[] = [];
  private count = 0;
  private temporary = 1 << 28;
  /** Register that told the states apart, -1 for none. */
  failed = -1;

  /** Before two other states are compared. */
  clear(): this {
    this.count = 0;
    this.failed = -1;
    return this;
  }

  check(old: number, cur: number): boolean {
    if ((old === 0) !== (cur === 0)) return false;
    if (old === 0) return true;
    const { count } = this;
    for (let i = 0; i < count; i++) {
      if (this.old[i] === old) return this.cur[i] === cur;
      if (this.cur[i] === cur) return false;
    }
    this.old[count] = old;
    this.cur[count] = cur;
    this.count = count + 1;
    return true;
  }

  /** What nothing was linked to in the old state may be linked to anything now (check_scalar_ids, 6.18.y). */
  checkScalar(old: Reg, cur: Reg): boolean {
    if (old.id === 0) return true;
    const id = cur.id === 0 ? ++this.temporary : cur.id;
    if ((old.flags & LINKED) === 0) return this.check(old.id, id);
    return this.check(old.id + DIFFERENCE, id + DIFFERENCE) && this.check(old.id, id);
  }
}

function exactRegs(old: Reg, cur: Reg, ids: IdMap): boolean {
  return (
    old.kind === cur.kind &&
    old.flags === cur.flags &&
    old.off === cur.off &&
    old.extra === cur.extra &&
    old.uid === cur.uid &&
    sameScalar(old.s, cur.s) &&
    ids.check(old.id, cur.id) &&
    ids.check(old.ref, cur.ref)
  );
}

const within = (old: Reg, cur: Reg): boolean =>
  old.s === cur.s || (rangeWithin(old.s, cur.s) && tnumIn(old.s.bits, cur.s.bits));

/** No other register's id is to be compared with its ids. */
const isAlone = (reg: Reg): boolean => reg.id === 0 && reg.ref === 0;

/** @param precise the old register's mark */
export function regCovers(old: Reg, cur: Reg, precise: boolean, ids: IdMap, exact: number): boolean {
  if (exact === Exactness.Exact) return exactRegs(old, cur, ids);
  if (old.kind === Kind.None) return true;
  if (old.kind !== cur.kind) return false;
  if (old.kind === Kind.Scalar) {
    if (!precise && exact === Exactness.Not) return true;
    if (old.id !== 0 && (old.flags & LINKED) !== (cur.flags & LINKED)) return false;
    if ((old.flags & LINKED) !== 0 && old.off !== cur.off) return false;
    return within(old, cur) && ids.checkScalar(old, cur);
  }
  if (old.flags !== cur.flags) return false;
  switch (old.kind) {
    case Kind.MapKey:
    case Kind.MapValue:
    case Kind.Mem:
    case Kind.Buf:
    case Kind.TpBuffer:
      return (
        old.off === cur.off &&
        old.extra === cur.extra &&
        old.uid === cur.uid &&
        within(old, cur) &&
        ids.check(old.id, cur.id) &&
        ids.check(old.ref, cur.ref)
      );
    case Kind.PktMeta:
    case Kind.Pkt:
      return old.extra <= cur.extra && old.off === cur.off && ids.check(old.id, cur.id) && within(old, cur);
    case Kind.Arena:
      return true;
    default:
      return exactRegs(old, cur, ids);
  }
}

/** A slot that loads as a 64-bit scalar: a spilled one, or bytes of which nothing is known. */
function slotScalar(slot: Slot): Reg | undefined {
  if (isFullSpill(slot) && slot.spilled?.kind === Kind.Scalar) return slot.spilled;
  for (let at = 0; at < 8; at++) {
    const type = byteType(slot, at);
    if (type !== Byte.Misc && type !== Byte.Invalid) return undefined;
  }
  return UNKNOWN_REG;
}

/** Only Invalid (0) and Misc (2) bytes: the middle bit alone, never the lowest or highest. */
const mayBeAnything = (types: number): boolean => (types & 0o55555555) === 0;

/** Dynptrs by type, iterators by state, IRQ flags by who saved them; all by reference. Rounds of iterators do not count. */
function specialCovers(old: Reg, cur: Reg, ids: IdMap): boolean {
  return (
    old.kind === cur.kind &&
    old.flags === cur.flags &&
    old.off === cur.off &&
    old.extra === cur.extra &&
    ids.check(old.ref, cur.ref)
  );
}

function slotCovers(old: Slot, cur: Slot, precise: boolean, ids: IdMap, exact: number): boolean {
  if (exact !== Exactness.Not && old.types !== cur.types) return false;
  // Whoever may read uninitialised stack did not care for what lies here.
  if (mayBeAnything(old.types)) return true;
  const oldScalar = slotScalar(old);
  const curScalar = oldScalar === undefined ? undefined : slotScalar(cur);
  if (oldScalar !== undefined && curScalar !== undefined) {
    return regCovers(oldScalar, curScalar, precise, ids, exact);
  }
  for (let at = 0; at < 8; at++) {
    const a = byteType(old, at);
    const b = byteType(cur, at);
    if (a === Byte.Invalid || a === Byte.Misc) continue;
    if (a !== b) return false;
  }
  const last = byteType(old, 7);
  if (isSpill(old)) {
    if (old.spilled === undefined || cur.spilled === undefined) return old.spilled === cur.spilled;
    return regCovers(old.spilled, cur.spilled, precise, ids, exact);
  }
  if (last >= Byte.Dynptr) {
    if (old.spilled === undefined || cur.spilled === undefined) return false;
    return specialCovers(old.spilled, cur.spilled, ids);
  }
  return true;
}

/** Remembers that live register `r` of the innermost frame told the states apart: it will mostly do it again. */
function remember(old: State, r: number): void {
  const reg = old.frame.regs[r];
  if (reg?.kind !== Kind.Scalar || ((old.frame.preciseRegs >> r) & 1) === 0) return;
  old.hint = r;
  old.hintLeast = reg.s.u32min;
  old.hintMost = reg.s.u32max;
}

function stackCovers(old: Frame, cur: Frame, ids: IdMap, exact: number): boolean {
  for (let i = 0; i < old.stack.length; i++) {
    const a = old.stack[i] ?? EMPTY_SLOT;
    // Most slots of a finished state: nothing reads them any more.
    if (a === EMPTY_SLOT && exact === Exactness.Not) continue;
    if (i >= cur.stack.length && (exact !== Exactness.Not || !mayBeAnything(a.types))) return false;
    const b = cur.stack[i] ?? EMPTY_SLOT;
    if (a === b && (a.spilled === undefined || isAlone(a.spilled))) continue;
    if (!slotCovers(a, b, old.slotPrecise(i), ids, exact)) return false;
  }
  if (exact === Exactness.Not) return true;
  if (old.allocated > cur.stack.length) return false;
  for (let i = old.stack.length; i < old.allocated; i++) if (cur.stack[i]?.types !== 0) return false;
  return true;
}

function frameCovers(old: Frame, cur: Frame, live: number, ids: IdMap, exact: number): boolean {
  if (old.callbackDepth > cur.callbackDepth) return false;
  for (let r = 0; r < 10; r++) {
    if (((live >> r) & 1) === 0) continue;
    const a = old.regs[r];
    const b = cur.regs[r];
    if (a === undefined || b === undefined) return false;
    if (a === b && isAlone(a)) continue;
    if (!regCovers(a, b, ((old.preciseRegs >> r) & 1) === 1, ids, exact)) {
      if (exact === Exactness.Not) ids.failed = r;
      return false;
    }
  }
  return stackCovers(old, cur, ids, exact);
}

function refsCover(old: State, cur: State, ids: IdMap): boolean {
  if (old.refs.length !== cur.refs.length) return false;
  if (old.lock !== cur.lock || old.rcu !== cur.rcu || old.preempt !== cur.preempt || !ids.check(old.irq, cur.irq)) {
    return false;
  }
  if (old.refs.length === 0) return true;
  return old.refs.every((ref, i) => {
    const other = cur.refs[i];
    return other !== undefined && ref.held === other.held && ref.place === other.place && ids.check(ref.id, other.id);
  });
}

/**
 * @param liveAt registers (bit set) that an instruction may still read
 * @param map room for the comparison
 */
export function stateCovers(old: State, cur: State, liveAt: Uint16Array, exact: number, map: IdMap): boolean {
  if (old.frames.length !== cur.frames.length || old.sleepable !== cur.sleepable) return false;
  const ids = map.clear();
  if (!refsCover(old, cur, ids)) return false;
  for (let i = 0; i < old.frames.length; i++) {
    const a = old.frames[i];
    const b = cur.frames[i];
    if (a === undefined || b === undefined || a.callsite !== b.callsite) return false;
    const insn = i === old.frames.length - 1 ? old.insn : (old.frames[i + 1]?.callsite ?? 0);
    if (!frameCovers(a, b, liveAt[insn] ?? 0x7ff, ids, exact)) {
      if (a === old.frame && ids.failed >= 0) remember(old, ids.failed);
      return false;
    }
  }
  return true;
}
