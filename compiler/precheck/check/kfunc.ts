/** Calls of kernel functions (check_kfunc_call; kernel/bpf/verifier.c, 6.18). */
import { programTypeFacts } from "../../../runtime/facts/program-types/index.js";
import type { Instruction } from "../../../runtime/isa/index.js";
import { rangeScalar } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, LOCAL_TYPES, pointerReg, type Reg, scalarReg, UNKNOWN_REG, ZERO_REG } from "../state/reg.js";
import { isSpecial, Slot } from "../state/slot.js";
import { KF, type Kfunc, kfuncAllowed, kfuncByName } from "../tables/kfuncs.js";
import { kfuncSince, RULE_SINCE } from "../tables/since.js";
import { forgetArguments, forgetPacket, release } from "./call.js";
import { pushCallback } from "./callback.js";
import { dynptrMemory } from "./dynptr.js";
import { allowedUnderLock, compareArguments, giveAway, inTreeCallback, nodeOf, nonOwning } from "./graph.js";
import { iteratorNext } from "./iterator.js";
import { type KfuncFacts, kfuncArguments } from "./kfunc-argument.js";
import { PACKET_WRITERS } from "./memory.js";
import { inRcuSection, sleepable } from "./section.js";
import { checkThrow } from "./subprogram.js";
import { isNonOwning } from "./trust.js";

const GIVES_AWAY: ReadonlySet<string> = new Set([
  "bpf_list_push_front_impl",
  "bpf_list_push_back_impl",
  "bpf_rbtree_add_impl",
]);
/** What libbpf calls where the kernel lacks a weak function (POISON_CALL_KFUNC_BASE). */
const POISON_KFUNC = 2002000000;
const PERCPU_MAX = 512;
const MAX_ERRNO = 4095n;

function sections(env: Env, kfunc: Kfunc): void {
  const { state } = env;
  const { name } = kfunc;
  const sleeps = kfunc.has(KF.Sleepable);
  const sleepy = (where: string): never =>
    reject(Reason.Lock, `kernel func ${name} is sleepable within ${where} region`);
  const rcu = name === "bpf_rcu_read_lock" || name === "bpf_rcu_read_unlock";
  if (rcu && inTreeCallback(env))
    reject(Reason.Lock, "Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback");
  if (name === "bpf_rcu_read_lock") {
    // Nesting is of later kernels.
    if (state.rcu > 0) reject(Reason.Lock, `nested rcu read lock (kernel function ${name})`);
    state.rcu++;
  } else if (name === "bpf_rcu_read_unlock") {
    if (state.rcu === 0) reject(Reason.Lock, `unmatched rcu read unlock (kernel function ${name})`);
    state.rcu--;
    if (state.rcu === 0) endRcu(env);
  } else if (sleeps && state.rcu > 0) sleepy("rcu_read_lock");
  if (name === "bpf_preempt_disable") state.preempt++;
  else if (name === "bpf_preempt_enable") {
    if (state.preempt === 0) reject(Reason.Lock, `unmatched attempt to enable preemption (kernel function ${name})`);
    state.preempt--;
  } else if (sleeps && state.preempt > 0) sleepy("non-preemptible");
  if (sleeps && state.irq !== 0) sleepy("IRQ-disabled");
  if (kfunc.has(KF.RcuProtected) && !kfunc.has(KF.IterNew) && !inRcuSection(env)) {
    reject(Reason.Lock, `kernel func ${name} requires RCU critical section protection`);
  }
}

/** After rcu_read_unlock what RCU kept alive may be gone, also iterators. */
function endRcu(env: Env): void {
  const untrust = (reg: Reg): Reg =>
    (reg.flags & Flag.Rcu) === 0
      ? reg
      : reg.with({ flags: (reg.flags & ~(Flag.Rcu | Flag.MaybeNull)) | Flag.Untrusted });
  env.mapRegs(env.state, untrust);
  for (const frame of env.state.frames) {
    frame.stack.forEach((slot, i) => {
      if (!isSpecial(slot) || slot.spilled?.kind !== Kind.Iter) return;
      const next = untrust(slot.spilled);
      if (next !== slot.spilled) frame.setSlot(i, new Slot(slot.types, next));
    });
  }
}

function newObject(env: Env, kfunc: Kfunc, constant: bigint): Reg {
  const { program } = env.types;
  const what = "bpf_obj_new/bpf_percpu_obj_new";
  if (constant > 0xffff_ffffn) reject(Reason.Argument, "local type ID argument must be in range [0, U32_MAX]");
  if (program === undefined) reject(Reason.Argument, `${what} requires prog BTF`);
  const id = Number(constant);
  const type = id < program.count ? program.get(id) : undefined;
  if (type?.kind !== "struct") reject(Reason.Argument, `${what} type ID argument must be of a struct`);
  if (kfunc.name !== "bpf_percpu_obj_new_impl") return pointerReg(Kind.Btf, LOCAL_TYPES + id, Flag.Alloc);
  if (type.size > PERCPU_MAX)
    reject(Reason.Argument, `bpf_percpu_obj_new type size (${type.size}) is greater than ${PERCPU_MAX}`);
  const scalars = type.members.every((m) => {
    let kind = program.resolve(m.type);
    while (kind.kind === "array") kind = program.resolve(kind.element);
    return ["int", "enum", "enum64", "struct"].includes(kind.kind);
  });
  if (!scalars) reject(Reason.Argument, "bpf_percpu_obj_new type ID argument must be of a struct of scalars");
  return pointerReg(Kind.Btf, LOCAL_TYPES + id, Flag.Alloc | Flag.PerCpu);
}

/** Functions whose result their signature does not tell (check_special_kfunc). */
function special(env: Env, kfunc: Kfunc, facts: KfuncFacts): Reg | undefined {
  switch (kfunc.name) {
    case "bpf_obj_new_impl":
    case "bpf_percpu_obj_new_impl":
      return newObject(env, kfunc, facts.constant ?? 0n);
    case "bpf_refcount_acquire_impl":
      return pointerReg(Kind.Btf, facts.object?.extra ?? 0, Flag.Alloc);
    case "bpf_cast_to_kern_ctx":
      return pointerReg(
        Kind.Btf,
        env.types.idOf(programTypeFacts(env.subject.type)?.context?.kernel ?? ""),
        Flag.Trusted,
      );
    case "bpf_rdonly_cast": {
      const id = Number(facts.constant ?? 0n);
      if (id === 0 && !env.since(RULE_SINCE.castToVoid))
        reject(Reason.Argument, "kfunc bpf_rdonly_cast type ID argument must be of a struct");
      if (id === 0) return pointerReg(Kind.Mem, 0, Flag.ReadOnly | Flag.Untrusted);
      const type =
        env.types.kernel === undefined ? undefined : id < env.types.kernel.count ? env.types.kernel.resolve(id) : null;
      if (type === undefined) reject(Reason.Unsupported, "bpf_rdonly_cast needs the kernel's BTF (--btf FILE)");
      if (type === null) reject(Reason.Argument, `Unknown type ID ${id} passed to kfunc bpf_rdonly_cast`);
      if (type.kind !== "struct" && type.kind !== "union")
        reject(Reason.Argument, "kfunc bpf_rdonly_cast type ID argument must be of a struct or void");
      return pointerReg(Kind.Btf, id, Flag.Untrusted);
    }
    case "bpf_dynptr_slice":
    case "bpf_dynptr_slice_rdwr": {
      const readOnly = kfunc.name === "bpf_dynptr_slice";
      if (!readOnly && !PACKET_WRITERS.has(env.subject.type))
        reject(Reason.Argument, "the prog does not allow writes to packet data");
      return dynptrMemory(env, facts.dynptr ?? { type: 0, id: 0, ref: 0 }, Number(facts.constant ?? 0n), readOnly).with(
        { id: 0, ref: 0 },
      );
    }
    default:
      break;
  }
  const { result } = kfunc;
  if (result.kind === "pointer" && (result.name === "bpf_list_node" || result.name === "bpf_rb_node"))
    return nodeOf(facts.root);
  return undefined;
}
function result(env: Env, kfunc: Kfunc, facts: KfuncFacts, insn: number): Reg | undefined {
  const { result: type } = kfunc;
  if (type.kind === "scalar") return kfunc.name.startsWith("bpf_res_spin_lock") ? ZERO_REG : UNKNOWN_REG;
  if (type.kind !== "pointer") return undefined;
  let reg = special(env, kfunc, facts);
  if (reg === undefined) {
    if (type.to === "void") return UNKNOWN_REG;
    if (type.to !== "struct") {
      const written = kfunc.name === "bpf_session_cookie";
      reg = pointerReg(
        Kind.Mem,
        written ? 8 : type.size,
        written ? 0 : Flag.ReadOnly,
        0,
        facts.iter === undefined ? facts.ref : iterRef(facts),
      );
    } else {
      const rcu = kfunc.has(KF.RcuProtected) || (kfunc.iterNext && facts.iter?.rcu === true);
      const flags = kfunc.name === "bpf_get_kmem_cache" ? Flag.Untrusted : rcu ? Flag.Rcu : Flag.Trusted;
      reg = pointerReg(Kind.Btf, env.types.idOf(type.name), flags);
    }
  }
  // Who owns the object can always have another reference (is_kfunc_ret_null).
  const ownsArgument =
    kfunc.name === "bpf_refcount_acquire_impl" && facts.object !== undefined && !isNonOwning(facts.object);
  const nullable = kfunc.has(KF.RetNull) && !ownsArgument;
  if (nullable) reg = reg.with({ flags: reg.flags | Flag.MaybeNull, id: env.nextId() });
  if (kfunc.has(KF.Acquire)) {
    const id = env.nextId();
    env.state.refs = [...env.state.refs, { id, insn }];
    return reg.with({ ref: id, ...(nullable ? { id } : {}) });
  }
  const node = type.name === "bpf_list_node" || type.name === "bpf_rb_node";
  if (node) return nonOwning(env, reg);
  return reg;
}

/** Elements of an iterator are gone with it. */
function iterRef(facts: KfuncFacts): number {
  const place = facts.iter?.place;
  return place?.frame.slot(place.spi).spilled?.ref ?? 0;
}

function callbacks(env: Env, insn: Instruction, kfunc: Kfunc, facts: KfuncFacts): void {
  if (kfunc.syncCallback) {
    pushCallback(env, insn, facts.func, compareArguments(env, facts.root), { async: false, max: 1n, sleepable: false });
  } else if (kfunc.asyncCallback) {
    const map = facts.map >= 0 ? facts.map : 0;
    const args = [pointerReg(Kind.MapPtr, map), pointerReg(Kind.MapKey, map), pointerReg(Kind.MapValue, map)];
    pushCallback(env, insn, facts.func, args, { async: true, max: 0n, sleepable: true });
  }
}

/** A lock that may fail: the other path goes on without it. */
function pushFailedLock(env: Env, insn: Instruction): void {
  const failed = env.push(insn.slot + 1, insn.slot);
  for (let r = 1; r <= 5; r++) failed.frame.regs[r] = env.noReg;
  failed.frame.regs[0] = scalarReg(rangeScalar(-MAX_ERRNO, -1n));
}

/** A call of a kernel function; moves `env.insn` on. @returns true when the path ends with it (bpf_throw) */
export function checkKfuncCall(env: Env, insn: Instruction): boolean {
  const name = env.subject.kfuncs?.get(insn.slot);
  const kfunc = kfuncByName(name);
  if (kfunc === undefined) {
    const weak = env.subject.weakCalls?.has(insn.slot) === true;
    if (weak && env.types.kernel !== undefined && env.types.kernel.find(name ?? "", "func") === undefined)
      reject(Reason.Missing, `invalid func unknown#${POISON_KFUNC}`);
    reject(Reason.Unsupported, `the kernel function ${name ?? "?"} is not known to the pre-check (Linux 6.18)`);
  }
  env.require(`kernel function ${kfunc.name}`, kfuncSince(kfunc.name));
  if (!kfuncAllowed(kfunc, env.subject.type, env.subject.attachType))
    reject(Reason.Helper, `calling kernel function ${kfunc.name} is not allowed`);
  if (env.state.lock > 0 && !allowedUnderLock(kfunc.name))
    reject(Reason.Lock, "function calls are not allowed while holding a lock");
  if (kfunc.name.startsWith("bpf_res_spin_lock")) pushFailedLock(env, insn);
  if (kfunc.name === "__bpf_trap") reject(Reason.Flow, "unexpected __bpf_trap() due to uninitialized variable?");
  if (kfunc.has(KF.Sleepable) && !sleepable(env)) {
    reject(Reason.Helper, `program must be sleepable to call sleepable kfunc ${kfunc.name}`);
  }
  const facts = kfuncArguments(env, kfunc, insn.slot);
  callbacks(env, insn, kfunc, facts);
  sections(env, kfunc);
  if (facts.releases !== 0) release(env, env.reg(facts.releases).ref);
  if (kfunc.has(KF.IterDestroy)) facts.iter = undefined;
  if (GIVES_AWAY.has(kfunc.name) && facts.object !== undefined) giveAway(env, facts.object);
  if (kfunc.ends) {
    checkThrow(env);
    return true;
  }
  forgetArguments(env);
  const r0 = result(env, kfunc, facts, insn.slot);
  if (r0 !== undefined) env.setReg(0, r0);
  if (kfunc.name === "bpf_xdp_pull_data") forgetPacket(env);
  if (kfunc.iterNext && facts.iter !== undefined) iteratorNext(env, facts.iter, insn.slot);
  env.insn = insn.slot + 1;
  return false;
}
