/**
 * Dynptrs: two stack slots that only helpers and kernel functions may touch (process_dynptr_func, mark_stack_slots_dynptr,
 * destroy_if_dynptr_stack_slot; kernel/bpf/verifier.c, 6.18). The record of each slot is a register of kind DynptrPtr:
 * `extra` its type, `off` 1 in the first slot, `id` the dynptr, `ref` what it holds.
 */
import { ZERO } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, Reg, regTypeName, UNKNOWN_REG } from "../state/reg.js";
import { allBytes, Byte, EMPTY_SLOT, isSpecial, Slot } from "../state/slot.js";
import type { Frame } from "../state/state.js";

/** enum bpf_dynptr_type. */
export const Dynptr = { Invalid: 0, Local: 1, Ringbuf: 2, Skb: 3, Xdp: 4, SkbMeta: 5 } as const;
const NAMES: readonly string[] = ["invalid", "local", "ringbuf", "skb", "xdp", "skb_meta"];
const PACKET_TYPES: ReadonlySet<number> = new Set([Dynptr.Skb, Dynptr.Xdp, Dynptr.SkbMeta]);

/** What a call learns of an initialised dynptr argument. */
export interface DynptrFacts {
  readonly type: number;
  readonly id: number;
  readonly ref: number;
}

const isDynptr = (slot: Slot): boolean => slot.types === allBytes(Byte.Dynptr) && slot.spilled?.kind === Kind.DynptrPtr;

interface Place {
  readonly frame: Frame;
  /** Slot of the lower address; the other is `spi - 1`. */
  readonly spi: number;
}

/** @returns undefined when the two slots do not lie in the stack */
function placeOf(env: Env, reg: Reg): Place | undefined {
  if (!reg.s.isConst) reject(Reason.Argument, "dynptr has to be at a constant offset");
  const off = reg.off + Number(BigInt.asIntN(64, reg.s.umin));
  if (off % 8 !== 0) reject(Reason.Argument, `cannot pass in dynptr at an offset=${off}`);
  const spi = -off / 8 - 1;
  const frame = env.state.frames[reg.extra];
  if (frame === undefined || spi < 1 || spi >= 64) return undefined;
  return { frame, spi };
}

/** Slices of the dynptr are no longer to be used. */
function dropSlices(env: Env, id: number): void {
  env.mapRegs(env.state, (reg) => (reg.kind === Kind.Mem && reg.uid === id ? UNKNOWN_REG : reg));
}

function clear(env: Env, frame: Frame, spi: number): void {
  env.markStackWrite(frame.number, spi);
  env.markStackWrite(frame.number, spi - 1);
  frame.setSlot(spi, EMPTY_SLOT);
  frame.setSlot(spi - 1, EMPTY_SLOT);
}

/** A write to a slot of a dynptr ends it; one that holds the only reference may not be overwritten. */
export function destroyDynptr(env: Env, frame: Frame, slot: number): void {
  const record = frame.slot(slot).spilled;
  if (!isDynptr(frame.slot(slot)) || record === undefined) return;
  const spi = record.off === 1 ? slot : slot + 1;
  if (record.ref !== 0) {
    let clones = 0;
    for (const f of env.state.frames) {
      for (const s of f.stack) if (isDynptr(s) && s.spilled?.off === 1 && s.spilled.ref === record.ref) clones++;
    }
    if (clones <= 1) reject(Reason.Reference, "cannot overwrite referenced dynptr");
  }
  clear(env, frame, spi);
  dropSlices(env, record.id);
}

function mark(env: Env, place: Place, type: number, ref: number): void {
  destroyDynptr(env, place.frame, place.spi);
  destroyDynptr(env, place.frame, place.spi - 1);
  const id = env.nextId();
  const record = (first: number): Reg => new Reg(Kind.DynptrPtr, 0, first, ZERO, id, ref, type, 0);
  place.frame.setSlot(place.spi, new Slot(allBytes(Byte.Dynptr), record(1)));
  place.frame.setSlot(place.spi - 1, new Slot(allBytes(Byte.Dynptr), record(0)));
  env.markStackWrite(place.frame.number, place.spi);
  env.markStackWrite(place.frame.number, place.spi - 1);
}

function valid(_env: Env, regno: number, reg: Reg): void {
  if (reg.kind !== Kind.Stack && reg.kind !== Kind.DynptrPtr) {
    reject(
      Reason.Argument,
      `arg#${regno - 1} expected pointer to stack or const struct bpf_dynptr (R${regno} is ${regTypeName(reg)})`,
    );
  }
}

/**
 * A call initialises a dynptr.
 * @param insn slot that acquires, for types that hold a reference
 * @param clone reference of the dynptr that is cloned, or 0
 */
export function initialiseDynptr(env: Env, regno: number, type: number, insn: number, clone: number): void {
  const reg = env.source(regno);
  valid(env, regno, reg);
  const place = reg.kind === Kind.Stack ? placeOf(env, reg) : undefined;
  if (place === undefined) reject(Reason.Argument, "Dynptr has to be an uninitialized dynptr");
  for (const spi of [place.spi, place.spi - 1]) {
    destroyDynptr(env, place.frame, spi);
    if (isSpecial(place.frame.slot(spi))) place.frame.setSlot(spi, EMPTY_SLOT);
  }
  env.useStack(place.frame, (place.spi + 1) * 8);
  let ref = clone;
  if (type === Dynptr.Ringbuf && ref === 0) {
    ref = env.nextId();
    env.state.refs = [...env.state.refs, { id: ref, insn }];
  }
  mark(env, place, type, ref);
}

/**
 * A call uses a dynptr.
 * @param mutates it may not be a const pointer to one
 * @param type the only type that is taken, or 0
 */
export function useDynptr(env: Env, regno: number, mutates: boolean, type = 0): DynptrFacts {
  const reg = env.source(regno);
  valid(env, regno, reg);
  if (reg.kind === Kind.DynptrPtr) {
    if (mutates) reject(Reason.Argument, "cannot pass pointer to const bpf_dynptr, the helper mutates it");
    if (reg.off !== 0 || !reg.s.isZero)
      reject(Reason.Argument, `dereference of modified dynptr_ptr ptr R${regno} off=${reg.off} disallowed`);
    return { type: reg.extra, id: reg.id, ref: reg.ref };
  }
  const place = placeOf(env, reg);
  const record = place?.frame.slot(place.spi).spilled;
  if (
    place === undefined ||
    record === undefined ||
    record.off !== 1 ||
    !isDynptr(place.frame.slot(place.spi)) ||
    !isDynptr(place.frame.slot(place.spi - 1))
  ) {
    reject(Reason.Argument, `Expected an initialized dynptr as arg #${regno - 1}`);
  }
  if (type !== 0 && record.extra !== type) {
    reject(Reason.Argument, `Expected a dynptr of type ${NAMES[type] ?? "?"} as arg #${regno - 1}`);
  }
  env.markStackRead(place.frame.number, place.spi);
  env.markStackRead(place.frame.number, place.spi - 1);
  return { type: record.extra, id: record.id, ref: record.ref };
}

/** The call gives the dynptr's memory back: it, its clones and their slices end. */
export function releaseDynptr(env: Env, regno: number): void {
  const reg = env.source(regno);
  if (reg.kind === Kind.DynptrPtr) reject(Reason.Reference, "cannot release unowned const bpf_dynptr");
  const facts = useDynptr(env, regno, true, Dynptr.Ringbuf);
  if (facts.ref === 0) reject(Reason.Reference, `arg ${regno} is an unacquired reference`);
  const ended: number[] = [];
  for (const frame of env.state.frames) {
    frame.stack.forEach((slot, i) => {
      if (!isDynptr(slot) || slot.spilled?.ref !== facts.ref) return;
      ended.push(slot.spilled.id);
      env.markStackWrite(frame.number, i);
      frame.setSlot(i, EMPTY_SLOT);
    });
  }
  for (const id of ended) dropSlices(env, id);
  env.state.refs = env.state.refs.filter((r) => r.id !== facts.ref);
  env.mapRegs(env.state, (r) => (r.ref === facts.ref ? UNKNOWN_REG : r));
}

/** Memory inside a dynptr, as bpf_dynptr_data and the slice functions give it. */
export function dynptrMemory(env: Env, facts: DynptrFacts, size: number, readOnly: boolean): Reg {
  const flags = Flag.MaybeNull | (readOnly ? Flag.ReadOnly : 0) | (PACKET_TYPES.has(facts.type) ? Flag.PktSlice : 0);
  return new Reg(Kind.Mem, flags, 0, ZERO, env.nextId(), facts.ref, size, facts.id);
}

/** Packets may have moved: slices of them end (clear_all_pkt_pointers). */
export const isPacketSlice = (reg: Reg): boolean => reg.kind === Kind.Mem && (reg.flags & Flag.PktSlice) !== 0;
