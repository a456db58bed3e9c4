/** Program type -> kind of context, and what its packet is like. One table. */
import type { ProgramTypeName } from "../../facts/program-types/ids.js";

export type ContextShape = "xdp" | "skb" | "pt_regs" | "args" | "struct";

/** How a program type is run. */
export interface ContextKind {
  readonly shape: ContextShape;
  /** Does the program see the Ethernet header? (kernel: bpf_prog_test_run_skb, is_l2) */
  readonly link: boolean;
  /** May it write packet bytes directly? (kernel: may_access_direct_pkt_data) */
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
const NONE: Readonly<Record<number, string>> = {};

const skb = (link: boolean, writable: boolean, actions: ContextKind["actions"]): ContextKind => ({
  shape: "skb",
  link,
  writable,
  actions,
});
const plain = (shape: ContextShape, actions: ContextKind["actions"] = NONE): ContextKind => ({
  shape,
  link: false,
  writable: false,
  actions,
});

const KINDS: Readonly<Partial<Record<ProgramTypeName, ContextKind>>> = {
  xdp: { shape: "xdp", link: true, writable: true, actions: XDP_ACTIONS },
  sched_cls: skb(true, true, TC_ACTIONS),
  sched_act: skb(true, true, TC_ACTIONS),
  socket_filter: skb(false, false, NONE),
  cgroup_skb: skb(false, false, VERDICT),
  lwt_in: skb(false, false, LWT),
  lwt_out: skb(false, false, LWT),
  lwt_xmit: skb(false, true, LWT),
  sk_skb: skb(false, true, SK_VERDICT),
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
};
const OTHER = plain("struct");

/** How programs of a type are run; `struct` for the ones without a shape of their own. */
export function contextKind(type: ProgramTypeName | undefined): ContextKind {
  return (type === undefined ? undefined : KINDS[type]) ?? OTHER;
}
