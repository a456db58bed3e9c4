/**
 * Open-coded iterators: stack slots that new, next and destroy own (process_iter_arg, process_iter_next_call;
 * kernel/bpf/verifier.c, 6.18). The record of each slot is a register of kind Iter: `extra` its type, `off` 1 active or 2
 * drained, `uid` rounds begun, `ref` in the first slot what must be destroyed.
 */
import { ZERO } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { ACTIVE, isIter } from "../explore/rounds.js";
import { previousEntry } from "../explore/visited.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, type Reg, Reg as RegClass, UNKNOWN_REG, ZERO_REG } from "../state/reg.js";
import { allBytes, Byte, EMPTY_SLOT, Slot } from "../state/slot.js";
import type { Frame, State } from "../state/state.js";
import { KF, type Kfunc } from "../tables/kfuncs.js";
import { inRcuSection } from "./section.js";
import { widen } from "./widen.js";

const DRAINED = 2;

interface Place {
  readonly frame: Frame;
  readonly spi: number;
}

function placeOf(env: Env, reg: Reg, slots: number): Place | undefined {
  if (!reg.s.isConst) reject(Reason.Argument, "iter has to be at a constant offset");
  const off = reg.off + Number(BigInt.asIntN(64, reg.s.umin));
  if (off % 8 !== 0) reject(Reason.Argument, `cannot pass in iter at an offset=${off}`);
  const spi = -off / 8 - 1;
  const frame = env.state.frames[reg.extra];
  if (frame === undefined || spi - slots + 1 < 0 || spi >= 64) return undefined;
  return { frame, spi };
}

function create(
  env: Env,
  regno: number,
  reg: Reg,
  kfunc: Kfunc,
  slots: number,
  type: number,
  insn: number,
  name: string,
): void {
  const place = placeOf(env, reg, slots);
  const used =
    place !== undefined && Array.from({ length: slots }, (_, i) => place.frame.slot(place.spi - i)).some(isIter);
  if (place === undefined || used) reject(Reason.Argument, `expected uninitialized ${name} as arg #${regno - 1}`);
  env.useStack(place.frame, (place.spi + 1) * 8);
  const id = env.nextId();
  env.state.refs = [...env.state.refs, { id, insn }];
  const flags = kfunc.has(KF.RcuProtected) ? (inRcuSection(env) ? Flag.Rcu : Flag.Untrusted) : 0;
  for (let i = 0; i < slots; i++) {
    const record = new RegClass(Kind.Iter, flags, ACTIVE, ZERO, 0, i === 0 ? id : 0, type, 0);
    place.frame.setSlot(place.spi - i, new Slot(allBytes(Byte.Iter), record));
    env.markStackWrite(place.frame.number, place.spi - i);
  }
}

/** An iterator argument that was checked. */
export interface IterFacts {
  readonly place: Place;
  readonly rcu: boolean;
}

/** Checks the first argument of new, next and destroy. @returns of next, where the iterator is */
export function iteratorArgument(
  env: Env,
  regno: number,
  kfunc: Kfunc,
  size: number,
  typeName: string,
  insn: number,
): IterFacts | undefined {
  const reg = env.source(regno);
  const name = typeName.replace(/^bpf_/, "");
  if (reg.kind !== Kind.Stack) reject(Reason.Argument, `arg#${regno - 1} expected pointer to an iterator on stack`);
  const slots = size / 8;
  const type = env.types.idOf(typeName);
  if (kfunc.has(KF.IterNew)) {
    create(env, regno, reg, kfunc, slots, type, insn, name);
    return undefined;
  }
  const place = placeOf(env, reg, slots);
  const uninitialised = (): never => reject(Reason.Argument, `expected an initialized ${name} as arg #${regno - 1}`);
  if (place === undefined) return uninitialised();
  for (let i = 0; i < slots; i++) {
    const slot = place.frame.slot(place.spi - i);
    const record = slot.spilled;
    if (!isIter(slot) || record === undefined) return uninitialised();
    if ((record.flags & Flag.Untrusted) !== 0) reject(Reason.Lock, `expected an RCU CS when using ${kfunc.name}`);
    if (record.extra !== type || (i === 0) !== (record.ref !== 0)) return uninitialised();
  }
  for (let i = 0; i < slots; i++) env.markStackRead(place.frame.number, place.spi - i);
  const first = place.frame.slot(place.spi).spilled;
  if (kfunc.has(KF.IterDestroy)) {
    const ref = first?.ref ?? 0;
    env.state.refs = env.state.refs.filter((r) => r.id !== ref);
    env.mapRegs(env.state, (r) => (r.ref === ref ? UNKNOWN_REG : r));
    for (let i = 0; i < slots; i++) {
      place.frame.setSlot(place.spi - i, EMPTY_SLOT);
      env.markStackWrite(place.frame.number, place.spi - i);
    }
  }
  return { place, rcu: ((first?.flags ?? 0) & Flag.Rcu) !== 0 };
}

function change(state: State, place: Place, update: (record: Reg) => Reg): void {
  const frame = state.frames[place.frame.number];
  const slot = frame?.slot(place.spi);
  if (frame === undefined || slot?.spilled === undefined) return;
  frame.setSlot(place.spi, new Slot(slot.types, update(slot.spilled)));
}

/** r0 holds next's result: one path goes on with an element, this one with the end of the iteration. */
export function iteratorNext(env: Env, facts: IterFacts, insn: number): void {
  const { place } = facts;
  const record = place.frame.slot(place.spi).spilled;
  if (record?.off === ACTIVE) {
    const queued = env.push(insn + 1, insn);
    change(queued, place, (r) => r.with({ uid: r.uid + 1 }));
    const { parent } = env.state;
    widen(queued, previousEntry(env, parent, insn));
    const { regs } = queued.frame;
    const r0 = regs[0];
    if (r0 !== undefined) regs[0] = r0.with({ flags: r0.flags & ~Flag.MaybeNull, id: r0.ref === 0 ? 0 : r0.id });
  }
  change(env.state, place, (r) => r.with({ off: DRAINED }));
  env.setReg(0, ZERO_REG);
}
