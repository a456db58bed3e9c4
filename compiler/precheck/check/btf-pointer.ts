/** Loads and stores through pointers to structs that BTF describes (check_ptr_to_btf_access; kernel/bpf/verifier.c, 6.18). */
import { ProgramTypeId, programTypes } from "../../../runtime/facts/program-types/ids.js";
import { scalarOfBytes } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { fieldsOf } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, LOCAL_TYPES, pointerReg, type Reg, scalarReg } from "../state/reg.js";
import type { Found } from "../types.js";
import { inRcuSection } from "./section.js";
import { isAllocated, isNonOwning, isRcu, isTrusted } from "./trust.js";

/** Members of sockets that a congestion control may write (bpf_tcp_ca_btf_struct_access, net/ipv4/bpf_tcp_ca.c). */
const TCP_WRITABLE: ReadonlySet<string> = new Set(["sk_pacing_rate", "sk_pacing_status", "icsk_ca_priv", "icsk_ack"]);
const TCP_SOCK_WRITABLE: ReadonlySet<string> = new Set([
  "snd_cwnd",
  "snd_cwnd_cnt",
  "snd_cwnd_stamp",
  "snd_ssthresh",
  "ecn_flags",
  "app_limited",
]);

/** What a pointer that was loaded through `reg` may be relied on for. */
function trustOf(env: Env, reg: Reg, found: Extract<Found, { kind: "struct pointer" }>): number {
  const { types } = env;
  if (found.union || (reg.flags & Flag.Untrusted) !== 0) return Flag.Untrusted;
  if (!isTrusted(reg) && !isRcu(reg)) return 0;
  const keeps = (list: Parameters<typeof types.keeps>[1]): boolean => types.keeps(found.holder, list, found.member);
  if (isTrusted(reg) && keeps("safe_trusted")) return Flag.Trusted;
  if (isTrusted(reg) && keeps("safe_trusted_or_null")) return Flag.Trusted | Flag.MaybeNull;
  if (inRcuSection(env) && !reg.maybeNull) {
    if (keeps("safe_rcu")) return Flag.Rcu;
    if (keeps("safe_rcu_or_null")) return Flag.Rcu | Flag.MaybeNull;
  }
  return 0;
}

/** Program types that may write the mark of a connection (tc_cls_act_btf_struct_access, xdp_btf_struct_access). */
const CONNTRACK_TYPES = programTypes("sched_cls", "sched_act", "xdp");

/** @throws Rejection for members of connections that may not be written */
function writableConnection(env: Env, reg: Reg, off: number, size: number): boolean {
  const name = env.types.nameOf(reg.extra);
  if (!CONNTRACK_TYPES.has(env.subject.type) || (name !== "nf_conn" && name !== "nf_conn___init")) return false;
  const found = env.types.kernel?.find("nf_conn", "struct");
  const mark = found?.kind === "struct" ? found.members.find((m) => m.name === "mark") : undefined;
  if (mark === undefined || mark.bitOffset / 8 !== off)
    reject(Reason.InvalidMemory, `no write support to nf_conn at off ${off}`);
  if (size > 4)
    reject(Reason.InvalidMemory, `write access at off ${off} with size ${size} beyond the member of nf_conn`);
  return true;
}

function writable(env: Env, reg: Reg, off: number, size: number): boolean {
  if (writableConnection(env, reg, off, size)) return true;
  if (env.subject.type !== ProgramTypeId.struct_ops) return false;
  const name = env.types.nameOf(reg.extra);
  const type = env.types.get(reg.extra);
  if (type?.kind !== "struct") return false;
  const list =
    name === "tcp_sock"
      ? TCP_SOCK_WRITABLE
      : name === "sock" || name === "inet_connection_sock"
        ? TCP_WRITABLE
        : undefined;
  if (list === undefined) return false;
  return type.members.some((m) => list.has(m.name) && m.bitOffset / 8 <= off && off + size <= m.bitOffset / 8 + 8);
}

/** @returns what a load gives */
export function accessStruct(env: Env, regno: number, reg: Reg, off: number, size: number, write: boolean): Reg {
  const { types } = env;
  const at = reg.off + off;
  const name = types.nameOf(reg.extra);
  const where = `R${regno} is ptr_${name}`;
  if (!env.subject.gpl && reg.extra < LOCAL_TYPES) {
    reject(Reason.Licence, `Cannot access kernel 'struct ${name}' from non-GPL compatible program`);
  }
  if (at < 0) reject(Reason.InvalidMemory, `${where} invalid negative access: off=${at}`);
  if (!reg.s.isZero) reject(Reason.InvalidMemory, `${where} invalid variable offset: off=${at}`);
  if ((reg.flags & Flag.User) !== 0) reject(Reason.InvalidMemory, `${where} access user memory: off=${at}`);
  if ((reg.flags & Flag.PerCpu) !== 0) reject(Reason.InvalidMemory, `${where} access percpu memory: off=${at}`);
  if (write && !isAllocated(reg)) {
    if (writable(env, reg, at, size)) return reg;
    if (env.subject.type === ProgramTypeId.struct_ops)
      reject(Reason.InvalidMemory, `no write support to ${name} at off ${at}`);
    reject(Reason.InvalidMemory, "only read is supported");
  }
  if (isAllocated(reg)) {
    if (!isNonOwning(reg) && !isRcu(reg) && reg.ref === 0 && (reg.flags & Flag.Untrusted) === 0)
      reject(Reason.Reference, "ref_obj_id for allocated object must be non-zero");
    const special = fieldsOf(types.program, reg.extra % LOCAL_TYPES).find(
      (f) => reg.extra >= LOCAL_TYPES && at < f.off + f.size && f.off < at + size,
    );
    if (special !== undefined) reject(Reason.InvalidMemory, `direct access to ${special.kind} is disallowed`);
  }
  const found = types.walk(reg.extra, at, size);
  if (found.kind === "refused") reject(Reason.InvalidMemory, found.text);
  if (found.kind === "scalar" || write) return scalarReg(scalarOfBytes(size));
  const flags = trustOf(env, reg, found);
  return pointerReg(Kind.Btf, found.type, flags, (flags & Flag.MaybeNull) !== 0 ? env.nextId() : 0);
}
