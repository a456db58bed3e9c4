/**
 * The helper table: every helper of Linux (ids 1 to 211; the list is frozen since 6.2, newer functions are kfuncs), with
 * its arguments, result, first kernel and whether it invalidates packet pointers. Every consumer (compiler, disassembler,
 * machine, pre-check) reads this table. Facts: include/uapi/linux/bpf.h (`__BPF_FUNC_MAPPER`), the kernel's
 * `bpf_func_proto`s, net/core/filter.c `bpf_helper_changes_pkt_data`, and verifier probes on 6.18.
 */

/** What a helper takes in one argument register. */
export type HelperArg =
  | "ctx"
  | "map"
  /** Pointer to key_size bytes of the map argument. */
  | "key"
  /** Pointer to value_size bytes of the map argument, read. */
  | "value"
  | "valueOrNull"
  /** Pointer to value_size bytes of the map argument, written. */
  | "valueOut"
  /** Pointer to memory that is read; its size is the next `size` argument. */
  | "mem"
  | "memOrNull"
  /** Pointer to memory that is written; its size is the nearest `size` argument. */
  | "memOut"
  | "memOutOrNull"
  /** Byte count, 1 or more. */
  | "size"
  /** Byte count that may be 0. */
  | "size0"
  | "scalar"
  | "func"
  | "callbackCtx"
  | "out64"
  | "out32"
  | "constStr"
  | "ringRecord"
  | "spinLock"
  | "timer"
  | "dynptr"
  | "kernelPtr";

/** What r0 holds afterwards. */
export type HelperResult =
  | "void"
  | "scalar"
  | "mapValue"
  | "mapValueOrNull"
  | "memOrNull"
  | "sockOrNull"
  | "kernelPtrOrNull";

/** One helper. */
export interface Helper {
  readonly id: number;
  /** Kernel name with its prefix: "bpf_map_lookup_elem". */
  readonly name: string;
  /** Arguments r1 to r5, 0 to 5 of them. */
  readonly args: readonly HelperArg[];
  readonly result: HelperResult;
  /** First kernel that has it: "4.18". */
  readonly since: string;
  /** Packet pointers taken before the call are stale after it. */
  readonly changesPacket: boolean;
}

type Row = readonly [id: number, name: string, args: string, result: HelperResult, since: string, changesPacket?: true];

// biome-ignore format: a table
const ROWS: readonly Row[] = [
  [1, "map_lookup_elem", "map key", "mapValueOrNull", "3.18"],
  [2, "map_update_elem", "map key value scalar", "scalar", "3.18"],
  [3, "map_delete_elem", "map key", "scalar", "3.18"],
  [4, "probe_read", "memOut size0 scalar", "scalar", "4.1"],
  [5, "ktime_get_ns", "", "scalar", "4.1"],
  [6, "trace_printk", "mem size scalar scalar scalar", "scalar", "4.1"],
  [7, "get_prandom_u32", "", "scalar", "4.1"],
  [8, "get_smp_processor_id", "", "scalar", "4.1"],
  [9, "skb_store_bytes", "ctx scalar mem size scalar", "scalar", "4.1", true],
  [10, "l3_csum_replace", "ctx scalar scalar scalar scalar", "scalar", "4.1", true],
  [11, "l4_csum_replace", "ctx scalar scalar scalar scalar", "scalar", "4.1", true],
  [12, "tail_call", "ctx map scalar", "scalar", "4.2", true],
  [13, "clone_redirect", "ctx scalar scalar", "scalar", "4.2", true],
  [14, "get_current_pid_tgid", "", "scalar", "4.2"],
  [15, "get_current_uid_gid", "", "scalar", "4.2"],
  [16, "get_current_comm", "memOut size", "scalar", "4.2"],
  [17, "get_cgroup_classid", "ctx", "scalar", "4.3"],
  [18, "skb_vlan_push", "ctx scalar scalar", "scalar", "4.3", true],
  [19, "skb_vlan_pop", "ctx", "scalar", "4.3", true],
  [20, "skb_get_tunnel_key", "ctx memOut size scalar", "scalar", "4.3"],
  [21, "skb_set_tunnel_key", "ctx mem size scalar", "scalar", "4.3"],
  [22, "perf_event_read", "map scalar", "scalar", "4.3"],
  [23, "redirect", "scalar scalar", "scalar", "4.4"],
  [24, "get_route_realm", "ctx", "scalar", "4.4"],
  [25, "perf_event_output", "ctx map scalar mem size0", "scalar", "4.4"],
  [26, "skb_load_bytes", "ctx scalar memOut size", "scalar", "4.5"],
  [27, "get_stackid", "ctx map scalar", "scalar", "4.6"],
  [28, "csum_diff", "memOrNull size0 memOrNull size0 scalar", "scalar", "4.6"],
  [29, "skb_get_tunnel_opt", "ctx memOut size", "scalar", "4.6"],
  [30, "skb_set_tunnel_opt", "ctx mem size", "scalar", "4.6"],
  [31, "skb_change_proto", "ctx scalar scalar", "scalar", "4.8", true],
  [32, "skb_change_type", "ctx scalar", "scalar", "4.8"],
  [33, "skb_under_cgroup", "ctx map scalar", "scalar", "4.8"],
  [34, "get_hash_recalc", "ctx", "scalar", "4.8"],
  [35, "get_current_task", "", "scalar", "4.8"],
  [36, "probe_write_user", "scalar mem size", "scalar", "4.8"],
  [37, "current_task_under_cgroup", "map scalar", "scalar", "4.9"],
  [38, "skb_change_tail", "ctx scalar scalar", "scalar", "4.9", true],
  [39, "skb_pull_data", "ctx scalar", "scalar", "4.9", true],
  [40, "csum_update", "ctx scalar", "scalar", "4.9"],
  [41, "set_hash_invalid", "ctx", "void", "4.9"],
  [42, "get_numa_node_id", "", "scalar", "4.10"],
  [43, "skb_change_head", "ctx scalar scalar", "scalar", "4.10", true],
  [44, "xdp_adjust_head", "ctx scalar", "scalar", "4.10", true],
  [45, "probe_read_str", "memOut size0 scalar", "scalar", "4.11"],
  [46, "get_socket_cookie", "ctx", "scalar", "4.12"],
  [47, "get_socket_uid", "ctx", "scalar", "4.12"],
  [48, "set_hash", "ctx scalar", "scalar", "4.13"],
  [49, "setsockopt", "kernelPtr scalar scalar mem size", "scalar", "4.13"],
  [50, "skb_adjust_room", "ctx scalar scalar scalar", "scalar", "4.13", true],
  [51, "redirect_map", "map scalar scalar", "scalar", "4.14"],
  [52, "sk_redirect_map", "ctx map scalar scalar", "scalar", "4.14"],
  [53, "sock_map_update", "ctx map key scalar", "scalar", "4.14"],
  [54, "xdp_adjust_meta", "ctx scalar", "scalar", "4.15", true],
  [55, "perf_event_read_value", "map scalar memOut size", "scalar", "4.15"],
  [56, "perf_prog_read_value", "ctx memOut size", "scalar", "4.15"],
  [57, "getsockopt", "kernelPtr scalar scalar memOut size", "scalar", "4.15"],
  [58, "override_return", "ctx scalar", "scalar", "4.16"],
  [59, "sock_ops_cb_flags_set", "ctx scalar", "scalar", "4.16"],
  [60, "msg_redirect_map", "ctx map scalar scalar", "scalar", "4.17"],
  [61, "msg_apply_bytes", "ctx scalar", "scalar", "4.17"],
  [62, "msg_cork_bytes", "ctx scalar", "scalar", "4.17"],
  [63, "msg_pull_data", "ctx scalar scalar scalar", "scalar", "4.17", true],
  [64, "bind", "ctx mem size", "scalar", "4.17"],
  [65, "xdp_adjust_tail", "ctx scalar", "scalar", "4.18", true],
  [66, "skb_get_xfrm_state", "ctx scalar memOut size scalar", "scalar", "4.18"],
  [67, "get_stack", "ctx memOut size0 scalar", "scalar", "4.18"],
  [68, "skb_load_bytes_relative", "ctx scalar memOut size scalar", "scalar", "4.18"],
  [69, "fib_lookup", "ctx memOut size scalar", "scalar", "4.18"],
  [70, "sock_hash_update", "ctx map key scalar", "scalar", "4.18"],
  [71, "msg_redirect_hash", "ctx map key scalar", "scalar", "4.18"],
  [72, "sk_redirect_hash", "ctx map key scalar", "scalar", "4.18"],
  [73, "lwt_push_encap", "ctx scalar mem size", "scalar", "4.18", true],
  [74, "lwt_seg6_store_bytes", "ctx scalar mem size", "scalar", "4.18", true],
  [75, "lwt_seg6_adjust_srh", "ctx scalar scalar", "scalar", "4.18", true],
  [76, "lwt_seg6_action", "ctx scalar mem size", "scalar", "4.18", true],
  [77, "rc_repeat", "ctx", "scalar", "4.18"],
  [78, "rc_keydown", "ctx scalar scalar scalar", "scalar", "4.18"],
  [79, "skb_cgroup_id", "ctx", "scalar", "4.18"],
  [80, "get_current_cgroup_id", "", "scalar", "4.18"],
  [81, "get_local_storage", "map scalar", "mapValue", "4.19"],
  [82, "sk_select_reuseport", "ctx map key scalar", "scalar", "4.19"],
  [83, "skb_ancestor_cgroup_id", "ctx scalar", "scalar", "4.19"],
  [84, "sk_lookup_tcp", "ctx mem size0 scalar scalar", "sockOrNull", "4.20"],
  [85, "sk_lookup_udp", "ctx mem size0 scalar scalar", "sockOrNull", "4.20"],
  [86, "sk_release", "kernelPtr", "scalar", "4.20"],
  [87, "map_push_elem", "map value scalar", "scalar", "4.20"],
  [88, "map_pop_elem", "map valueOut", "scalar", "4.20"],
  [89, "map_peek_elem", "map valueOut", "scalar", "4.20"],
  [90, "msg_push_data", "ctx scalar scalar scalar", "scalar", "4.20", true],
  [91, "msg_pop_data", "ctx scalar scalar scalar", "scalar", "5.0", true],
  [92, "rc_pointer_rel", "ctx scalar scalar", "scalar", "5.0"],
  [93, "spin_lock", "spinLock", "scalar", "5.1"],
  [94, "spin_unlock", "spinLock", "scalar", "5.1"],
  [95, "sk_fullsock", "kernelPtr", "sockOrNull", "5.1"],
  [96, "tcp_sock", "kernelPtr", "sockOrNull", "5.1"],
  [97, "skb_ecn_set_ce", "ctx", "scalar", "5.1"],
  [98, "get_listener_sock", "kernelPtr", "sockOrNull", "5.1"],
  [99, "skc_lookup_tcp", "ctx mem size0 scalar scalar", "sockOrNull", "5.2"],
  [100, "tcp_check_syncookie", "kernelPtr mem size mem size", "scalar", "5.2"],
  [101, "sysctl_get_name", "ctx memOut size scalar", "scalar", "5.2"],
  [102, "sysctl_get_current_value", "ctx memOut size", "scalar", "5.2"],
  [103, "sysctl_get_new_value", "ctx memOut size", "scalar", "5.2"],
  [104, "sysctl_set_new_value", "ctx mem size", "scalar", "5.2"],
  [105, "strtol", "mem size scalar out64", "scalar", "5.2"],
  [106, "strtoul", "mem size scalar out64", "scalar", "5.2"],
  [107, "sk_storage_get", "map kernelPtr valueOrNull scalar", "mapValueOrNull", "5.2"],
  [108, "sk_storage_delete", "map kernelPtr", "scalar", "5.2"],
  [109, "send_signal", "scalar", "scalar", "5.3"],
  [110, "tcp_gen_syncookie", "kernelPtr mem size mem size", "scalar", "5.3"],
  [111, "skb_output", "kernelPtr map scalar mem size0", "scalar", "5.5"],
  [112, "probe_read_user", "memOut size0 scalar", "scalar", "5.5"],
  [113, "probe_read_kernel", "memOut size0 scalar", "scalar", "5.5"],
  [114, "probe_read_user_str", "memOut size0 scalar", "scalar", "5.5"],
  [115, "probe_read_kernel_str", "memOut size0 scalar", "scalar", "5.5"],
  [116, "tcp_send_ack", "kernelPtr scalar", "scalar", "5.6"],
  [117, "send_signal_thread", "scalar", "scalar", "5.6"],
  [118, "jiffies64", "", "scalar", "5.6"],
  [119, "read_branch_records", "ctx memOutOrNull size0 scalar", "scalar", "5.6"],
  [120, "get_ns_current_pid_tgid", "scalar scalar memOut size", "scalar", "5.7"],
  [121, "xdp_output", "kernelPtr map scalar mem size0", "scalar", "5.7"],
  [122, "get_netns_cookie", "ctx", "scalar", "5.7"],
  [123, "get_current_ancestor_cgroup_id", "scalar", "scalar", "5.7"],
  [124, "sk_assign", "ctx kernelPtr scalar", "scalar", "5.7"],
  [125, "ktime_get_boot_ns", "", "scalar", "5.8"],
  [126, "seq_printf", "kernelPtr mem size memOrNull size0", "scalar", "5.8"],
  [127, "seq_write", "kernelPtr mem size0", "scalar", "5.8"],
  [128, "sk_cgroup_id", "kernelPtr", "scalar", "5.8"],
  [129, "sk_ancestor_cgroup_id", "kernelPtr scalar", "scalar", "5.8"],
  [130, "ringbuf_output", "map mem size0 scalar", "scalar", "5.8"],
  [131, "ringbuf_reserve", "map size0 scalar", "memOrNull", "5.8"],
  [132, "ringbuf_submit", "ringRecord scalar", "void", "5.8"],
  [133, "ringbuf_discard", "ringRecord scalar", "void", "5.8"],
  [134, "ringbuf_query", "map scalar", "scalar", "5.8"],
  [135, "csum_level", "ctx scalar", "scalar", "5.8"],
  [136, "skc_to_tcp6_sock", "kernelPtr", "sockOrNull", "5.9"],
  [137, "skc_to_tcp_sock", "kernelPtr", "sockOrNull", "5.9"],
  [138, "skc_to_tcp_timewait_sock", "kernelPtr", "sockOrNull", "5.9"],
  [139, "skc_to_tcp_request_sock", "kernelPtr", "sockOrNull", "5.9"],
  [140, "skc_to_udp6_sock", "kernelPtr", "sockOrNull", "5.9"],
  [141, "get_task_stack", "kernelPtr memOut size0 scalar", "scalar", "5.9"],
  [142, "load_hdr_opt", "ctx memOut size scalar", "scalar", "5.10"],
  [143, "store_hdr_opt", "ctx mem size scalar", "scalar", "5.10", true],
  [144, "reserve_hdr_opt", "ctx scalar scalar", "scalar", "5.10"],
  [145, "inode_storage_get", "map kernelPtr valueOrNull scalar", "mapValueOrNull", "5.10"],
  [146, "inode_storage_delete", "map kernelPtr", "scalar", "5.10"],
  [147, "d_path", "kernelPtr memOut size0", "scalar", "5.10"],
  [148, "copy_from_user", "memOut size0 scalar", "scalar", "5.10"],
  [149, "snprintf_btf", "memOut size mem size scalar", "scalar", "5.10"],
  [150, "seq_printf_btf", "kernelPtr mem size0 scalar", "scalar", "5.10"],
  [151, "skb_cgroup_classid", "ctx", "scalar", "5.10"],
  [152, "redirect_neigh", "scalar memOrNull size0 scalar", "scalar", "5.10"],
  [153, "per_cpu_ptr", "kernelPtr scalar", "kernelPtrOrNull", "5.10"],
  [154, "this_cpu_ptr", "kernelPtr", "kernelPtrOrNull", "5.10"],
  [155, "redirect_peer", "scalar scalar", "scalar", "5.10"],
  [156, "task_storage_get", "map kernelPtr valueOrNull scalar", "mapValueOrNull", "5.11"],
  [157, "task_storage_delete", "map kernelPtr", "scalar", "5.11"],
  [158, "get_current_task_btf", "", "kernelPtrOrNull", "5.11"],
  [159, "bprm_opts_set", "kernelPtr scalar", "scalar", "5.11"],
  [160, "ktime_get_coarse_ns", "", "scalar", "5.11"],
  [161, "ima_inode_hash", "kernelPtr memOut size", "scalar", "5.11"],
  [162, "sock_from_file", "kernelPtr", "kernelPtrOrNull", "5.11"],
  [163, "check_mtu", "ctx scalar out32 scalar scalar", "scalar", "5.12"],
  [164, "for_each_map_elem", "map func callbackCtx scalar", "scalar", "5.13"],
  [165, "snprintf", "memOutOrNull size0 constStr memOrNull size0", "scalar", "5.13"],
  [166, "sys_bpf", "scalar mem size", "scalar", "5.14"],
  [167, "btf_find_by_name_kind", "mem size scalar scalar", "scalar", "5.14"],
  [168, "sys_close", "scalar", "scalar", "5.14"],
  [169, "timer_init", "timer map scalar", "scalar", "5.15"],
  [170, "timer_set_callback", "timer func", "scalar", "5.15"],
  [171, "timer_start", "timer scalar scalar", "scalar", "5.15"],
  [172, "timer_cancel", "timer", "scalar", "5.15"],
  [173, "get_func_ip", "ctx", "scalar", "5.15"],
  [174, "get_attach_cookie", "ctx", "scalar", "5.15"],
  [175, "task_pt_regs", "kernelPtr", "scalar", "5.15"],
  [176, "get_branch_snapshot", "memOut size0 scalar", "scalar", "5.16"],
  [177, "trace_vprintk", "mem size memOrNull size0", "scalar", "5.16"],
  [178, "skc_to_unix_sock", "kernelPtr", "sockOrNull", "5.16"],
  [179, "kallsyms_lookup_name", "mem size0 scalar out64", "scalar", "5.16"],
  [180, "find_vma", "kernelPtr scalar func callbackCtx scalar", "scalar", "5.17"],
  [181, "loop", "scalar func callbackCtx scalar", "scalar", "5.17"],
  [182, "strncmp", "mem size constStr", "scalar", "5.17"],
  [183, "get_func_arg", "ctx scalar out64", "scalar", "5.17"],
  [184, "get_func_ret", "ctx out64", "scalar", "5.17"],
  [185, "get_func_arg_cnt", "ctx", "scalar", "5.17"],
  [186, "get_retval", "", "scalar", "5.18"],
  [187, "set_retval", "scalar", "scalar", "5.18"],
  [188, "xdp_get_buff_len", "ctx", "scalar", "5.18"],
  [189, "xdp_load_bytes", "ctx scalar memOut size", "scalar", "5.18"],
  [190, "xdp_store_bytes", "ctx scalar mem size", "scalar", "5.18"],
  [191, "copy_from_user_task", "memOut size0 scalar kernelPtr scalar", "scalar", "5.18"],
  [192, "skb_set_tstamp", "ctx scalar scalar", "scalar", "5.18"],
  [193, "ima_file_hash", "kernelPtr memOut size", "scalar", "5.18"],
  [194, "kptr_xchg", "kernelPtr kernelPtr", "kernelPtrOrNull", "5.19"],
  [195, "map_lookup_percpu_elem", "map key scalar", "mapValueOrNull", "5.19"],
  [196, "skc_to_mptcp_sock", "kernelPtr", "sockOrNull", "5.19"],
  [197, "dynptr_from_mem", "mem size0 scalar dynptr", "scalar", "5.19"],
  [198, "ringbuf_reserve_dynptr", "map scalar scalar dynptr", "scalar", "5.19"],
  [199, "ringbuf_submit_dynptr", "dynptr scalar", "void", "5.19"],
  [200, "ringbuf_discard_dynptr", "dynptr scalar", "void", "5.19"],
  [201, "dynptr_read", "memOut size0 dynptr scalar scalar", "scalar", "5.19"],
  [202, "dynptr_write", "dynptr scalar mem size0 scalar", "scalar", "5.19"],
  [203, "dynptr_data", "dynptr scalar scalar", "memOrNull", "5.19"],
  [204, "tcp_raw_gen_syncookie_ipv4", "mem mem size0", "scalar", "6.0"],
  [205, "tcp_raw_gen_syncookie_ipv6", "mem mem size0", "scalar", "6.0"],
  [206, "tcp_raw_check_syncookie_ipv4", "mem mem", "scalar", "6.0"],
  [207, "tcp_raw_check_syncookie_ipv6", "mem mem", "scalar", "6.0"],
  [208, "ktime_get_tai_ns", "", "scalar", "6.1"],
  [209, "user_ringbuf_drain", "map func callbackCtx scalar", "scalar", "6.1"],
  [210, "cgrp_storage_get", "map kernelPtr valueOrNull scalar", "mapValueOrNull", "6.2"],
  [211, "cgrp_storage_delete", "map kernelPtr", "scalar", "6.2"],
];

/** Every helper, by ascending id without gaps: `HELPERS[id - 1].id === id`. */
export const HELPERS: readonly Helper[] = Object.freeze(
  ROWS.map(([id, name, args, result, since, changesPacket]) => ({
    id,
    name: `bpf_${name}`,
    args: args === "" ? [] : (args.split(" ") as HelperArg[]),
    result,
    since,
    changesPacket: changesPacket === true,
  })),
);

const byName: ReadonlyMap<string, Helper> = new Map(HELPERS.map((helper) => [helper.name, helper]));

/** The helper of an id, or undefined. @example helperById(1)?.name // "bpf_map_lookup_elem" */
export function helperById(id: number): Helper | undefined {
  return HELPERS[id - 1];
}

/** The helper of a name, with or without `bpf_`, or undefined. @example helperByName("ktime_get_ns")?.id // 5 */
export function helperByName(name: string): Helper | undefined {
  return byName.get(name) ?? byName.get(`bpf_${name}`);
}
