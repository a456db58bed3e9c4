/** Program type -> kind of context, and what its packet is like. One table. */
import { PROGRAM_TYPES, type ProgramTypeName } from "../../facts/program-types/index.js";

export type ContextShape = "xdp" | "skb" | "pt_regs" | "args" | "struct";

/** How a program type is run. */
export interface ContextKind {
  readonly shape: ContextShape;
  /** Does the program see the Ethernet header? (kernel: bpf_prog_test_run_skb, is_l2) */
  readonly link: boolean;
  /** May it write packet bytes directly? */
  readonly writable: boolean;
  /**
   * Are its pointers typed by BTF, so that the kernel reads through them with exception handling and gives 0 for what is
   * not mapped? (kernel/bpf/verifier.c, BPF_PROBE_MEM)
   */
  readonly probes?: boolean;
  /** Names of return values. */
  readonly actions: Readonly<Record<number, string>>;
}

/** enum xdp_action */
export const XDP_ACTIONS: Readonly<Record<number, string>> = {
  0: "aborted",
  1: "drop",
  2: "pass",
  3: "tx",
  4: "redirect",
};
/** TC_ACT_* */
export const TC_ACTIONS: Readonly<Record<number, string>> = {
  [-1]: "unspec",
  0: "ok",
  1: "reclassify",
  2: "shot",
  3: "pipe",
  4: "stolen",
  5: "queued",
  6: "repeat",
  7: "redirect",
  8: "trap",
};
const VERDICT: Readonly<Record<number, string>> = { 0: "drop", 1: "pass" };
const SK_VERDICT: Readonly<Record<number, string>> = { 0: "drop", 1: "pass" };
const LWT: Readonly<Record<number, string>> = { 0: "ok", 2: "drop", 7: "redirect", 128: "reroute" };
type PacketType = keyof typeof PROGRAM_TYPES;
const NONE: Readonly<Record<number, string>> = {};

const writes = (type: PacketType): boolean => PROGRAM_TYPES[type].packet === "write";
const skb = (type: PacketType, link: boolean, actions: ContextKind["actions"]): ContextKind => ({
  shape: "skb",
  link,
  writable: writes(type),
  actions,
});
const plain = (shape: ContextShape, actions: ContextKind["actions"] = NONE): ContextKind => ({
  shape,
  link: false,
  writable: false,
  actions,
});

const OTHER = plain("struct");

const KINDS: Readonly<Record<ProgramTypeName, ContextKind>> = {
  xdp: { shape: "xdp", link: true, writable: writes("xdp"), actions: XDP_ACTIONS },
  sched_cls: skb("sched_cls", true, TC_ACTIONS),
  sched_act: skb("sched_act", true, TC_ACTIONS),
  socket_filter: skb("socket_filter", false, NONE),
  cgroup_skb: skb("cgroup_skb", false, VERDICT),
  lwt_in: skb("lwt_in", false, LWT),
  lwt_out: skb("lwt_out", false, LWT),
  lwt_xmit: skb("lwt_xmit", false, LWT),
  sk_skb: skb("sk_skb", false, SK_VERDICT),
  kprobe: plain("pt_regs"),
  raw_tracepoint: plain("args"),
  raw_tracepoint_writable: plain("args"),
  tracing: { ...plain("args"), probes: true },
  lsm: { ...plain("args"), probes: true },
  struct_ops: { ...plain("args"), probes: true },
  cgroup_device: plain("struct", { 0: "deny", 1: "allow" }),
  cgroup_sock: plain("struct", { 0: "deny", 1: "allow" }),
  cgroup_sock_addr: plain("struct", { 0: "deny", 1: "allow" }),
  cgroup_sysctl: plain("struct", { 0: "deny", 1: "allow" }),
  sk_msg: plain("struct", SK_VERDICT),
  sk_lookup: plain("struct", SK_VERDICT),
  sk_reuseport: plain("struct", SK_VERDICT),
  unspec: OTHER,
  tracepoint: OTHER,
  perf_event: OTHER,
  sock_ops: OTHER,
  lwt_seg6local: OTHER,
  lirc_mode2: OTHER,
  flow_dissector: OTHER,
  cgroup_sockopt: OTHER,
  ext: OTHER,
  syscall: OTHER,
  netfilter: OTHER,
};

/** How programs of a type are run; `struct` for the ones without a shape of their own. */
export function contextKind(type: ProgramTypeName | undefined): ContextKind {
  return type === undefined ? OTHER : KINDS[type];
}
