/** Helpers that take kernel objects: which, and what type their result has (the bpf_func_protos of Linux 6.18). */
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, pointerReg, type Reg, regTypeName } from "../state/reg.js";
import { unsafeModifiers } from "./trust.js";

interface Wanted {
  /** Kernel struct; "sock_common" with `sockets` alone for the types that only sockets fit. */
  readonly struct: string;
  /** Socket pointers fit too. */
  readonly sockets: boolean;
  /** BTF pointers fit. */
  readonly btf: boolean;
  readonly nullable: boolean;
}
const socketOnly: Wanted = { struct: "sock_common", sockets: true, btf: false, nullable: false };
const socket: Wanted = { struct: "sock_common", sockets: true, btf: true, nullable: false };
const struct = (name: string, nullable = false): Wanted => ({ struct: name, sockets: false, btf: true, nullable });

// biome-ignore format: a table
const WANTED: Readonly<Record<number, Wanted>> = {
  49: socket, 57: socket, 86: socket, 95: socketOnly, 96: socketOnly, 98: socketOnly, 100: socket, 107: socket, 108: socket,
  110: socket, 124: socket, 128: socket, 129: socket, 136: socket, 137: socket, 138: socket, 139: socket, 140: socket,
  178: socket, 196: socketOnly, 116: struct("tcp_sock"), 126: struct("seq_file"), 127: struct("seq_file"),
  150: struct("seq_file"), 141: struct("task_struct"), 175: struct("task_struct"), 180: struct("task_struct"),
  191: struct("task_struct"), 156: struct("task_struct", true), 157: struct("task_struct", true), 145: struct("inode", true),
  146: struct("inode", true), 147: struct("path"), 159: struct("linux_binprm"), 161: struct("inode"), 162: struct("file"),
  193: struct("file"), 210: struct("cgroup", true), 211: struct("cgroup", true), 111: struct("sk_buff"), 121: struct("xdp_buff"),
  188: struct("xdp_buff"), 46: { ...socket, nullable: true }, 2: socket,
};

// biome-ignore format: a table
/** Result structs of helpers that give BTF pointers. */
const GIVES: Readonly<Record<number, string>> = {
  136: "tcp6_sock", 137: "tcp_sock", 138: "tcp_timewait_sock", 139: "tcp_request_sock", 140: "udp6_sock", 178: "unix_sock",
  196: "mptcp_sock", 158: "task_struct", 162: "socket", 175: "pt_regs",
};
/** The result is the same object as the argument and lives as long (is_ptr_cast_function). */
export const CASTS: ReadonlySet<number> = new Set([95, 96, 136, 137, 138, 139, 140, 196]);
const ALWAYS_TRUSTED: ReadonlySet<number> = new Set([158, 175]);

const SOCKETS: ReadonlySet<number> = new Set([Kind.Socket, Kind.SockCommon, Kind.TcpSock, Kind.XdpSock]);
const PER_CPU: ReadonlySet<number> = new Set([153, 154]);

const SK_LOOKUP = 30;
const TRACING = 26;

/** What the helper wants in a program of this type. */
function wantedBy(id: number, type: number): Wanted | undefined {
  // bpf_sk_storage_get_tracing, bpf_sk_lookup_assign
  if (type === TRACING && (id === 107 || id === 108)) return struct("sock_common", true);
  if (type === SK_LOOKUP && id === 124) return { ...socketOnly, nullable: true };
  return WANTED[id];
}

/** Checks an object argument. @throws Rejection */
export function objectArgument(env: Env, id: number, regno: number, reg: Reg): void {
  const wrong = (expected: string): never =>
    reject(reg.maybeNull ? Reason.Null : Reason.Argument, `R${regno} type=${regTypeName(reg)} expected=${expected}`);
  if (PER_CPU.has(id)) {
    if (reg.kind !== Kind.Btf || (reg.flags & Flag.PerCpu) === 0)
      wrong("percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_");
    if ((reg.flags & (Flag.MaybeNull | Flag.Untrusted)) !== 0)
      wrong("percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_");
    return;
  }
  const wanted = wantedBy(id, env.subject.type);
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
export function objectResult(env: Env, id: number, object: Reg | undefined): Reg | undefined {
  if (PER_CPU.has(id)) {
    const of = object ?? pointerReg(Kind.Btf);
    const nullable = id === 153 ? Flag.MaybeNull : 0;
    const type = env.types.get(of.extra);
    if (type !== undefined && type.kind !== "struct" && type.kind !== "union") {
      const size = env.types.kernel?.sizeOf(type.id) ?? 0;
      return pointerReg(Kind.Mem, size, Flag.ReadOnly | nullable, nullable === 0 ? 0 : env.nextId());
    }
    // The same object on one processor; RCU-kept ones stay so.
    const flags = (of.flags & ~Flag.PerCpu) | nullable;
    return of.with({ flags, id: nullable === 0 ? 0 : env.nextId() });
  }
  const name = GIVES[id];
  if (name === undefined) return undefined;
  const type = env.types.idOf(name);
  if (ALWAYS_TRUSTED.has(id)) return pointerReg(Kind.Btf, type, Flag.Trusted);
  return pointerReg(Kind.Btf, type, Flag.MaybeNull, env.nextId(), CASTS.has(id) ? (object?.ref ?? 0) : 0);
}
