/**
 * Functions that may return where no exit stands: packet loads leave them when they fail, tail calls when they succeed. The
 * caller then sees r0, so the function must return a number (check_subprogs, check_btf_func; kernel/bpf/verifier.c, 6.18).
 */
import { HelperId } from "../../../runtime/facts/helpers/index.js";
import { CallKind, Class, type Instruction, Mode, Op } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { Reason, Rejection } from "../rejection.js";

function leaves(insn: Instruction): "LD_ABS" | "tail_call" | undefined {
  const mode = insn.opcode & 0xe0;
  if ((insn.opcode & 7) === Class.Ld && (mode === Mode.Abs || mode === Mode.Ind)) return "LD_ABS";
  if (insn.opcode === Op.Call && insn.src === CallKind.Helper && insn.imm === HelperId.tail_call) return "tail_call";
  return undefined;
}

/** @throws Rejection `EB5022` */
export function checkAbnormalReturns(env: Env): void {
  const { functions, functionsUnknown } = env.subject;
  if (functionsUnknown === true) return;
  for (const { start, end } of env.flow.subprograms.slice(1)) {
    for (let slot = start; slot < end; slot++) {
      const insn = env.flow.at[slot];
      const what = insn && leaves(insn);
      if (what === undefined) continue;
      if (functions.length === 0)
        throw new Rejection(Reason.Function, `${what} is not allowed in subprogs without BTF`, slot);
      const facts = env.functionFacts(start);
      if (facts?.returnsScalar === false)
        throw new Rejection(Reason.Function, `${what} is only allowed in functions that return 'int'.`, slot);
    }
  }
}
