/** Kernel functions that open and close sections: RCU, preemption (check_kfunc_call; kernel/bpf/verifier.c, 6.18). */
import type { Instruction } from "../../../runtime/isa/index.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { forgetArguments } from "./call.js";

/** A call of a kernel function; moves `env.insn` on. Functions of other kinds leave the program undecided. */
export function checkKfuncCall(env: Env, insn: Instruction): void {
  const name = env.subject.kfuncs?.get(insn.slot);
  const { state } = env;
  switch (name) {
    case "bpf_rcu_read_lock":
      state.rcu++;
      break;
    case "bpf_rcu_read_unlock":
      if (state.rcu === 0) reject(Reason.Lock, "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)");
      state.rcu--;
      break;
    case "bpf_preempt_disable":
      state.preempt++;
      break;
    case "bpf_preempt_enable":
      if (state.preempt === 0)
        reject(Reason.Lock, "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)");
      state.preempt--;
      break;
    default:
      reject(Reason.Unsupported, `calls of the kernel function ${name ?? "?"} are not followed by the pre-check yet`);
  }
  forgetArguments(env);
  env.insn = insn.slot + 1;
}
