/** Program type -> struct that C programs call their context (bpf_ctx_convert and include/linux/bpf_types.h, 6.18). */

interface Names {
  /** What programs see: "xdp_md". */
  readonly program: string;
  /** What the kernel has: "xdp_buff". */
  readonly kernel: string;
}
const SKB: Names = { program: "__sk_buff", kernel: "sk_buff" };
const REGS: Names = { program: "bpf_user_pt_regs_t", kernel: "pt_regs" };

const NAMES: Readonly<Record<number, Names>> = {
  1: SKB,
  2: REGS,
  3: SKB,
  4: SKB,
  5: { program: "", kernel: "" },
  6: { program: "xdp_md", kernel: "xdp_buff" },
  7: { program: "bpf_perf_event_data", kernel: "bpf_perf_event_data_kern" },
  8: SKB,
  9: { program: "bpf_sock", kernel: "sock" },
  10: SKB,
  11: SKB,
  12: SKB,
  13: { program: "bpf_sock_ops", kernel: "bpf_sock_ops_kern" },
  14: SKB,
  15: { program: "bpf_cgroup_dev_ctx", kernel: "bpf_cgroup_dev_ctx" },
  16: { program: "sk_msg_md", kernel: "sk_msg" },
  17: { program: "bpf_raw_tracepoint_args", kernel: "" },
  18: { program: "bpf_sock_addr", kernel: "bpf_sock_addr_kern" },
  19: SKB,
  21: { program: "sk_reuseport_md", kernel: "sk_reuseport_kern" },
  22: { program: "__sk_buff", kernel: "bpf_flow_dissector" },
  23: { program: "bpf_sysctl", kernel: "bpf_sysctl_kern" },
  24: { program: "bpf_raw_tracepoint_args", kernel: "" },
  25: { program: "bpf_sockopt", kernel: "bpf_sockopt_kern" },
  30: { program: "bpf_sk_lookup", kernel: "bpf_sk_lookup_kern" },
  32: { program: "bpf_nf_ctx", kernel: "bpf_nf_ctx" },
};

export const contextName = (type: number): string => NAMES[type]?.program ?? "";
export const kernelContextName = (type: number): string => NAMES[type]?.kernel ?? "";
