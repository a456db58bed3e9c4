/** Functions of the program that helpers and kernel functions call (push_callback_call; kernel/bpf/verifier.c, 6.18). */
import { HelperId } from "../../../runtime/facts/helpers/index.js";
import type { Instruction } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Kind, NO_REG, pointerReg, type Reg, UNKNOWN_REG } from "../state/reg.js";
import type { Frame } from "../state/state.js";
import type { CallFacts } from "./argument.js";
import { Dynptr } from "./dynptr.js";
import { enter, functionFrame } from "./subprogram.js";

export interface CallbackRule {
  /** It runs later, by itself: a timer, a work queue. */
  readonly async: boolean;
  /** It may return 0 to this. */
  readonly max: bigint;
  /** May it sleep; of a synchronous one, as its caller. */
  readonly sleepable: boolean;
}

/** Queues a walk of the callback; the path itself goes on as if it had not been called. */
export function pushCallback(
  env: Env,
  insn: Instruction,
  func: number,
  regs: readonly Reg[],
  rule: CallbackRule,
): void {
  const start = env.flow.subprograms[func]?.start;
  if (start === undefined) reject(Reason.Argument, "callback function not found in kernel");
  const caller = env.frame;
  const setUp = (callee: Frame): void => {
    regs.forEach((reg, i) => {
      callee.regs[i + 1] = reg;
    });
    callee.callback = Number(rule.max);
  };
  if (rule.async) {
    const callee = functionFrame(env, start, -1, 0);
    setUp(callee);
    callee.asyncEntry = caller.asyncEntry + 1;
    env.pushAlone(callee, start, insn.slot).sleepable = rule.sleepable;
    return;
  }
  const state = env.push(start, insn.slot);
  setUp(enter(env, state, insn.slot, start));
  state.callbackUnroll++;
  const outer = state.frames[state.frames.length - 2];
  if (outer !== undefined) outer.callbackDepth++;
  caller.callbackDepth = 0;
}

/** Calls the function argument of a helper. */
export function callCallback(env: Env, insn: Instruction, id: number, facts: CallFacts): void {
  const at = (r: number): Reg => env.frame.regs[r] ?? NO_REG;
  const map = (index: number, uid: number): Reg[] => [
    pointerReg(Kind.MapPtr, index, 0, 0, 0, uid),
    pointerReg(Kind.MapKey, index, 0, 0, 0, uid),
    pointerReg(Kind.MapValue, index, 0, id === HelperId.for_each_map_elem ? env.nextId() : 0, 0, uid),
  ];
  const sync = { async: false, max: 1n, sleepable: false };
  switch (id) {
    case HelperId.loop:
      return pushCallback(env, insn, facts.func, [UNKNOWN_REG, at(3)], sync);
    case HelperId.for_each_map_elem:
      return pushCallback(env, insn, facts.func, [...map(facts.map, at(1).uid), at(3)], sync);
    case HelperId.timer_set_callback:
      return pushCallback(env, insn, facts.func, map(facts.object?.extra ?? 0, facts.object?.uid ?? 0), {
        async: true,
        max: 0n,
        sleepable: false,
      });
    case HelperId.find_vma: {
      const vma = pointerReg(Kind.Btf, env.types.idOf("vm_area_struct"));
      return pushCallback(env, insn, facts.func, [at(1), vma, at(4)], sync);
    }
    default: {
      const sample = pointerReg(Kind.DynptrPtr, Dynptr.Local, 0, env.nextId());
      return pushCallback(env, insn, facts.func, [sample, at(3)], sync);
    }
  }
}
