/**
 * ELF section name -> program type, attach type and first kernel: the names that libbpf knows (its program_types
 * documentation), as one table. A name may carry a detail after "/": "kprobe/do_sys_open".
 */

import type { ProgramTypeName } from "../facts/program-types/ids.js";

/** One row: `match` is the whole name, or with a trailing "/" or "+" as libbpf's SEC_DEF marks them. */
export interface SectionRow {
  /** "xdp" exact; "kprobe+" alone or followed by "/detail"; "tracepoint/" only with a detail. */
  readonly match: string;
  readonly type: ProgramTypeName;
  /** enum bpf_attach_type, 0 where the type has none. */
  readonly attach: number;
  /** First kernel with the program type or attach point. */
  readonly since: string;
  readonly sleepable: boolean;
}

type Row = readonly [match: string, type: ProgramTypeName, attach: number, since: string, sleepable?: true];

// biome-ignore format: a table
const ROWS: readonly Row[] = [
  ["socket+", "socket_filter", 0, "3.19"],
  ["sk_reuseport/migrate", "sk_reuseport", 40, "5.14"],
  ["sk_reuseport", "sk_reuseport", 39, "4.19"],
  ["kprobe+", "kprobe", 0, "4.1"],
  ["kretprobe+", "kprobe", 0, "4.1"],
  ["uprobe+", "kprobe", 0, "4.3"],
  ["uprobe.s+", "kprobe", 0, "6.0", true],
  ["uretprobe+", "kprobe", 0, "4.3"],
  ["uretprobe.s+", "kprobe", 0, "6.0", true],
  ["kprobe.multi+", "kprobe", 42, "5.18"],
  ["kretprobe.multi+", "kprobe", 42, "5.18"],
  ["kprobe.session+", "kprobe", 56, "6.10"],
  ["uprobe.session+", "kprobe", 57, "6.13"],
  ["uprobe.session.s+", "kprobe", 57, "6.13", true],
  ["uprobe.multi+", "kprobe", 48, "6.6"],
  ["uretprobe.multi+", "kprobe", 48, "6.6"],
  ["uprobe.multi.s+", "kprobe", 48, "6.6", true],
  ["uretprobe.multi.s+", "kprobe", 48, "6.6", true],
  ["ksyscall+", "kprobe", 0, "4.1"],
  ["kretsyscall+", "kprobe", 0, "4.1"],
  ["usdt+", "kprobe", 0, "4.3"],
  ["usdt.s+", "kprobe", 0, "6.0", true],
  ["tc/ingress", "sched_cls", 46, "6.6"],
  ["tc/egress", "sched_cls", 47, "6.6"],
  ["tcx/ingress", "sched_cls", 46, "6.6"],
  ["tcx/egress", "sched_cls", 47, "6.6"],
  ["tc", "sched_cls", 0, "4.1"],
  ["classifier", "sched_cls", 0, "4.1"],
  ["action", "sched_act", 0, "4.1"],
  ["netkit/primary", "sched_cls", 54, "6.7"],
  ["netkit/peer", "sched_cls", 55, "6.7"],
  ["tracepoint+", "tracepoint", 0, "4.7"],
  ["tp+", "tracepoint", 0, "4.7"],
  ["raw_tracepoint+", "raw_tracepoint", 0, "4.17"],
  ["raw_tp+", "raw_tracepoint", 0, "4.17"],
  ["raw_tracepoint.w+", "raw_tracepoint_writable", 0, "5.2"],
  ["raw_tp.w+", "raw_tracepoint_writable", 0, "5.2"],
  ["tp_btf+", "tracing", 23, "5.5"],
  ["fentry+", "tracing", 24, "5.5"],
  ["fmod_ret+", "tracing", 26, "5.7"],
  ["fexit+", "tracing", 25, "5.5"],
  ["fentry.s+", "tracing", 24, "5.10", true],
  ["fmod_ret.s+", "tracing", 26, "5.10", true],
  ["fexit.s+", "tracing", 25, "5.10", true],
  ["freplace+", "ext", 0, "5.6"],
  ["lsm+", "lsm", 27, "5.7"],
  ["lsm.s+", "lsm", 27, "5.11", true],
  ["lsm_cgroup+", "lsm", 43, "6.0"],
  ["iter+", "tracing", 28, "5.8"],
  ["iter.s+", "tracing", 28, "6.0", true],
  ["syscall", "syscall", 0, "5.14", true],
  ["xdp.frags/devmap", "xdp", 33, "5.18"],
  ["xdp/devmap", "xdp", 33, "5.8"],
  ["xdp.frags/cpumap", "xdp", 35, "5.18"],
  ["xdp/cpumap", "xdp", 35, "5.9"],
  ["xdp.frags", "xdp", 37, "5.18"],
  ["xdp", "xdp", 37, "4.8"],
  ["perf_event", "perf_event", 0, "4.9"],
  ["lwt_in", "lwt_in", 0, "4.10"],
  ["lwt_out", "lwt_out", 0, "4.10"],
  ["lwt_xmit", "lwt_xmit", 0, "4.10"],
  ["lwt_seg6local", "lwt_seg6local", 0, "4.18"],
  ["sockops", "sock_ops", 3, "4.13"],
  ["sk_skb/stream_parser", "sk_skb", 4, "4.14"],
  ["sk_skb/stream_verdict", "sk_skb", 5, "4.14"],
  ["sk_skb/verdict", "sk_skb", 38, "5.13"],
  ["sk_skb", "sk_skb", 0, "4.14"],
  ["sk_msg", "sk_msg", 7, "4.17"],
  ["lirc_mode2", "lirc_mode2", 16, "4.18"],
  ["flow_dissector", "flow_dissector", 17, "4.20"],
  ["cgroup_skb/ingress", "cgroup_skb", 0, "4.10"],
  ["cgroup_skb/egress", "cgroup_skb", 1, "4.10"],
  ["cgroup/skb", "cgroup_skb", 0, "4.10"],
  ["cgroup/sock_create", "cgroup_sock", 2, "4.10"],
  ["cgroup/sock_release", "cgroup_sock", 34, "5.9"],
  ["cgroup/sock", "cgroup_sock", 2, "4.10"],
  ["cgroup/post_bind4", "cgroup_sock", 12, "4.17"],
  ["cgroup/post_bind6", "cgroup_sock", 13, "4.17"],
  ["cgroup/bind4", "cgroup_sock_addr", 8, "4.17"],
  ["cgroup/bind6", "cgroup_sock_addr", 9, "4.17"],
  ["cgroup/connect4", "cgroup_sock_addr", 10, "4.17"],
  ["cgroup/connect6", "cgroup_sock_addr", 11, "4.17"],
  ["cgroup/connect_unix", "cgroup_sock_addr", 49, "6.7"],
  ["cgroup/sendmsg4", "cgroup_sock_addr", 14, "4.18"],
  ["cgroup/sendmsg6", "cgroup_sock_addr", 15, "4.18"],
  ["cgroup/sendmsg_unix", "cgroup_sock_addr", 50, "6.7"],
  ["cgroup/recvmsg4", "cgroup_sock_addr", 19, "5.2"],
  ["cgroup/recvmsg6", "cgroup_sock_addr", 20, "5.2"],
  ["cgroup/recvmsg_unix", "cgroup_sock_addr", 51, "6.7"],
  ["cgroup/getpeername4", "cgroup_sock_addr", 29, "5.8"],
  ["cgroup/getpeername6", "cgroup_sock_addr", 30, "5.8"],
  ["cgroup/getpeername_unix", "cgroup_sock_addr", 52, "6.7"],
  ["cgroup/getsockname4", "cgroup_sock_addr", 31, "5.8"],
  ["cgroup/getsockname6", "cgroup_sock_addr", 32, "5.8"],
  ["cgroup/getsockname_unix", "cgroup_sock_addr", 53, "6.7"],
  ["cgroup/sysctl", "cgroup_sysctl", 18, "5.2"],
  ["cgroup/getsockopt", "cgroup_sockopt", 21, "5.3"],
  ["cgroup/setsockopt", "cgroup_sockopt", 22, "5.3"],
  ["cgroup/dev", "cgroup_device", 6, "4.15"],
  ["struct_ops+", "struct_ops", 44, "5.6"],
  ["struct_ops.s+", "struct_ops", 44, "6.0", true],
  ["sk_lookup", "sk_lookup", 36, "5.9"],
  ["netfilter", "netfilter", 45, "6.4"],
];

/** Every section name that makes a program. */
export const SECTIONS: readonly SectionRow[] = Object.freeze(
  ROWS.map(([match, type, attach, since, sleepable]) => ({
    match,
    type,
    attach,
    since,
    sleepable: sleepable === true,
  })),
);

/** What a section name says. */
export interface SectionMeaning extends SectionRow {
  /** What follows the first "/" of a "+" row: "do_sys_open", "syscalls/sys_enter_mkdir"; else undefined. */
  readonly detail?: string;
}

/**
 * The meaning of a program's section name, or undefined for one that no loader knows. A leading "?" (not loaded by
 * default) is ignored; the old form "xdp_foo" and "tc_foo" (a known exact name as prefix, before libbpf 1.0) is known.
 * @example sectionMeaning("tracepoint/syscalls/sys_enter_mkdir")?.detail // "syscalls/sys_enter_mkdir"
 */
export function sectionMeaning(name: string): SectionMeaning | undefined {
  const section = name.startsWith("?") ? name.slice(1) : name;
  for (const row of SECTIONS) {
    if (!row.match.endsWith("+")) {
      if (section === row.match) return row;
      continue;
    }
    const stem = row.match.slice(0, -1);
    if (section === stem) return row;
    if (section.startsWith(`${stem}/`)) return { ...row, detail: section.slice(stem.length + 1) };
  }
  const loose = SECTIONS.filter((row) => !row.match.endsWith("+") && section.startsWith(row.match));
  return loose.reduce<SectionRow | undefined>(
    (a, b) => (a === undefined || b.match.length > a.match.length ? b : a),
    undefined,
  );
}
