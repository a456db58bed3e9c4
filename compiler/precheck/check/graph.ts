/** Lists and red-black trees of the program's own objects (process_kf_arg_ptr_to_graph_*; kernel/bpf/verifier.c, 6.18). */
import type { Env } from "../env.js";
import { type Field, fieldOf, fieldsOf } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, LOCAL_TYPES, pointerReg, type Reg } from "../state/reg.js";
import { allocationLocked, constantOffset, fieldsAt } from "./lock.js";
import { isAllocated, isNonOwning } from "./trust.js";

/** Is this code the comparison function of a tree, which runs with the lock held? (in_rbtree_lock_required_cb) */
export function inTreeCallback(env: Env): boolean {
  const { frame } = env;
  return frame.callback !== undefined && env.flow.role(frame.callsite)?.syncCallback === true;
}

/** The list head or tree root that a register points to. */
export function graphRoot(
  env: Env,
  kfunc: string,
  index: number,
  reg: Reg,
  kind: "bpf_list_head" | "bpf_rb_root",
): Field {
  if (
    reg.maybeNull ||
    (reg.kind !== Kind.MapValue && reg.flags !== Flag.Alloc) ||
    (reg.kind !== Kind.MapValue && !isAllocated(reg))
  )
    reject(Reason.Argument, `arg#${index} expected pointer to map value or allocated object`);
  if (reg.kind === Kind.Btf && reg.ref === 0) reject(Reason.Reference, "allocated object must be referenced");
  const at = constantOffset(reg);
  if (at === undefined) {
    reject(Reason.Argument, `R${index + 1} doesn't have constant offset. ${kind} has to be at the constant offset`);
  }
  const field = fieldOf(fieldsAt(env, reg), kind, at);
  if (field === undefined) reject(Reason.Argument, `${kind} not found at offset=${at} (${kfunc})`);
  if (!allocationLocked(env, reg)) {
    const lock = fieldOf(fieldsAt(env, reg), "bpf_spin_lock");
    reject(Reason.Lock, `bpf_spin_lock at off=${lock?.off ?? -1} must be held for ${kind}`);
  }
  return field;
}

/** The node of an object that goes into, or lies in, the list or tree. */
export function graphNode(
  env: Env,
  kfunc: string,
  index: number,
  reg: Reg,
  kind: "bpf_list_node" | "bpf_rb_node",
  root: Field | undefined,
): void {
  const owning = kind === "bpf_list_node" || kfunc === "bpf_rbtree_add_impl";
  if (owning) {
    if (reg.kind !== Kind.Btf || reg.flags !== Flag.Alloc)
      reject(Reason.Argument, `arg#${index} expected pointer to allocated object`);
    if (reg.ref === 0) reject(Reason.Reference, "allocated object must be referenced");
  } else {
    if (!isNonOwning(reg) && reg.ref === 0)
      reject(Reason.Argument, `${kfunc} can only take non-owning or refcounted bpf_rb_node pointer`);
    if (inTreeCallback(env)) reject(Reason.Lock, `${kfunc} not allowed in rbtree cb`);
  }
  const at = constantOffset(reg);
  if (at === undefined) {
    reject(Reason.Argument, `R${index + 1} doesn't have constant offset. ${kind} has to be at the constant offset`);
  }
  if (fieldOf(fieldsAt(env, reg), kind, at) === undefined) reject(Reason.Argument, `${kind} not found at offset=${at}`);
  const holds = root?.holds;
  if (holds === undefined || reg.extra !== LOCAL_TYPES + holds.type) {
    reject(Reason.Argument, `operation on ${root?.kind ?? kind} expects arg#1 ${kind} in another struct`);
  }
  if (at !== holds.node) reject(Reason.Argument, `arg#1 offset=${at}, but expected ${kind} at offset=${holds.node}`);
}

/** A pointer to a node of the list or tree, as an object with the node's offset (mark_reg_graph_node). */
export function nodeOf(root: Field | undefined, flags = 0, id = 0, ref = 0): Reg {
  const { type = 0, node = 0 } = root?.holds ?? {};
  return pointerReg(Kind.Btf, LOCAL_TYPES + type, Flag.Alloc | flags, id, ref).with({ off: node });
}

/** The list or tree owns it now: usable while the lock is held (ref_set_non_owning). */
export function nonOwning(env: Env, reg: Reg): Reg {
  const counted = fieldOf(fieldsOf(env.types.program, reg.extra - LOCAL_TYPES), "bpf_refcount") !== undefined;
  return reg.with({ flags: reg.flags | Flag.NonOwning | (counted ? Flag.Rcu : 0) });
}

/** Gives an object to the list or tree: its registers stay, as ones that do not own it. */
export function giveAway(env: Env, reg: Reg): void {
  const { ref } = reg;
  env.mapRegs(env.state, (r) => (r.ref === ref ? nonOwning(env, r.with({ ref: 0 })) : r));
  env.state.refs = env.state.refs.filter((r) => r.id !== ref);
}

/** Arguments of a tree's comparison function. */
export function compareArguments(env: Env, root: Field | undefined): Reg[] {
  return [nonOwning(env, nodeOf(root)), nonOwning(env, nodeOf(root))];
}

const GRAPH = /^bpf_(list_|rbtree_)|^bpf_refcount_acquire_impl$/;
const LOCKED_OK = /^bpf_(iter_num_|res_spin_|arena_|stream_)/;

/** May it be called while a lock is held? (kfunc_spin_allowed) */
export const allowedUnderLock = (name: string): boolean => GRAPH.test(name) || LOCKED_OK.test(name);
