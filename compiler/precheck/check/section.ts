/** Sections: RCU, preemption, IRQ, locks; what may sleep in them (in_rcu_cs, in_sleepable; kernel/bpf/verifier.c, 6.18). */
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Held, type Reference, type State } from "../state/state.js";

const LOCKS: ReadonlySet<number> = new Set([Held.Lock, Held.ResLock, Held.ResLockIrq]);

export const isLock = (ref: Reference): boolean => LOCKS.has(ref.held ?? 0);
export const isPointerRef = (ref: Reference): boolean => (ref.held ?? Held.Pointer) === Held.Pointer;
export const holdsLock = (state: State): boolean => state.lock !== 0;

export function sleepable(env: Env): boolean {
  return env.state.sleepable;
}

/** In RCU by itself, by a lock, or because programs that cannot sleep always are. */
export function inRcuSection(env: Env): boolean {
  return env.state.rcu > 0 || holdsLock(env.state) || !sleepable(env);
}

/** A helper that may sleep, called here. @throws Rejection `EB5008`, `EB5012` */
export function refuseSleep(env: Env, what: string): void {
  const { state } = env;
  if (!sleepable(env)) reject(Reason.Helper, "helper call might sleep in a non-sleepable prog");
  if (state.rcu > 0) reject(Reason.Lock, `sleepable ${what} in rcu_read_lock region`);
  if (state.preempt > 0) reject(Reason.Lock, `sleepable ${what} in non-preemptible region`);
  if (state.irq !== 0) reject(Reason.Lock, `sleepable ${what} in IRQ-disabled region`);
}
