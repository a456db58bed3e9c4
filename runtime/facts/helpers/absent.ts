/**
 * Helpers that mean nothing without a kernel behind them, and the error that a machine without one answers: what a kernel gives
 * where the thing is not there. docs/testing.md lists them.
 */
import type { HelperName } from "./prototypes.js";

// biome-ignore format: a table
/** Errno name, why. */
export const ABSENT = {
  perf_event_read: ["ENOENT", "no counter is open"],
  perf_event_read_value: ["ENOENT", "no counter is open"],
  perf_prog_read_value: ["EINVAL", "no counter is open"],
  read_branch_records: ["ENOENT", "no branch records"],
  get_branch_snapshot: ["ENOENT", "no branch records"],
  skb_get_tunnel_opt: ["ENOENT", "packets have no tunnel metadata"],
  skb_get_xfrm_state: ["EINVAL", "packets have no security path"],
  skb_under_cgroup: ["EAGAIN", "cgroup arrays are empty"],
  current_task_under_cgroup: ["EAGAIN", "cgroup arrays are empty"],
  getsockopt: ["EINVAL", "sockets have no options"],
  lwt_push_encap: ["EINVAL", "no encapsulation"],
  lwt_seg6_store_bytes: ["EINVAL", "no segment routing"],
  lwt_seg6_adjust_srh: ["EINVAL", "no segment routing"],
  lwt_seg6_action: ["EINVAL", "no segment routing"],
  tcp_check_syncookie: ["ENOENT", "no SYN cookies"],
  tcp_gen_syncookie: ["ENOENT", "no SYN cookies"],
  tcp_raw_gen_syncookie_ipv4: ["EOPNOTSUPP", "no SYN cookies"],
  tcp_raw_gen_syncookie_ipv6: ["EOPNOTSUPP", "no SYN cookies"],
  tcp_raw_check_syncookie_ipv4: ["EACCES", "no SYN cookies"],
  tcp_raw_check_syncookie_ipv6: ["EACCES", "no SYN cookies"],
  sysctl_get_name: ["EINVAL", "no sysctl file"],
  sysctl_get_current_value: ["EINVAL", "no sysctl file"],
  sysctl_get_new_value: ["EINVAL", "no sysctl file"],
  sysctl_set_new_value: ["EINVAL", "no sysctl file"],
  load_hdr_opt: ["ENOENT", "no TCP header options"],
  store_hdr_opt: ["EPERM", "no TCP header options"],
  reserve_hdr_opt: ["EPERM", "no TCP header options"],
  d_path: ["EINVAL", "no files"],
  snprintf_btf: ["EINVAL", "types are not printed"],
  seq_printf_btf: ["EINVAL", "types are not printed"],
  ima_inode_hash: ["EOPNOTSUPP", "no integrity measurement"],
  ima_file_hash: ["EOPNOTSUPP", "no integrity measurement"],
  sys_bpf: ["EINVAL", "no system calls"],
  sys_close: ["EINVAL", "no system calls"],
  btf_find_by_name_kind: ["ENOENT", "no types by number"],
  find_vma: ["ENOENT", "no memory areas"],
  msg_pull_data: ["EINVAL", "messages are one piece"],
  msg_push_data: ["EINVAL", "messages keep their length"],
  msg_pop_data: ["EINVAL", "messages keep their length"],
} as const satisfies Partial<Readonly<Record<HelperName, readonly [error: string, why: string]>>>;

export type AbsentHelper = keyof typeof ABSENT;
