/** Pruning: was this instruction reached in a state that covers the present one? (is_state_visited; kernel/bpf/verifier.c, 6.18) */
import { Op } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Exactness, stateCovers } from "../state/equal.js";
import { Kind, NO_REG } from "../state/reg.js";
import { EMPTY_SLOT } from "../state/slot.js";
import type { State } from "../state/state.js";
import { iteratorActive, roundsDiffer } from "./rounds.js";

/** States stored at one place, newest first; `unclean` those of them that may still have paths to walk. */
export interface Stored {
  readonly states: State[];
  unclean: State[];
}

/** Stored states that may be of the current call chain. */
function storedAt(env: Env, insn: number): Stored {
  const length = env.flow.at.length;
  const place = ((insn ^ env.frame.callsite) >>> 0) % length;
  let list = env.explored[place];
  if (list === undefined) {
    list = { states: [], unclean: [] };
    env.explored[place] = list;
  }
  return list;
}

function sameCallsites(a: State, b: State): boolean {
  if (a.frames.length !== b.frames.length) return false;
  for (let i = 0; i < a.frames.length; i++) if (a.frames[i]?.callsite !== b.frames[i]?.callsite) return false;
  return true;
}

/** The instruction that a frame of a stored state is at: its own, or its call. */
function frameInsn(state: State, f: number): number {
  return f === state.frames.length - 1 ? state.insn : (state.frames[f + 1]?.callsite ?? 0);
}

/** Dead registers and slots of a finished state match anything (clean_verifier_state). */
function clean(env: Env, state: State): void {
  state.cleaned = true;
  for (let f = 0; f < state.frames.length; f++) {
    const frame = state.frames[f];
    if (frame === undefined) continue;
    const live = env.flow.live[frameInsn(state, f)] ?? 0x3ff;
    for (let r = 0; r < 10; r++) if (((live >> r) & 1) === 0) frame.regs[r] = NO_REG;
    const { stack } = frame;
    if (stack.length === 0) continue;
    frame.allocated = stack.length;
    const low = env.liveStack.alive(state, f, 0);
    const high = stack.length > 32 ? env.liveStack.alive(state, f, 1) : 0;
    for (let i = stack.length - 1; i >= 0; i--) {
      if ((((i < 32 ? low : high) >>> (i & 31)) & 1) === 1) continue;
      // What is empty up to the end need not be kept.
      if (i === stack.length - 1) stack.pop();
      else stack[i] = EMPTY_SLOT;
    }
  }
}

/** Finished states of the current call chain (clean_live_states). */
function cleanFinished(env: Env, stored: Stored, insn: number): void {
  const { unclean } = stored;
  for (let i = unclean.length - 1; i >= 0; i--) {
    const old = unclean[i];
    if (old === undefined || old.branches > 0 || old.insn !== insn) continue;
    if (!sameCallsites(old, env.state) || env.loops.incomplete(old)) continue;
    clean(env, old);
    // Their order does not matter.
    const last = unclean.pop();
    if (last !== undefined && last !== old) unclean[i] = last;
  }
}

/**
 * A stored state of the same calls, further up the present path than `below`: the last round of a callback, an iterator or
 * may_goto (find_prev_entry).
 */
export function previousEntry(env: Env, below: State | undefined, insn: number): State | undefined {
  if (below === undefined) return undefined;
  return storedAt(env, insn).states.find(
    (old) => old.insn === insn && old.branches > 0 && sameCallsites(old, below) && old.depth < below.depth,
  );
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
    if (a.id !== b.id || a.ref !== b.ref) return false;
    if (a.s !== b.s && (a.s.umin !== b.s.umin || a.s.umax !== b.s.umax || a.s.bits.v !== b.s.bits.v)) return false;
  }
  return true;
}

function hit(env: Env, old: State, loop: boolean): true {
  old.hits++;
  if (env.flow.jump[env.insn] === 1) env.remember();
  env.precision.propagate(old, env.state);
  if (loop) {
    const closing = env.state.copy();
    closing.insn = env.insn;
    env.loops.close(closing, old);
  }
  return true;
}

/**
 * A stored state further up the present path, at the same instruction.
 * @returns true when it covers the present one: this round of the loop brings nothing new
 * @throws Rejection `EB5016` where nothing changed since
 */
function closesLoop(env: Env, old: State): boolean {
  const { insn, state, flow, ids } = env;
  const { live } = flow;
  if (old.frame.asyncEntry !== 0 && old.frame.asyncEntry !== state.frame.asyncEntry) return false;
  // Callbacks, iterators and may_goto are checkpoints all.
  if (flow.force[insn] === 1) {
    const mayGoto = flow.at[insn]?.opcode === Op.Cond;
    if (mayGoto && old.mayGotoDepth !== state.mayGotoDepth && stateCovers(old, state, live, Exactness.Range, ids)) {
      return true;
    }
    if (flow.role(insn)?.iterNext === true) {
      return stateCovers(old, state, live, Exactness.Range, ids) && iteratorActive(state);
    }
    if (flow.callsBack[insn] === 1) return stateCovers(old, state, live, Exactness.Range, ids);
  }
  if (
    maybeLooping(old, state) &&
    !roundsDiffer(old, state) &&
    stateCovers(old, state, live, Exactness.Exact, ids) &&
    old.mayGotoDepth === state.mayGotoDepth &&
    old.callbackUnroll === state.callbackUnroll
  ) {
    reject(Reason.Loop, `infinite loop detected at insn ${insn}`);
  }
  return false;
}

/** @returns true when the rest of this path was seen before */
export function isVisited(env: Env): boolean {
  const { insn, state } = env;
  const { live } = env.flow;
  const { regs } = state.frame;
  const checkpoint = env.flow.force[insn] === 1;
  const force = checkpoint || (state.history?.count ?? 0) > 40;
  let store = force || (env.jumps - env.lastJumps >= 2 && env.cost.processed - env.lastProcessed >= 8);
  const stored = storedAt(env, insn);
  const list = stored.states;
  if (stored.unclean.length > 0) cleanFinished(env, stored, insn);
  for (let i = 0; i < list.length; i++) {
    const old = list[i];
    if (old === undefined || old.insn !== insn) continue;
    if (old.branches > 0) {
      if (closesLoop(env, old)) return hit(env, old, env.flow.callsBack[insn] !== 1);
      // A long loop would store too many states.
      if (!force && env.jumps - env.lastJumps < 20 && env.cost.processed - env.lastProcessed < 100) store = false;
    } else {
      const b = regs[old.hint];
      // Cheap, and made to stay so: most stored states are refused here.
      const apart =
        b !== undefined && b.kind === Kind.Scalar && (b.s.u32min < old.hintLeast || b.s.u32max > old.hintMost);
      const loop = old.visit !== undefined && env.loops.incomplete(old);
      const exact = loop ? Exactness.Range : Exactness.Not;
      if (!apart && stateCovers(old, state, live, exact, env.ids)) return hit(env, old, loop);
    }
    if (store) old.misses++;
    // Misses count up here only, but a checkpoint is given up sooner once it is finished.
    else if (!checkpoint) continue;
    const patience = checkpoint && old.branches > 0 ? 64 : 3;
    if (old.misses > old.hits * patience + patience) {
      list.splice(i--, 1);
      if (!old.cleaned) stored.unclean = stored.unclean.filter((other) => other !== old);
    }
  }
  if (store) keep(env, stored, insn);
  return false;
}

function keep(env: Env, stored: Stored, insn: number): void {
  const { state } = env;
  env.lastJumps = env.jumps;
  env.lastProcessed = env.cost.processed;
  for (const frame of state.frames) frame.forgetPrecision();
  state.lastInsn = env.previous;
  const kept = state.copy();
  kept.insn = insn;
  env.cost.states++;
  env.loops.enter(kept);
  state.parent = kept;
  state.firstInsn = insn;
  state.depth = kept.depth + 1;
  state.history = undefined;
  stored.states.unshift(kept);
  stored.unclean.push(kept);
}
