/** Pruning: was this instruction reached in a state that covers the present one? (is_state_visited; kernel/bpf/verifier.c, 6.18) */
import { CallKind, Op } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Exactness, stateCovers } from "../state/equal.js";
import { NO_REG } from "../state/reg.js";
import type { State } from "../state/state.js";
import { SYNC_CALLBACKS } from "./flow.js";
import { propagatePrecision } from "./precision.js";

/** Dead registers of a finished state match anything (clean_verifier_state). */
function clean(env: Env, state: State): void {
  if (state.cleaned || state.branches > 0) return;
  state.cleaned = true;
  state.frames.forEach((frame, f) => {
    const insn = f === state.frames.length - 1 ? state.insn : (state.frames[f + 1]?.callsite ?? 0);
    const live = env.flow.live[insn] ?? 0x3ff;
    for (let r = 0; r < 10; r++) if (((live >> r) & 1) === 0) frame.regs[r] = NO_REG;
  });
}

function maybeLooping(old: State, cur: State): boolean {
  if (old.frames.length !== cur.frames.length) return false;
  const { regs } = old.frame;
  // Registers that never change inside a loop are the same objects; cheap test before the full one.
  for (let r = 0; r < 10; r++) {
    const a = regs[r];
    const b = cur.frame.regs[r];
    if (a === b) continue;
    if (a === undefined || b === undefined || a.kind !== b.kind || a.off !== b.off || a.extra !== b.extra) return false;
    if (a.s !== b.s && (a.s.umin !== b.s.umin || a.s.umax !== b.s.umax || a.s.bits.v !== b.s.bits.v)) return false;
  }
  return true;
}

function hit(env: Env, old: State): true {
  old.hits++;
  if (env.flow.jump[env.insn] === 1) env.remember();
  propagatePrecision(env.flow, old, env.state, env.isGlobal);
  return true;
}

/** @returns true when the rest of this path was seen before */
export function isVisited(env: Env): boolean {
  const { insn, state } = env;
  const force = env.flow.force[insn] === 1 || state.history.length > 40;
  let store = force || (env.jumps - env.lastJumps >= 2 && env.cost.processed - env.lastProcessed >= 8);
  const call = env.flow.at[insn];
  const callback = call?.opcode === Op.Call && call.src === CallKind.Helper && SYNC_CALLBACKS.has(call.imm);
  const mayGoto = call?.opcode === Op.Cond;
  const live = (slot: number): number => env.flow.live[slot] ?? 0x3ff;
  const list = env.explored.get(insn) ?? [];
  for (let i = 0; i < list.length; i++) {
    const old = list[i];
    if (old === undefined) continue;
    clean(env, old);
    if (old.branches > 0) {
      if (callback || mayGoto) {
        const differs = callback || old.mayGotoDepth !== state.mayGotoDepth;
        if (differs && stateCovers(old, state, live, Exactness.Range)) {
          old.loop = true;
          return hit(env, old);
        }
      }
      if (
        !callback &&
        maybeLooping(old, state) &&
        old.mayGotoDepth === state.mayGotoDepth &&
        old.callbackUnroll === state.callbackUnroll &&
        stateCovers(old, state, live, Exactness.Exact)
      ) {
        reject(Reason.Loop, `infinite loop detected at insn ${insn}`);
      }
      // A long loop would store too many states.
      if (!force && env.jumps - env.lastJumps < 20 && env.cost.processed - env.lastProcessed < 100) store = false;
    } else if (stateCovers(old, state, live, old.loop ? Exactness.Range : Exactness.Not)) {
      return hit(env, old);
    }
    if (store) old.misses++;
    const patience = env.flow.force[insn] === 1 && old.branches > 0 ? 64 : 3;
    if (old.misses > old.hits * patience + patience) list.splice(i--, 1);
  }
  if (!store) return false;
  env.lastJumps = env.jumps;
  env.lastProcessed = env.cost.processed;
  for (const frame of state.frames) frame.forgetPrecision();
  const kept = state.copy();
  kept.insn = insn;
  env.cost.states++;
  state.parent = kept;
  state.firstInsn = insn;
  state.depth = kept.depth + 1;
  state.history = [];
  list.unshift(kept);
  env.explored.set(insn, list);
  return false;
}
