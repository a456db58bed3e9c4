/** Spin locks, plain and resilient, and saved IRQ flags (process_spin_lock, process_irq_flag; kernel/bpf/verifier.c, 6.18). */
import { ZERO } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { type Field, fieldOf, fieldsOf } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Kind, LOCAL_TYPES, Reg, regTypeName, UNKNOWN_REG } from "../state/reg.js";
import { allBytes, Byte, byteType, EMPTY_SLOT, isSpecial, Slot } from "../state/slot.js";
import { Held, type Reference } from "../state/state.js";
import { isLock, isPointerRef } from "./section.js";
import { isAllocated, isNonOwning } from "./trust.js";

/** Special members of what a register points to. */
export function fieldsAt(env: Env, reg: Reg): readonly Field[] {
  if (reg.kind === Kind.MapValue) return env.map(reg.extra).fields ?? [];
  if (reg.kind === Kind.Btf && reg.extra >= LOCAL_TYPES) return fieldsOf(env.types.program, reg.extra - LOCAL_TYPES);
  return [];
}

/** Which map, or (-1) the program's own BTF, an allocation belongs to. */
const placeOf = (reg: Reg): number => (reg.kind === Kind.MapValue ? reg.extra : -1);

/** Offset that a register points at; undefined when it varies. */
export const constantOffset = (reg: Reg): number | undefined =>
  reg.s.isConst ? reg.off + Number(BigInt.asIntN(64, reg.s.bits.v)) : undefined;

const held = (env: Env, wanted: (ref: Reference) => boolean): Reference | undefined => env.state.refs.find(wanted);

/** The lock of the same allocation is held (check_reg_allocation_locked). */
export function allocationLocked(env: Env, reg: Reg): boolean {
  return held(env, (r) => isLock(r) && r.id === reg.id && r.place === placeOf(reg)) !== undefined;
}

/** Nodes that lists and trees own are not to be used after unlocking. */
export function dropNonOwning(env: Env): void {
  env.mapRegs(env.state, (reg) => (isNonOwning(reg) ? UNKNOWN_REG : reg));
}

/**
 * @param kind Held.Lock for bpf_spin_lock, Held.ResLock and Held.ResLockIrq for the kernel functions
 */
export function spinLock(env: Env, regno: number, lock: boolean, kind: number, insn: number): void {
  const reg = env.source(regno);
  const resilient = kind !== Held.Lock;
  const name = resilient ? "bpf_res_spin" : "bpf_spin";
  const struct = resilient ? "bpf_res_spin_lock" : "bpf_spin_lock";
  if (reg.maybeNull || (reg.kind !== Kind.MapValue && !isAllocated(reg)))
    reject(
      reg.maybeNull ? Reason.Null : Reason.Argument,
      `R${regno} type=${regTypeName(reg)} expected=map_value, ptr_`,
    );
  const at = constantOffset(reg);
  if (at === undefined) {
    reject(Reason.Argument, `R${regno} doesn't have constant offset. ${name}_lock has to be at the constant offset`);
  }
  const own = reg.kind === Kind.MapValue ? env.map(reg.extra).name : env.types.nameOf(reg.extra);
  const field = fieldOf(fieldsAt(env, reg), struct);
  if (field === undefined) reject(Reason.Map, `'${own}' has no valid ${name}_lock`);
  if (field.off !== at) {
    reject(Reason.Argument, `off ${at} doesn't point to 'struct ${name}_lock' that is at ${field.off}`);
  }
  const { state } = env;
  const place = placeOf(reg);
  const same = (r: Reference): boolean => r.id === reg.id && r.place === place;
  if (lock) {
    if (!resilient && held(env, (r) => r.held === Held.Lock) !== undefined)
      reject(Reason.Lock, "Locking two bpf_spin_locks are not allowed");
    if (resilient && held(env, (r) => isLock(r) && r.held !== Held.Lock && same(r)) !== undefined)
      reject(Reason.Lock, "Acquiring the same lock again, AA deadlock detected");
    state.refs = [...state.refs, { id: reg.id, insn, held: kind, place }];
    state.lock++;
    return;
  }
  if (state.lock === 0) reject(Reason.Lock, `${name}_unlock without taking a lock`);
  const locks = state.refs.filter(isLock);
  const mine = locks.find((r) => r.held === kind && same(r));
  if (mine === undefined) reject(Reason.Lock, `${name}_unlock of different lock`);
  if (locks[locks.length - 1] !== mine) reject(Reason.Lock, `${name}_unlock cannot be out of order`);
  state.refs = state.refs.filter((r) => r !== mine);
  state.lock--;
  dropNonOwning(env);
}

const isFlag = (slot: Slot): boolean => byteType(slot, 7) === Byte.Irq;

/**
 * A word of the stack that keeps the IRQ state.
 * @param kind 1 for bpf_local_irq_save, 2 for bpf_res_spin_lock_irqsave
 */
export function irqFlag(env: Env, regno: number, save: boolean, kind: number, insn: number): void {
  const reg = env.source(regno);
  const arg = `arg#${regno - 1}`;
  if (reg.kind !== Kind.Stack) reject(Reason.Argument, `${arg} doesn't point to an irq flag on stack`);
  const off = constantOffset(reg);
  const frame = env.state.frames[reg.extra];
  const uninitialised = (): never =>
    reject(Reason.Argument, `expected ${save ? "uninitialized" : "an initialized"} irq flag as ${arg}`);
  if (off === undefined || frame === undefined || off % 8 !== 0 || off >= 0 || off < -512) return uninitialised();
  const spi = -off / 8 - 1;
  const slot = frame.slot(spi);
  const { state } = env;
  if (save) {
    if (isFlag(slot) || isSpecial(slot)) uninitialised();
    env.useStack(frame, (spi + 1) * 8);
    const id = env.nextId();
    state.refs = [...state.refs, { id, insn, held: Held.Irq }];
    state.irq = id;
    env.markStackWrite(frame.number, spi);
    frame.setSlot(spi, new Slot(allBytes(Byte.Irq), new Reg(Kind.Irq, 0, 0, ZERO, 0, id, kind, 0)));
    return;
  }
  env.markStackRead(frame.number, spi);
  const record = slot.spilled;
  if (!isFlag(slot) || record === undefined) return uninitialised();
  if (record.extra !== kind) {
    const [was, now] = kind === 1 ? ["lock", "native"] : ["native", "lock"];
    reject(Reason.Lock, `irq flag acquired by ${was} kfuncs cannot be restored with ${now} kfuncs`);
  }
  if (record.ref !== state.irq) {
    reject(Reason.Lock, `cannot restore irq state out of order, expected id=${state.irq}`);
  }
  state.refs = state.refs.filter((r) => r.id !== record.ref || r.held !== Held.Irq);
  state.irq = state.refs.reduce((last, r) => (r.held === Held.Irq ? r.id : last), 0);
  env.markStackWrite(frame.number, spi);
  frame.setSlot(spi, EMPTY_SLOT);
}

/**
 * At an exit, a tail call or a packet load nothing may be held (check_resource_leak).
 * @param except reference that may stay, because it is returned
 */
export function checkNothingHeld(env: Env, what: string, except = 0): void {
  const { state } = env;
  const ref = state.refs.find((r) => isPointerRef(r) && r.id !== except);
  if (ref !== undefined) {
    reject(
      Reason.Reference,
      `Unreleased reference id=${ref.id} alloc_insn=${ref.insn}: ${what} would lead to reference leak`,
    );
  }
  if (state.lock !== 0) reject(Reason.Lock, `${what} cannot be used inside bpf_spin_lock-ed region`);
  if (state.irq !== 0) reject(Reason.Lock, `${what} cannot be used inside bpf_local_irq_save-ed region`);
  if (state.rcu !== 0) reject(Reason.Lock, `${what} cannot be used inside bpf_rcu_read_lock-ed region`);
  if (state.preempt !== 0) reject(Reason.Lock, `${what} cannot be used inside bpf_preempt_disable-ed region`);
}
