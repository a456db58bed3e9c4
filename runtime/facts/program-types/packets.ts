/** Programs that get packets: filters, traffic control, XDP, tunnels, netfilter. */
import type { ProgramTypeFacts } from "./program-type.js";

/** BPF_PROG_TYPE_SOCKET_FILTER. */
export const socketFilter: ProgramTypeFacts = {
  id: 1,
  since: "3.19",
  // biome-ignore format: a table
  sections: [
    ["socket+", undefined, "3.19"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "none",
  kfuncs: "socket_filter",
  testRun: true,
};

/** BPF_PROG_TYPE_SCHED_CLS. */
export const schedCls: ProgramTypeFacts = {
  id: 3,
  since: "4.1",
  // biome-ignore format: a table
  sections: [
    ["tc/ingress", "tcx_ingress", "6.6"],
    ["tc/egress", "tcx_egress", "6.6"],
    ["tcx/ingress", "tcx_ingress", "6.6"],
    ["tcx/egress", "tcx_egress", "6.6"],
    ["tc", undefined, "4.1"],
    ["classifier", undefined, "4.1"],
    ["netkit/primary", "netkit_primary", "6.7"],
    ["netkit/peer", "netkit_peer", "6.7"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "write",
  kfuncs: "tc",
  testRun: true,
};

/** BPF_PROG_TYPE_SCHED_ACT. */
export const schedAct: ProgramTypeFacts = {
  id: 4,
  since: "4.1",
  // biome-ignore format: a table
  sections: [
    ["action", undefined, "4.1"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "write",
  kfuncs: "sched_act",
  testRun: true,
};

/** BPF_PROG_TYPE_XDP. */
export const xdp: ProgramTypeFacts = {
  id: 6,
  since: "4.8",
  // biome-ignore format: a table
  sections: [
    ["xdp.frags/devmap", "xdp_devmap", "5.18"],
    ["xdp/devmap", "xdp_devmap", "5.8"],
    ["xdp.frags/cpumap", "xdp_cpumap", "5.18"],
    ["xdp/cpumap", "xdp_cpumap", "5.9"],
    ["xdp.frags", "xdp", "5.18"],
    ["xdp", "xdp", "4.8"],
  ],
  context: { program: "xdp_md", kernel: "xdp_buff" },
  packet: "write",
  kfuncs: "xdp",
  testRun: true,
};

/** BPF_PROG_TYPE_LWT_IN. */
export const lwtIn: ProgramTypeFacts = {
  id: 10,
  since: "4.10",
  // biome-ignore format: a table
  sections: [
    ["lwt_in", undefined, "4.10"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "read",
  kfuncs: "lwt",
  testRun: true,
};

/** BPF_PROG_TYPE_LWT_OUT. */
export const lwtOut: ProgramTypeFacts = {
  id: 11,
  since: "4.10",
  // biome-ignore format: a table
  sections: [
    ["lwt_out", undefined, "4.10"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "read",
  kfuncs: "lwt",
  testRun: true,
};

/** BPF_PROG_TYPE_LWT_XMIT. */
export const lwtXmit: ProgramTypeFacts = {
  id: 12,
  since: "4.10",
  // biome-ignore format: a table
  sections: [
    ["lwt_xmit", undefined, "4.10"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "write",
  kfuncs: "lwt",
  testRun: true,
};

/** BPF_PROG_TYPE_LWT_SEG6LOCAL. */
export const lwtSeg6local: ProgramTypeFacts = {
  id: 19,
  since: "4.18",
  // biome-ignore format: a table
  sections: [
    ["lwt_seg6local", undefined, "4.18"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "read",
  kfuncs: "lwt",
  testRun: false,
};

/** BPF_PROG_TYPE_FLOW_DISSECTOR. */
export const flowDissector: ProgramTypeFacts = {
  id: 22,
  since: "4.20",
  // biome-ignore format: a table
  sections: [
    ["flow_dissector", "flow_dissector", "4.20"],
  ],
  context: { program: "__sk_buff", kernel: "bpf_flow_dissector" },
  packet: "read",
  testRun: true,
};

/** BPF_PROG_TYPE_NETFILTER. */
export const netfilter: ProgramTypeFacts = {
  id: 32,
  since: "6.4",
  // biome-ignore format: a table
  sections: [
    ["netfilter", "netfilter", "6.4"],
  ],
  context: { program: "bpf_nf_ctx", kernel: "bpf_nf_ctx" },
  packet: "none",
  kfuncs: "netfilter",
  testRun: true,
};
