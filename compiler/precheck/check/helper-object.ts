/** Helpers that take kernel objects: which, and what type their result has (the bpf_func_protos of Linux 6.18). */
import { type Helper, HelperId } from "../../../runtime/facts/helpers/index.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, pointerReg, type Reg, regTypeName } from "../state/reg.js";
import { unsafeModifiers } from "./trust.js";

const SOCKETS: ReadonlySet<number> = new Set([Kind.Socket, Kind.SockCommon, Kind.TcpSock, Kind.XdpSock]);

/** Checks an object argument. @throws Rejection */
export function objectArgument(env: Env, helper: Helper, regno: number, reg: Reg): void {
  const wrong = (expected: string): never =>
    reject(reg.maybeNull ? Reason.Null : Reason.Argument, `R${regno} type=${regTypeName(reg)} expected=${expected}`);
  if (helper.ofCpu) {
    if (reg.kind !== Kind.Btf || (reg.flags & Flag.PerCpu) === 0)
      wrong("percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_");
    if ((reg.flags & (Flag.MaybeNull | Flag.Untrusted)) !== 0)
      wrong("percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_");
    return;
  }
  const wanted = helper.takes;
  if (wanted === undefined) {
    if (reg.kind !== Kind.Btf && !SOCKETS.has(reg.kind)) wrong("sock_common, sock, tcp_sock, ptr_");
    return;
  }
  const isNull = reg.kind === Kind.Scalar && reg.s.isZero;
  if (wanted.nullable && isNull) return;
  const expected = wanted.btf
    ? wanted.sockets
      ? "sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_"
      : "ptr_, trusted_ptr_, rcu_ptr_"
    : "sock_common, sock, tcp_sock, xdp_sock";
  if (SOCKETS.has(reg.kind)) {
    if (!wanted.sockets || (reg.maybeNull && !wanted.nullable)) wrong(expected);
    return;
  }
  if (reg.kind !== Kind.Btf || !wanted.btf) wrong(expected);
  const flags = reg.flags & ~(wanted.nullable ? Flag.MaybeNull : 0);
  const rcu = !wanted.sockets && flags === Flag.Rcu;
  if (flags !== 0 && flags !== Flag.Trusted && !rcu) {
    if (reg.maybeNull && (flags & ~Flag.MaybeNull & ~Flag.Trusted & ~Flag.Rcu) === 0)
      reject(Reason.Null, `Possibly NULL pointer passed to helper arg${regno}`);
    if (unsafeModifiers(reg) || !rcu) wrong(expected);
  }
  if (!env.types.matches(reg.extra, reg.off, env.types.idOf(wanted.struct), false)) {
    reject(Reason.Argument, `R${regno} is of type ${env.types.nameOf(reg.extra)} but ${wanted.struct} is expected`);
  }
}

/** r0 of helpers that give a BTF pointer; undefined for others. */
export function objectResult(env: Env, helper: Helper, object: Reg | undefined): Reg | undefined {
  if (helper.ofCpu) {
    const of = object ?? pointerReg(Kind.Btf);
    const nullable = helper.id === HelperId.per_cpu_ptr ? Flag.MaybeNull : 0;
    const type = env.types.get(of.extra);
    if (type !== undefined && type.kind !== "struct" && type.kind !== "union") {
      const size = env.types.kernel?.sizeOf(type.id) ?? 0;
      return pointerReg(Kind.Mem, size, Flag.ReadOnly | nullable, nullable === 0 ? 0 : env.nextId());
    }
    // The same object on one processor; RCU-kept ones stay so.
    const flags = (of.flags & ~Flag.PerCpu) | nullable;
    return of.with({ flags, id: nullable === 0 ? 0 : env.nextId() });
  }
  const name = helper.gives;
  if (name === undefined) return undefined;
  const type = env.types.idOf(name);
  if (helper.givesTrusted) return pointerReg(Kind.Btf, type, Flag.Trusted);
  return pointerReg(Kind.Btf, type, Flag.MaybeNull, env.nextId(), helper.casts ? (object?.ref ?? 0) : 0);
}
