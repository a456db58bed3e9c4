/** Which pointers the kernel vouches for (is_trusted_reg, is_rcu_reg; kernel/bpf/verifier.c, 6.18). */
import { Flag, Kind, type Reg } from "../state/reg.js";

/** Kinds that stand for kernel structs without naming them (reg2btf_ids). */
export const STRUCT_OF: ReadonlyMap<number, string> = new Map([
  [Kind.Socket, "sock"],
  [Kind.SockCommon, "sock_common"],
  [Kind.TcpSock, "tcp_sock"],
  [Kind.MapPtr, "bpf_map"],
]);

const MODIFIERS =
  Flag.MaybeNull | Flag.Trusted | Flag.Rcu | Flag.Untrusted | Flag.Alloc | Flag.PerCpu | Flag.NonOwning | Flag.User;
const VOUCHED = Flag.Alloc | Flag.Trusted | Flag.NonOwning;

export const unsafeModifiers = (reg: Reg): boolean => (reg.flags & MODIFIERS & ~VOUCHED) !== 0;

export function isTrusted(reg: Reg): boolean {
  if (reg.ref !== 0) return true;
  if (STRUCT_OF.has(reg.kind)) return !unsafeModifiers(reg);
  return reg.kind === Kind.Btf && (reg.flags & VOUCHED) !== 0 && !unsafeModifiers(reg);
}

export const isRcu = (reg: Reg): boolean => (reg.flags & Flag.Rcu) !== 0;

/** An object that this program allocated (or holds through a kptr to a local type). */
export const isAllocated = (reg: Reg): boolean => reg.kind === Kind.Btf && (reg.flags & Flag.Alloc) !== 0;
export const isNonOwning = (reg: Reg): boolean => reg.kind === Kind.Btf && (reg.flags & Flag.NonOwning) !== 0;
