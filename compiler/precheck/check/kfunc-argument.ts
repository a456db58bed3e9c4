/** Arguments of kernel functions (get_kfunc_ptr_arg_type, check_kfunc_args; kernel/bpf/verifier.c, 6.18). */
import { programTypeFacts } from "../../../runtime/facts/program-types/index.js";
import type { Env } from "../env.js";
import { type Field, fieldOf } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, LOCAL_TYPES, type Reg, regTypeName } from "../state/reg.js";
import { Held } from "../state/state.js";
import { KF, type Kfunc, type KfuncArgument } from "../tables/kfuncs.js";
import { constantString, memory, memoryOfSize } from "./argument.js";
import { Dynptr, type DynptrFacts, initialiseDynptr, useDynptr } from "./dynptr.js";
import { graphNode, graphRoot } from "./graph.js";
import { type IterFacts, iteratorArgument } from "./iterator.js";
import { constantOffset, fieldsAt, irqFlag, spinLock } from "./lock.js";
import { isAllocated, isNonOwning, isRcu, isTrusted, STRUCT_OF, unsafeModifiers } from "./trust.js";

const contextName = (env: Env): string => programTypeFacts(env.subject.type)?.context?.program ?? "";

/** What the arguments of one call told. */
export interface KfuncFacts {
  /** Register whose reference the call releases, 0 for none. */
  releases: number;
  ref: number;
  /** Value of the constant argument (__k, __szk). */
  constant: bigint | undefined;
  dynptr: DynptrFacts | undefined;
  iter: IterFacts | undefined;
  /** Callback's subprogram. */
  func: number;
  /** List head or tree root. */
  root: Field | undefined;
  rootReg: Reg | undefined;
  /** Object given away, or shared. */
  object: Reg | undefined;
  map: number;
  mapUid: number;
}

const DYNPTR_OF: Readonly<Record<string, number>> = {
  bpf_dynptr_from_skb: Dynptr.Skb,
  bpf_dynptr_from_xdp: Dynptr.Xdp,
  bpf_dynptr_from_skb_meta: Dynptr.SkbMeta,
};
const LOCK_KINDS: Readonly<Record<string, readonly [lock: boolean, kind: number]>> = {
  bpf_res_spin_lock: [true, Held.ResLock],
  bpf_res_spin_unlock: [false, Held.ResLock],
  bpf_res_spin_lock_irqsave: [true, Held.ResLockIrq],
  bpf_res_spin_unlock_irqrestore: [false, Held.ResLockIrq],
};
const WANTS_CONTEXT: ReadonlySet<string> = new Set(["bpf_cast_to_kern_ctx"]);
const VALUE_FIELDS: Readonly<Record<string, Field["kind"]>> = { bpf_wq: "bpf_wq", bpf_task_work: "bpf_task_work" };

const isNull = (reg: Reg): boolean => reg.kind === Kind.Scalar && reg.s.isZero;

function known(env: Env, regno: number, facts: KfuncFacts): void {
  const reg = env.reg(regno);
  if (!reg.s.isConst) reject(Reason.Argument, `R${regno} must be a known constant`);
  env.precise(regno);
  facts.constant = reg.s.umin;
}

/** The kernel's struct that a register stands for; undefined where it stands for none. */
function structOf(env: Env, reg: Reg): number | undefined {
  if (reg.kind === Kind.Btf) return reg.extra;
  const name = STRUCT_OF.get(reg.kind);
  return name === undefined ? undefined : env.types.idOf(name);
}

/** A pointer passed at an offset where none may be (check_func_arg_reg_off). */
function checkOffset(regno: number, reg: Reg, releases: boolean): void {
  if (releases) {
    if (reg.off !== 0 || !reg.s.isZero)
      reject(Reason.Reference, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`);
    return;
  }
  switch (reg.kind) {
    case Kind.Stack:
    case Kind.Pkt:
    case Kind.PktMeta:
    case Kind.MapKey:
    case Kind.MapValue:
    case Kind.Mem:
    case Kind.Buf:
    case Kind.Arena:
    case Kind.Scalar:
      return;
    default: {
      const bad = reg.kind === Kind.Btf ? reg.off < 0 : reg.off !== 0;
      if (bad)
        reject(Reason.Argument, `dereference of modified ${regTypeName(reg)} ptr R${regno} off=${reg.off} disallowed`);
      if (!reg.s.isZero) reject(Reason.Argument, `variable ${regTypeName(reg)} access var_off disallowed`);
    }
  }
}

function structArgument(env: Env, kfunc: Kfunc, index: number, name: string, reg: Reg): void {
  const regno = index + 1;
  const own = structOf(env, reg);
  if (own === undefined || (reg.kind === Kind.Btf && unsafeModifiers(reg) && !isRcu(reg))) {
    reject(Reason.Argument, `arg#${index} is ${regTypeName(reg)} expected ptr_ or socket`);
  }
  const ownName = env.types.nameOf(own);
  const alias = (a: string, b: string): boolean => a === `${b}___init`;
  const strict = (kfunc.has(KF.Release) && reg.ref !== 0) || alias(name, ownName) || alias(ownName, name);
  const projection = (name === "__sk_buff" && ownName === "sk_buff") || (name === "xdp_md" && ownName === "xdp_buff");
  if (projection || env.types.matches(own, reg.off, env.types.idOf(name), strict)) return;
  reject(
    Reason.Argument,
    `kernel function ${kfunc.name} args#${index} expected pointer to STRUCT ${name} but R${regno} has a pointer to STRUCT ${ownName}`,
  );
}

function dynptrArgument(
  env: Env,
  kfunc: Kfunc,
  arg: KfuncArgument,
  regno: number,
  insn: number,
  facts: KfuncFacts,
): void {
  if (!arg.ends("__uninit")) {
    facts.dynptr = useDynptr(env, regno, false);
    return;
  }
  const type = kfunc.name === "bpf_dynptr_clone" ? facts.dynptr?.type : DYNPTR_OF[kfunc.name];
  if (type === undefined) reject(Reason.Unsupported, `dynptrs made by ${kfunc.name} are not known to the pre-check`);
  initialiseDynptr(env, regno, type, insn, facts.dynptr?.ref ?? 0);
}

/** A member of a map value that a kernel function works on: work queues, task work (check_map_field_pointer). */
function valueField(env: Env, kind: Field["kind"], index: number, reg: Reg, facts: KfuncFacts): void {
  const regno = index + 1;
  if (reg.kind !== Kind.MapValue || reg.maybeNull) reject(Reason.Argument, `arg#${index} doesn't point to a map value`);
  const at = constantOffset(reg);
  const field = fieldOf(fieldsAt(env, reg), kind);
  const name = env.map(reg.extra).name;
  if (at === undefined)
    reject(Reason.Argument, `R${regno} doesn't have constant offset. ${kind} has to be at the constant offset`);
  if (field === undefined) reject(Reason.Map, `map '${name}' has no valid ${kind}`);
  if (field.off !== at) reject(Reason.Argument, `off ${at} doesn't point to 'struct ${kind}' that is at ${field.off}`);
  facts.map = reg.extra;
  facts.mapUid = reg.uid;
  facts.object = reg;
}

/** Kinds of pointer argument that the signature alone decides. @returns true when this was one */
function bySignature(env: Env, kfunc: Kfunc, index: number, insn: number, facts: KfuncFacts): boolean {
  const arg = kfunc.args[index];
  if (arg === undefined || arg.type.kind !== "pointer") return true;
  const regno = index + 1;
  const reg = env.reg(regno);
  const { name } = arg.type;
  if (WANTS_CONTEXT.has(kfunc.name) || (name !== "" && name === contextName(env))) {
    if (reg.kind !== Kind.Ctx)
      reject(Reason.Argument, `arg#${index} expected pointer to ctx, but got ${regTypeName(reg)}`);
    return true;
  }
  if (arg.ends("__alloc")) {
    const perCpu = kfunc.name === "bpf_percpu_obj_drop_impl";
    const wanted = Flag.Alloc | (perCpu ? Flag.PerCpu : 0);
    if (!isAllocated(reg)) reject(Reason.Argument, `arg#${index} expected pointer to allocated object`);
    if (reg.flags !== wanted)
      reject(
        Reason.Argument,
        `arg#${index} expected for ${perCpu ? "bpf_obj_drop_impl" : "bpf_percpu_obj_drop_impl"}()`,
      );
    if (reg.ref === 0) reject(Reason.Reference, "allocated object must be referenced");
    facts.object = reg;
    return true;
  }
  if (arg.ends("__refcounted_kptr")) {
    if (!isAllocated(reg)) reject(Reason.Argument, `arg#${index} is neither owning or non-owning ref`);
    if (fieldOf(fieldsAt(env, reg), "bpf_refcount") === undefined)
      reject(Reason.Argument, `arg#${index} doesn't point to a type with bpf_refcount field`);
    facts.object = reg;
    return true;
  }
  if (name === "bpf_dynptr") {
    dynptrArgument(env, kfunc, arg, regno, insn, facts);
    return true;
  }
  if (index === 0 && kfunc.has(KF.IterNew | KF.IterNext | KF.IterDestroy)) {
    facts.iter = iteratorArgument(env, regno, kfunc, arg.type.size, name, insn);
    return true;
  }
  if (name === "bpf_list_head" || name === "bpf_rb_root") {
    facts.root = graphRoot(env, kfunc.name, index, reg, name);
    facts.rootReg = reg;
    return true;
  }
  if (name === "bpf_list_node" || name === "bpf_rb_node") {
    graphNode(env, kfunc.name, index, reg, name, facts.root);
    facts.object = reg;
    return true;
  }
  if (arg.ends("__str")) {
    constantString(env, regno, reg);
    return true;
  }
  const field = VALUE_FIELDS[name];
  if (field !== undefined) {
    valueField(env, field, index, reg, facts);
    return true;
  }
  if (arg.ends("__irq_flag")) {
    const kind = kfunc.name.startsWith("bpf_local") ? 1 : 2;
    irqFlag(env, regno, kfunc.name.endsWith("save"), kind, insn);
    return true;
  }
  const lock = LOCK_KINDS[kfunc.name];
  if (name === "bpf_res_spin_lock" && lock !== undefined) {
    spinLock(env, regno, lock[0], lock[1], insn);
    return true;
  }
  return false;
}

function mapArgument(env: Env, kfunc: Kfunc, regno: number, reg: Reg, facts: KfuncFacts): void {
  // An iterator's element is a struct bpf_map too; which kind of map is not known then.
  if (reg.kind === Kind.Btf) return structArgument(env, kfunc, regno - 1, "bpf_map", reg);
  if (reg.kind !== Kind.MapPtr) reject(Reason.Argument, `pointer in R${regno} isn't map pointer`);
  if (facts.map >= 0 && (facts.map !== reg.extra || facts.mapUid !== reg.uid)) {
    reject(
      Reason.Argument,
      `workqueue pointer in R1 map_uid=${facts.mapUid} doesn't match map pointer in R2 map_uid=${reg.uid}`,
    );
  }
  facts.map = reg.extra;
}

/** @returns how many arguments were looked at: 2 for memory with its size */
function pointerArgument(env: Env, kfunc: Kfunc, index: number, insn: number, facts: KfuncFacts): number {
  const arg = kfunc.args[index];
  const next = kfunc.args[index + 1];
  if (arg === undefined || arg.type.kind !== "pointer") return 1;
  const regno = index + 1;
  const reg = env.reg(regno);
  const sized =
    next !== undefined &&
    next.type.kind === "scalar" &&
    (next.ends("__sz") || next.ends("__szk")) &&
    env.reg(regno + 1).kind === Kind.Scalar;
  const nullable = arg.ends("__nullable") || arg.ends("__opt");
  const trusted = kfunc.has(KF.TrustedArgs | KF.Release);
  if ((trusted || kfunc.has(KF.Rcu)) && (isNull(reg) || reg.maybeNull) && !nullable)
    reject(Reason.Null, `Possibly NULL pointer passed to trusted arg${index}`);
  if (reg.ref !== 0) {
    facts.ref = reg.ref;
    if (kfunc.has(KF.Release)) facts.releases = regno;
  }
  if (nullable && isNull(reg) && !sized) return 1;
  const map = arg.ends("__map");
  const struct = arg.type.to === "struct" ? arg.type.name : "";
  const context = WANTS_CONTEXT.has(kfunc.name) || (struct !== "" && struct === contextName(env));
  const special =
    /^(bpf_dynptr|bpf_list_|bpf_rb_|bpf_wq|bpf_task_work|bpf_iter_|bpf_res_spin_lock)/.test(struct) ||
    /__(str|irq_flag|refcounted_kptr)$/.test(arg.name);
  const byStruct = !context && !special && !map && (reg.kind === Kind.Btf || STRUCT_OF.has(reg.kind));
  if ((byStruct || map || arg.ends("__alloc")) && (trusted || kfunc.has(KF.Rcu)) && !isTrusted(reg)) {
    if (!kfunc.has(KF.Rcu)) reject(Reason.Argument, `R${regno} must be referenced or trusted`);
    if (!isRcu(reg)) reject(Reason.Argument, `R${regno} must be a rcu pointer`);
  }
  checkOffset(regno, reg, kfunc.has(KF.Release) && reg.ref !== 0);
  if (map) {
    mapArgument(env, kfunc, regno, reg, facts);
    return 1;
  }
  if (bySignature(env, kfunc, index, insn, facts)) return 1;
  if (byStruct) {
    if (struct === "")
      reject(Reason.Argument, `kernel function ${kfunc.name} args#${index} pointer type is not supported`);
    structArgument(env, kfunc, index, struct, reg);
    return 1;
  }
  if (arg.type.to === "function") {
    if (reg.kind !== Kind.Func) reject(Reason.Argument, `arg${index} expected pointer to func`);
    facts.func = reg.extra;
    return 1;
  }
  if (!arg.type.plain && !(sized && arg.type.to === "void")) {
    reject(
      Reason.Argument,
      `arg#${index} pointer type STRUCT ${struct} must point to ${sized ? "void, " : ""}scalar, or struct with scalar`,
    );
  }
  if (!sized) {
    if (!isNull(reg)) memory(env, undefined, regno, arg.type.size, true, false);
    return 1;
  }
  if (!isNull(reg) || !nullable) memoryOfSize(env, regno + 1);
  if (next?.ends("__szk") === true) known(env, regno + 1, facts);
  return 2;
}

/** Checks r1 to r5. @throws Rejection */
export function kfuncArguments(env: Env, kfunc: Kfunc, insn: number): KfuncFacts {
  const facts: KfuncFacts = {
    releases: 0,
    ref: 0,
    constant: undefined,
    dynptr: undefined,
    iter: undefined,
    func: -1,
    root: undefined,
    rootReg: undefined,
    object: undefined,
    map: -1,
    mapUid: 0,
  };
  for (let i = 0; i < kfunc.args.length; ) {
    const arg = kfunc.args[i];
    if (arg === undefined) break;
    if (arg.ends("__ign") || arg.ends("__prog")) {
      i++;
      continue;
    }
    env.source(i + 1);
    if (arg.type.kind === "scalar") {
      if (env.reg(i + 1).kind !== Kind.Scalar) reject(Reason.Argument, `R${i + 1} is not a scalar`);
      if (arg.ends("__k")) known(env, i + 1, facts);
      i++;
      continue;
    }
    i += pointerArgument(env, kfunc, i, insn, facts);
  }
  if (kfunc.has(KF.Release) && facts.releases === 0) {
    reject(Reason.Reference, `release kernel function ${kfunc.name} expects refcounted PTR_TO_BTF_ID`);
  }
  return facts;
}

export const ownsObject = (reg: Reg | undefined): boolean =>
  reg !== undefined && !isNonOwning(reg) && reg.extra >= LOCAL_TYPES;
