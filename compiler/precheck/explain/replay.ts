/**
 * Walks the path of a rejection once more and writes down the registers before each instruction. Input: the exploration
 * that ended in a rejection; output: its path as a trace. Nothing is pruned and no other path is taken.
 */
import { disassemble, Op } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { enter, type Failure, step } from "../explore/run.js";
import { Rejection } from "../rejection.js";
import { Kind } from "../state/reg.js";
import type { State } from "../state/state.js";
import { registerText } from "./register-text.js";
import type { Place, Trace, TraceStep } from "./trace.js";

/** Steps kept: what matters to a reader is near the end, and a path may have a million. */
const KEPT = 20_000;

/** Slots from the first instruction to the refused one, by the history that precision needs (get_prev_insn_idx). */
export function pathOf(env: Env): number[] {
  const path: number[] = [];
  let state: State | undefined = env.state;
  let at = state.insn;
  while (state !== undefined) {
    let entry = state.history;
    for (;;) {
      if (env.flow.at[at] !== undefined) path.push(at);
      const isFirst = at === state.firstInsn;
      if (isFirst && (entry === undefined || (entry.count === 1 && entry.insn === at))) break;
      if (entry !== undefined && entry.insn === at) {
        at = entry.previous;
        entry = entry.before;
      } else at--;
      if (at < 0) return path.reverse();
    }
    state = state.parent;
    if (state !== undefined) at = state.lastInsn;
  }
  return path.reverse();
}

/** Where the source says an instruction is from. */
export type PlaceOf = (slot: number) => Place | undefined;

function stepOf(env: Env, slot: number, placeOf: PlaceOf): TraceStep {
  const { frame, state } = env;
  const before = new Map<number, string>();
  const mapAt = (index: number) => env.mapOrNone(index);
  for (let r = 0; r <= 10; r++) {
    const reg = frame.regs[r];
    if (reg !== undefined && reg.kind !== Kind.None) before.set(r, registerText(reg, mapAt));
  }
  const insn = env.flow.at[slot];
  const names = {
    map: (index: number) => env.mapOrNone(index)?.name,
    func: (start: number) => env.functionFacts(start)?.name,
    kfunc: (call: { slot: number }) => env.subject.kfuncs?.get(call.slot),
  };
  const text = insn === undefined ? "?" : disassemble(insn, names);
  return { slot, text, depth: state.frames.length - 1, place: placeOf(slot), before };
}

/** Goes to `next`, on the branch that was left for later if need be. @returns false where the program cannot go there */
function follow(env: Env, next: number): boolean {
  const others = env.pending.splice(0);
  if (env.insn === next) return true;
  const other = others.find(({ insn }) => insn === next);
  if (other === undefined) return false;
  env.state = other.state;
  env.insn = other.insn;
  return true;
}

/** The path of a rejection. */
export function replay(failure: Failure, placeOf: PlaceOf): Trace {
  const { env: failed, rejection, root } = failure;
  const path = pathOf(failed);
  const env = enter(failed.subject, failed.cpus, root);
  env.replays = true;
  const first = Math.max(0, path.length - KEPT);
  const steps: TraceStep[] = [];
  for (let i = 0; i < path.length; i++) {
    const slot = path[i] ?? 0;
    const insn = env.flow.at[slot];
    if (insn === undefined || env.insn !== slot) break;
    env.state.insn = slot;
    if (i >= first) steps.push(stepOf(env, slot, placeOf));
    if (i === path.length - 1) break;
    try {
      const ends = step(env, insn);
      env.previous = slot;
      if (ends || !follow(env, path[i + 1] ?? -1)) break;
    } catch (error) {
      if (error instanceof Rejection) break; // the rejection itself, met again
      throw error;
    }
  }
  if (steps[steps.length - 1]?.slot !== rejection.insn && env.flow.at[rejection.insn] !== undefined) {
    // Stack budgets and encodings are not found on a path: the place is all there is to show.
    steps.push({
      slot: rejection.insn,
      text: lineOf(env, rejection.insn),
      depth: 0,
      place: placeOf(rejection.insn),
      before: new Map(),
    });
  }
  return { steps, dropped: first, message: rejection.text };
}

function lineOf(env: Env, slot: number): string {
  const insn = env.flow.at[slot];
  return insn === undefined || insn.opcode === Op.Exit ? "exit" : disassemble(insn);
}
