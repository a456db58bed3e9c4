/** Programs that are attached to a cgroup. */
import type { ProgramTypeFacts } from "./program-type.js";

/** BPF_PROG_TYPE_CGROUP_SKB. */
export const cgroupSkb: ProgramTypeFacts = {
  id: 8,
  since: "4.10",
  // biome-ignore format: a table
  sections: [
    ["cgroup_skb/ingress", "cgroup_inet_ingress", "4.10"],
    ["cgroup_skb/egress", "cgroup_inet_egress", "4.10"],
    ["cgroup/skb", "cgroup_inet_ingress", "4.10"],
  ],
  context: { program: "__sk_buff", kernel: "sk_buff" },
  packet: "read",
  kfuncs: "cgroup",
  testRun: true,
};

/** BPF_PROG_TYPE_CGROUP_SOCK. */
export const cgroupSock: ProgramTypeFacts = {
  id: 9,
  since: "4.10",
  // biome-ignore format: a table
  sections: [
    ["cgroup/sock_create", "cgroup_inet_sock_create", "4.10"],
    ["cgroup/sock_release", "cgroup_inet_sock_release", "5.9"],
    ["cgroup/sock", "cgroup_inet_sock_create", "4.10"],
    ["cgroup/post_bind4", "cgroup_inet4_post_bind", "4.17"],
    ["cgroup/post_bind6", "cgroup_inet6_post_bind", "4.17"],
  ],
  context: { program: "bpf_sock", kernel: "sock" },
  packet: "none",
  kfuncs: "cgroup",
  testRun: false,
};

/** BPF_PROG_TYPE_CGROUP_DEVICE. */
export const cgroupDevice: ProgramTypeFacts = {
  id: 15,
  since: "4.15",
  // biome-ignore format: a table
  sections: [
    ["cgroup/dev", "cgroup_device", "4.15"],
  ],
  context: { program: "bpf_cgroup_dev_ctx", kernel: "bpf_cgroup_dev_ctx" },
  packet: "none",
  kfuncs: "cgroup",
  testRun: false,
};

/** BPF_PROG_TYPE_CGROUP_SOCK_ADDR. */
export const cgroupSockAddr: ProgramTypeFacts = {
  id: 18,
  since: "4.17",
  // biome-ignore format: a table
  sections: [
    ["cgroup/bind4", "cgroup_inet4_bind", "4.17"],
    ["cgroup/bind6", "cgroup_inet6_bind", "4.17"],
    ["cgroup/connect4", "cgroup_inet4_connect", "4.17"],
    ["cgroup/connect6", "cgroup_inet6_connect", "4.17"],
    ["cgroup/connect_unix", "cgroup_unix_connect", "6.7"],
    ["cgroup/sendmsg4", "cgroup_udp4_sendmsg", "4.18"],
    ["cgroup/sendmsg6", "cgroup_udp6_sendmsg", "4.18"],
    ["cgroup/sendmsg_unix", "cgroup_unix_sendmsg", "6.7"],
    ["cgroup/recvmsg4", "cgroup_udp4_recvmsg", "5.2"],
    ["cgroup/recvmsg6", "cgroup_udp6_recvmsg", "5.2"],
    ["cgroup/recvmsg_unix", "cgroup_unix_recvmsg", "6.7"],
    ["cgroup/getpeername4", "cgroup_inet4_getpeername", "5.8"],
    ["cgroup/getpeername6", "cgroup_inet6_getpeername", "5.8"],
    ["cgroup/getpeername_unix", "cgroup_unix_getpeername", "6.7"],
    ["cgroup/getsockname4", "cgroup_inet4_getsockname", "5.8"],
    ["cgroup/getsockname6", "cgroup_inet6_getsockname", "5.8"],
    ["cgroup/getsockname_unix", "cgroup_unix_getsockname", "6.7"],
  ],
  context: { program: "bpf_sock_addr", kernel: "bpf_sock_addr_kern" },
  packet: "none",
  kfuncs: "cgroup",
  testRun: false,
};

/** BPF_PROG_TYPE_CGROUP_SYSCTL. */
export const cgroupSysctl: ProgramTypeFacts = {
  id: 23,
  since: "5.2",
  // biome-ignore format: a table
  sections: [
    ["cgroup/sysctl", "cgroup_sysctl", "5.2"],
  ],
  context: { program: "bpf_sysctl", kernel: "bpf_sysctl_kern" },
  packet: "none",
  kfuncs: "cgroup",
  testRun: false,
};

/** BPF_PROG_TYPE_CGROUP_SOCKOPT. */
export const cgroupSockopt: ProgramTypeFacts = {
  id: 25,
  since: "5.3",
  // biome-ignore format: a table
  sections: [
    ["cgroup/getsockopt", "cgroup_getsockopt", "5.3"],
    ["cgroup/setsockopt", "cgroup_setsockopt", "5.3"],
  ],
  context: { program: "bpf_sockopt", kernel: "bpf_sockopt_kern" },
  packet: "write",
  kfuncs: "cgroup",
  testRun: false,
};
