/** Sections that a program enters and must leave: RCU, preemption, interrupts; and bpf_throw, which leaves everything. */
import { MachineFault } from "../fault.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { ProgramThrow } from "../throw.js";

function enter(name: string): Implementation {
  return (call) => {
    call.run.sections.set(name, (call.run.sections.get(name) ?? 0) + 1);
    return 0;
  };
}
function leave(name: string): Implementation {
  return (call) => {
    const depth = call.run.sections.get(name) ?? 0;
    if (depth === 0) throw new MachineFault("VM_LOCK", `${call.name}: the program is in no such section`);
    call.run.sections.set(name, depth - 1);
    return 0;
  };
}

const FLAGS_BYTES = 8;
/** X86 flags with interrupts on, what bpf_local_irq_save would store. */
const FLAGS = 0x246n;
const saved = (call: HelperCall): number => call.writable(1, FLAGS_BYTES);

export const sectionKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_rcu_read_lock: enter("rcu"),
  bpf_rcu_read_unlock: leave("rcu"),
  bpf_preempt_disable: enter("preempt"),
  bpf_preempt_enable: leave("preempt"),
  bpf_local_irq_save(call) {
    call.run.memory.view.setBigUint64(saved(call), FLAGS, true);
    return enter("irq")(call);
  },
  bpf_local_irq_restore(call) {
    saved(call);
    return leave("irq")(call);
  },
  bpf_res_spin_lock(call) {
    const at = call.writable(1, 4);
    // Deadlocks are answered, not faulted: -EDEADLK.
    if (call.run.locks.has(at)) return -35;
    call.run.locks.add(at);
    return 0;
  },
  bpf_res_spin_unlock(call) {
    if (!call.run.locks.delete(call.writable(1, 4)))
      throw new MachineFault("VM_LOCK", "unlock of a spin lock that is not held");
    return 0;
  },
  bpf_throw(call) {
    throw new ProgramThrow(call.u64(1));
  },
};
