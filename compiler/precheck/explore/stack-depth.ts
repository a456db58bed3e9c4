/** The stack budget of call chains, after all paths are walked (check_max_stack_depth; kernel/bpf/verifier.c, 6.18). */

import { HelperId } from "../../../runtime/facts/helpers/index.js";
import { programTypesThat } from "../../../runtime/facts/program-types/index.js";
import { CallKind, Op, Pseudo } from "../../../runtime/isa/index.js";
import { type Env, LIMIT } from "../env.js";
import { Reason, Rejection, reject } from "../rejection.js";
import { RULE_SINCE } from "../tables/since.js";

/** Program types whose programs get a stack of their own (bpf_enable_priv_stack). */
const PRIVATE_STACK = programTypesThat((type) => type.privateStack === true);

/** Stack of call chains, each frame rounded (check_max_stack_depth). */
export function checkStackDepth(env: Env): void {
  const privateStack = PRIVATE_STACK.has(env.subject.type) && env.since(RULE_SINCE.privateStack);
  const { subprograms, at } = env.flow;
  const round = (n: number): number => Math.ceil(Math.max(n, 1) / 16) * 16;
  const calls = subprograms.map(({ start, end }) => {
    const found: number[] = [];
    for (let slot = start; slot < end; slot++) {
      const insn = at[slot];
      if (insn === undefined) continue;
      const local = insn.opcode === Op.Call && insn.src === CallKind.Local;
      const callback = insn.opcode === Op.LdImm64 && insn.src === Pseudo.Func;
      if (local && slot + 1 + insn.imm === env.subject.exceptionCallback)
        throw new Rejection(Reason.Function, `insn ${slot} cannot call exception cb directly`, slot);
      if (local || callback) found.push(env.flow.subprogramAt(slot + 1 + insn.imm));
    }
    return found;
  });
  const tail = subprograms.map(({ start, end }) => {
    for (let slot = start; slot < end; slot++) {
      const insn = at[slot];
      if (insn?.opcode === Op.Call && insn.src === CallKind.Helper && insn.imm === HelperId.tail_call) return true;
    }
    return false;
  });
  const callbacks = new Set(
    at.flatMap((insn) =>
      insn?.opcode === Op.LdImm64 && insn.src === Pseudo.Func ? [env.flow.subprogramAt(insn.slot + 1 + insn.imm)] : [],
    ),
  );
  const throws = subprograms.map(({ start, end }) => {
    for (let slot = start; slot < end; slot++) if (env.flow.role(slot)?.ends === true) return slot;
    return -1;
  });
  const visit = (sub: number, above: number, frames: number, callback = callbacks.has(sub)): void => {
    const thrown = throws[sub] ?? -1;
    if (callback && thrown >= 0) {
      throw new Rejection(
        Reason.Function,
        `bpf_throw kfunc (insn ${thrown}) cannot be called from callback subprog ${sub}`,
        thrown,
      );
    }
    const own = round(env.depths[sub] ?? 0);
    const total = privateStack ? own : above + own;
    env.cost.stackBytes = Math.max(env.cost.stackBytes, total);
    if (frames > LIMIT.frames) reject(Reason.StackBudget, `the call stack of ${frames} frames is too deep !`);
    if (tail[sub] === true && above >= 256) {
      reject(
        Reason.StackBudget,
        `tail_calls are not allowed when call stack of previous frames is ${above} bytes. Too large`,
      );
    }
    if (total > LIMIT.stack)
      reject(Reason.StackBudget, `combined stack size of ${frames} calls is ${total}. Too large`);
    for (const callee of calls[sub] ?? []) visit(callee, above + own, frames + 1, callback || callbacks.has(callee));
  };
  visit(0, 0, 1);
  // A program without frame or calls: the kernel reserves one unit all the same, nobody's variables are in it.
  if (subprograms.length === 1 && (env.depths[0] ?? 0) === 0) env.cost.stackBytes = 0;
  const handler = env.subject.exceptionCallback;
  if (handler === undefined) return;
  const sub = env.flow.subprogramAt(handler);
  if (tail[sub] === true) reject(Reason.Function, "cannot tail call within exception cb");
  visit(sub, 0, 1, true);
}
