/**
 * What the running kernel allows a program type, asked with one small program a question: helpers, context fields, return
 * values. Input: program and attach type. Output: the same facts that compiler/precheck/tables holds.
 */
import { closeSync } from "node:fs";
import { encode, type Instruction } from "../../runtime/isa/index.js";
import { loadProgramRaw, type RawLoad } from "../../runtime/kernel/program-raw.js";

/** A program type with one of its attach types. */
export interface Variant {
  readonly name: string;
  readonly type: number;
  readonly attach: number;
}

// biome-ignore format: a table
/** Every type that this kernel verifies without a trampoline; attach types that have rules of their own. */
export const VARIANTS: readonly Variant[] = [
  ["socket_filter", 1, 0], ["kprobe", 2, 0], ["kprobe/multi", 2, 42], ["kprobe/session", 2, 56], ["uprobe/multi", 2, 48],
  ["uprobe/session", 2, 57], ["sched_cls", 3, 0], ["sched_cls/tcx", 3, 46], ["sched_act", 4, 0], ["tracepoint", 5, 0],
  ["xdp", 6, 37], ["xdp/devmap", 6, 33], ["xdp/cpumap", 6, 35], ["perf_event", 7, 0], ["cgroup_skb/ingress", 8, 0],
  ["cgroup_skb/egress", 8, 1], ["cgroup_sock/create", 9, 2], ["cgroup_sock/post_bind4", 9, 12],
  ["cgroup_sock/post_bind6", 9, 13], ["cgroup_sock/release", 9, 34], ["lwt_in", 10, 0], ["lwt_out", 11, 0],
  ["lwt_xmit", 12, 0], ["sock_ops", 13, 3], ["sk_skb/parser", 14, 4], ["sk_skb/stream_verdict", 14, 5],
  ["sk_skb/verdict", 14, 38], ["cgroup_device", 15, 6], ["sk_msg", 16, 7], ["raw_tracepoint", 17, 0],
  ["cgroup_sock_addr/bind4", 18, 8], ["cgroup_sock_addr/bind6", 18, 9], ["cgroup_sock_addr/connect4", 18, 10],
  ["cgroup_sock_addr/connect6", 18, 11], ["cgroup_sock_addr/sendmsg4", 18, 14], ["cgroup_sock_addr/sendmsg6", 18, 15],
  ["cgroup_sock_addr/recvmsg4", 18, 19], ["cgroup_sock_addr/recvmsg6", 18, 20], ["cgroup_sock_addr/getpeername4", 18, 29],
  ["cgroup_sock_addr/getpeername6", 18, 30], ["cgroup_sock_addr/getsockname4", 18, 31],
  ["cgroup_sock_addr/getsockname6", 18, 32], ["cgroup_sock_addr/connect_unix", 18, 49],
  ["cgroup_sock_addr/sendmsg_unix", 18, 50], ["cgroup_sock_addr/recvmsg_unix", 18, 51],
  ["cgroup_sock_addr/getpeername_unix", 18, 52], ["cgroup_sock_addr/getsockname_unix", 18, 53], ["lwt_seg6local", 19, 0],
  ["sk_reuseport", 21, 39], ["sk_reuseport/migrate", 21, 40], ["flow_dissector", 22, 17],
  ["cgroup_sysctl", 23, 18], ["raw_tracepoint_writable", 24, 0], ["cgroup_sockopt/set", 25, 22],
  ["cgroup_sockopt/get", 25, 21], ["sk_lookup", 30, 36], ["syscall", 31, 0], ["netfilter", 32, 45],
].map(([name, type, attach]) => ({ name: String(name), type: Number(type), attach: Number(attach) }));

const BPF_F_SLEEPABLE = 16;
const SYSCALL = 31;

const insn = (opcode: number, dst = 0, src = 0, off = 0, imm = 0): Instruction => ({
  slot: 0,
  opcode,
  dst,
  src,
  off,
  imm,
});
const end = [insn(0xb7, 0, 0, 0, 1), insn(0x95)];

/** The log is "" when it accepted without being asked for one. */
function ask(
  { type, attach }: Variant,
  insns: readonly Instruction[],
  logLevel = 1,
): Pick<RawLoad, "ok" | "log" | "word"> {
  const { ok, fd, log, word } = loadProgramRaw({
    type,
    expectedAttachType: attach,
    insns: encode(insns),
    logLevel,
    flags: type === SYSCALL ? BPF_F_SLEEPABLE : 0,
  });
  if (ok) closeSync(fd);
  return { ok, log, word };
}

/** Why nothing can be learned of the type and attach type: the kernel lacks them, or refuses them by policy. */
export function missing(variant: Variant): string | undefined {
  const { word } = ask(variant, end);
  return word.verdict === "accept" ? undefined : word.message;
}

const HELPERS = 211;
const NOT_CALLABLE = /program of this type cannot use helper|unknown func|invalid func/;

/** Ids of the helpers that the type may call, whatever their arguments must be. */
export function probeHelpers(variant: Variant): Set<number> {
  const found = new Set<number>();
  for (let id = 1; id <= HELPERS; id++) {
    const { ok, log } = ask(variant, [2, 3, 4, 5].map((r) => insn(0xb7, r)).concat(insn(0x85, 0, 0, 0, id), end));
    if (ok || !NOT_CALLABLE.test(log)) found.add(id);
  }
  return found;
}

const SIZES = [
  [1, 0x10],
  [2, 0x08],
  [4, 0x00],
  [8, 0x18],
] as const;

/** One place of the context. */
export interface Field {
  /** Or-ed sizes in bytes. */
  readonly read: number;
  readonly write: number;
  /** The verifier's word for what a load gives. */
  readonly kind: string;
}

export function probeContext(variant: Variant, offsets: readonly number[]): Map<number, Field> {
  const fields = new Map<number, Field>();
  for (const off of offsets) {
    let read = 0;
    let write = 0;
    let kind = "scalar";
    for (const [size, code] of SIZES) {
      const loaded = ask(variant, [insn(0x61 | code, 0, 1, off), ...end], 2);
      if (loaded.ok) {
        read |= size;
        // "; R0=pkt(r=0)" or, where a line comes between, "1: R0=sock_or_null(id=1)".
        kind = /(?:; |^1: )R0=([a-z_0-9]+)/m.exec(loaded.log)?.[1] ?? "scalar";
      }
      if (ask(variant, [insn(0xb7, 2), insn(0x63 | code, 1, 2, off), ...end]).ok) write |= size;
    }
    if (read !== 0 || write !== 0) fields.set(off, { read, write, kind });
  }
  return fields;
}

/** The values from -2 to 9 that the program may return. */
export function probeReturns(variant: Variant): number[] {
  return Array.from({ length: 12 }, (_, i) => i - 2).filter(
    (value) => ask(variant, [insn(0xb7, 0, 0, 0, value), insn(0x95)]).ok,
  );
}

/** The program may return a number that nothing bounds. */
export function probeUnknownReturn(variant: Variant): boolean {
  return ask(variant, [insn(0x85, 0, 0, 0, 7), insn(0x95)]).ok;
}
