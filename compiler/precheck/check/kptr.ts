/** Kernel pointers kept in map values and objects (check_map_kptr_access, process_kptr_func; kernel/bpf/verifier.c, 6.18). */
import type { Env } from "../env.js";
import { type Field, fieldsOf } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, LOCAL_TYPES, pointerReg, type Reg, regTypeName, UNKNOWN_REG } from "../state/reg.js";
import { constantOffset, fieldsAt } from "./lock.js";
import { inRcuSection } from "./section.js";
import { isAllocated } from "./trust.js";

/** Objects that RCU keeps alive (rcu_protected_types). */
const RCU_PROTECTED: ReadonlySet<string> = new Set([
  "prog_test_ref_kfunc",
  "cgroup",
  "bpf_cpumask",
  "task_struct",
  "bpf_crypto_ctx",
]);

/** The kptr's type: the kernel's struct if it has one of the name, else the program's (btf_parse_kptr). */
function targetOf(env: Env, field: Field): number {
  const { name = "", type = 0 } = field.target ?? {};
  const { kernel } = env.types;
  if (kernel === undefined) {
    const known = RCU_PROTECTED.has(name) || field.kind === "kptr_unref";
    return known ? env.types.idOf(name) : LOCAL_TYPES + type;
  }
  return kernel.find(name, "struct")?.id ?? LOCAL_TYPES + type;
}

export const isKptr = (field: Field): boolean => field.kind.startsWith("kptr") || field.kind === "uptr";
const isReferenced = (field: Field): boolean => field.kind === "kptr_ref" || field.kind === "kptr_percpu";

function matchType(env: Env, field: Field, reg: Reg, regno: number): void {
  const target = targetOf(env, field);
  const local = reg.kind === Kind.Btf && reg.extra >= LOCAL_TYPES;
  const allowed = local
    ? Flag.MaybeNull | Flag.Alloc | (field.kind === "kptr_percpu" ? Flag.PerCpu : 0)
    : Flag.MaybeNull | Flag.Trusted | Flag.Rcu | (field.kind === "kptr_unref" ? Flag.Untrusted : 0);
  const fits =
    reg.kind === Kind.Btf &&
    (reg.flags & ~allowed) === 0 &&
    reg.s.isConst &&
    reg.s.umin === 0n &&
    env.types.matches(reg.extra, reg.off, target, field.kind !== "kptr_unref");
  if (!fits) {
    reject(
      Reason.Argument,
      `invalid kptr access, R${regno} type=${regTypeName(reg)} expected=ptr_${field.target?.name ?? "?"}`,
    );
  }
}

/** @returns what a load of the kptr gives */
export function loadKptr(env: Env, field: Field): Reg {
  const target = targetOf(env, field);
  const id = env.nextId();
  if (field.kind === "uptr") {
    const size = env.types.program === undefined ? 0 : env.types.program.sizeOf(field.target?.type ?? 0);
    return pointerReg(Kind.Mem, size, Flag.MaybeNull, id);
  }
  const local = target >= LOCAL_TYPES;
  const safe =
    field.kind === "kptr_percpu" ||
    (field.kind === "kptr_ref" && (local || RCU_PROTECTED.has(field.target?.name ?? "")));
  if (!safe || !inRcuSection(env)) return pointerReg(Kind.Btf, target, Flag.MaybeNull | Flag.Untrusted, id);
  const more = field.kind === "kptr_percpu" ? Flag.PerCpu : local ? Flag.Alloc : 0;
  // Objects that a list or tree may hold belong to it, not to who reads them (btf_ld_kptr_type).
  const own = local ? fieldsOf(env.types.program, target - LOCAL_TYPES) : [];
  const held = own.some(({ kind }) => kind === "bpf_list_node" || kind === "bpf_rb_node") ? Flag.NonOwning : 0;
  return pointerReg(Kind.Btf, target, Flag.MaybeNull | Flag.Rcu | more | held, id);
}

/** @param value register that is stored, or -1 with the constant */
export function storeKptr(env: Env, field: Field, value: number, constant: bigint | undefined): void {
  if (isReferenced(field)) reject(Reason.Map, "store to referenced kptr disallowed");
  if (field.kind === "uptr") reject(Reason.Map, "store to uptr disallowed");
  if (value < 0) {
    if (constant !== 0n) reject(Reason.Map, `BPF_ST imm must be 0 when storing to kptr at off=${field.off}`);
    return;
  }
  const reg = env.reg(value);
  if (reg.kind === Kind.Scalar && reg.s.isZero) return;
  matchType(env, field, reg, value);
}

/** First argument of bpf_kptr_xchg. */
export function exchangePlace(env: Env, regno: number): Field {
  const reg = env.source(regno);
  if (reg.maybeNull || (reg.kind !== Kind.MapValue && !isAllocated(reg)))
    reject(
      reg.maybeNull ? Reason.Null : Reason.Argument,
      `R${regno} type=${regTypeName(reg)} expected=map_value, ptr_`,
    );
  const at = constantOffset(reg);
  if (at === undefined) {
    reject(Reason.Argument, `R${regno} doesn't have constant offset. kptr has to be at the constant offset`);
  }
  const fields = fieldsAt(env, reg).filter(isKptr);
  if (fields.length === 0) reject(Reason.Map, `map has no valid kptr`);
  const field = fields.find((f) => f.off === at);
  if (field === undefined) reject(Reason.Argument, `off=${at} doesn't point to kptr`);
  if (!isReferenced(field)) reject(Reason.Argument, `off=${at} kptr isn't referenced kptr`);
  return field;
}

/** bpf_kptr_xchg after its place: the new value goes in, the old one comes out in r0. */
export function exchange(env: Env, field: Field, regno: number, insn: number): Reg {
  const reg = env.source(regno);
  const { state } = env;
  const target = targetOf(env, field);
  const local = target >= LOCAL_TYPES;
  const isNull = reg.kind === Kind.Scalar && reg.s.isZero;
  if (!isNull) {
    if (reg.kind !== Kind.Btf)
      reject(Reason.Argument, `R${regno} type=${regTypeName(reg)} expected=ptr_, trusted_ptr_, rcu_ptr_`);
    matchType(env, field, reg, regno);
    if (reg.ref === 0) reject(Reason.Reference, `R${regno} must be referenced when passed to release function`);
    if (reg.off !== 0)
      reject(Reason.Reference, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`);
    const keeps = inRcuSection(env);
    state.refs = state.refs.filter((r) => r.id !== reg.ref);
    env.mapRegs(state, (r) => {
      if (r.ref !== reg.ref) return r;
      const both = Flag.Alloc | Flag.PerCpu;
      if (keeps && (r.flags & both) === both) return r.with({ ref: 0, flags: (r.flags & ~Flag.Alloc) | Flag.Rcu });
      return UNKNOWN_REG;
    });
  }
  const id = env.nextId();
  state.refs = [...state.refs, { id, insn }];
  const more = local ? Flag.Alloc | (field.kind === "kptr_percpu" ? Flag.PerCpu : 0) : 0;
  return pointerReg(Kind.Btf, target, Flag.MaybeNull | more, id, id);
}
