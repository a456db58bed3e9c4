/**
 * What the pre-check knows at each instruction: every path is walked, none is pruned, so that the union over the states met
 * at an instruction must hold every value that a run can have there. Input: a program. Output: facts by slot and register.
 */
import type { Scalar } from "../../compiler/precheck/domain/scalar.js";
import type { Env } from "../../compiler/precheck/env.js";
import { enter, step } from "../../compiler/precheck/explore/run.js";
import type { Subject } from "../../compiler/precheck/program.js";
import { Rejection } from "../../compiler/precheck/rejection.js";
import { Kind, type Reg } from "../../compiler/precheck/state/reg.js";
import { isFullSpill } from "../../compiler/precheck/state/slot.js";

/** Alternatives that one register or slot has at one instruction; `any` where something is not a number or an offset of r10. */
export interface Alternatives {
  any: boolean;
  readonly scalars: Set<Scalar>;
  /** Fixed distances from r10. */
  readonly frameOffsets: Set<number>;
}

export interface PlaceFacts {
  readonly regs: readonly Alternatives[];
  /** By slot of the current frame, slot 0 at fp-8; only slots that all states knew something of. */
  readonly slots: Map<number, Alternatives>;
  visits: number;
}

const none = (): Alternatives => ({ any: false, scalars: new Set(), frameOffsets: new Set() });

function add(to: Alternatives, reg: Reg | undefined, frame: number): void {
  if (to.any) return;
  if (reg?.kind === Kind.Scalar) to.scalars.add(reg.s);
  else if (reg?.kind === Kind.Stack && reg.extra === frame && reg.s.isConst)
    to.frameOffsets.add(reg.off + Number(BigInt.asIntN(64, reg.s.umin)));
  else to.any = true;
}

function note(places: Map<number, PlaceFacts>, env: Env): void {
  const { frame } = env;
  let place = places.get(env.insn);
  if (place === undefined) {
    place = { regs: Array.from({ length: 10 }, none), slots: new Map(), visits: 0 };
    places.set(env.insn, place);
  }
  const first = place.visits++ === 0;
  for (let r = 0; r < 10; r++) add(place.regs[r] ?? none(), frame.regs[r], frame.number);
  const known = new Set<number>();
  frame.stack.forEach((slot, i) => {
    if (!isFullSpill(slot) || slot.spilled?.kind !== Kind.Scalar) return;
    known.add(i);
    const facts = place.slots.get(i);
    if (facts !== undefined) facts.scalars.add(slot.spilled.s);
    else if (first) place.slots.set(i, { ...none(), scalars: new Set([slot.spilled.s]) });
  });
  for (const i of place.slots.keys()) if (!known.has(i)) place.slots.delete(i);
}

/**
 * @param limit instructions to walk at most
 * @returns undefined where that is not enough, or the program is refused
 */
export function factsOf(subject: Subject, limit: number): Map<number, PlaceFacts> | undefined {
  const places = new Map<number, PlaceFacts>();
  try {
    const env = enter(subject, 2, undefined);
    // Nothing is compared, so nothing need be precise.
    env.replays = true;
    for (let walked = 0; walked < limit; walked++) {
      const insn = env.flow.at[env.insn];
      if (insn === undefined) return undefined;
      env.state.insn = env.insn;
      note(places, env);
      const slot = env.insn;
      if (!step(env, insn)) {
        env.previous = slot;
        continue;
      }
      const next = env.pending.pop();
      if (next === undefined) return places;
      env.state = next.state;
      env.insn = next.insn;
      env.previous = next.previous;
    }
    return undefined;
  } catch (error) {
    if (error instanceof Rejection) return undefined;
    throw error;
  }
}

/** Is the value one that the scalar allows? @param value unsigned 64-bit */
export function allows(s: Scalar, value: bigint): boolean {
  const signed = BigInt.asIntN(64, value);
  const low = Number(value & 0xffff_ffffn);
  return (
    value >= s.umin &&
    value <= s.umax &&
    signed >= s.smin &&
    signed <= s.smax &&
    low >= s.u32min &&
    low <= s.u32max &&
    (low | 0) >= s.s32min &&
    (low | 0) <= s.s32max &&
    (value & ~s.bits.m) === s.bits.v
  );
}
