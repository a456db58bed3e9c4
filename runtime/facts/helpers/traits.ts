/**
 * What helpers do besides their prototypes: hand-made lists, each with its source (Linux 6.18). A list is by names, so a row
 * that no helper has does not compile; `Helper` of index.ts has one answer per list.
 */
import type { HelperName } from "./prototypes.js";

// biome-ignore format: tables
export const TRAITS = {
  /** Packet pointers taken before the call are stale after it: bpf_helper_changes_pkt_data, net/core/filter.c. */
  changesPacket: [
    "skb_store_bytes", "l3_csum_replace", "l4_csum_replace", "tail_call", "clone_redirect", "skb_vlan_push", "skb_vlan_pop",
    "skb_change_proto", "skb_change_tail", "skb_pull_data", "skb_change_head", "xdp_adjust_head", "skb_adjust_room",
    "xdp_adjust_meta", "msg_pull_data", "xdp_adjust_tail", "lwt_push_encap", "lwt_seg6_store_bytes", "lwt_seg6_adjust_srh",
    "lwt_seg6_action", "msg_push_data", "msg_pop_data", "store_hdr_opt",
  ],
  /** might_sleep of their bpf_func_proto. */
  sleeps: ["copy_from_user", "ima_inode_hash", "copy_from_user_task", "ima_file_hash"],
  /** The result is a reference that has to be given back: is_acquire_function, kernel/bpf/verifier.c. */
  acquires: ["sk_lookup_tcp", "sk_lookup_udp", "skc_lookup_tcp", "ringbuf_reserve"],
  /** An argument is a reference that it gives back: OBJ_RELEASE of their bpf_func_proto, dynptrs aside. */
  releases: ["sk_release", "ringbuf_submit", "ringbuf_discard"],
  /** The same of a dynptr. */
  releasesDynptr: ["ringbuf_submit_dynptr", "ringbuf_discard_dynptr"],
  /** Not for maps that programs may only read: record_func_map, kernel/bpf/verifier.c. */
  changesMap: ["map_update_elem", "map_delete_elem", "map_push_elem", "map_pop_elem"],
  /** The result is a length up to the size argument, or an error: do_refine_retval_range. */
  givesLength: ["probe_read_str", "get_stack", "probe_read_user_str", "probe_read_kernel_str", "get_task_stack"],
  /** May read what it writes to: the argument is not MEM_UNINIT. */
  readsOutput: [
    "fib_lookup", "sysctl_get_name", "read_branch_records", "load_hdr_opt", "d_path", "snprintf_btf", "check_mtu", "snprintf",
  ],
  /** Calls its function argument before it returns: is_sync_callback_calling_function. */
  callsBack: ["for_each_map_elem", "find_vma", "loop", "user_ringbuf_drain"],
  /** Keeps its function argument and calls it later: is_async_callback_calling_function. */
  callsBackLater: ["timer_set_callback"],
  /** Takes a null for the context: ARG_PTR_TO_CTX_OR_NULL. */
  nullContext: ["get_netns_cookie"],
  /** The result is the same object as the argument and lives as long: is_ptr_cast_function. */
  casts: [
    "sk_fullsock", "tcp_sock", "skc_to_tcp6_sock", "skc_to_tcp_sock", "skc_to_tcp_timewait_sock", "skc_to_tcp_request_sock",
    "skc_to_udp6_sock", "skc_to_mptcp_sock",
  ],
  /** RET_PTR_TO_BTF_ID_TRUSTED: never null. */
  givesTrusted: ["get_current_task_btf", "task_pt_regs"],
  /** ARG_PTR_TO_PERCPU_BTF_ID. */
  ofCpu: ["per_cpu_ptr", "this_cpu_ptr"],
  /** pkt_access of their bpf_func_proto, which the probe could not show: they want socket maps or SYN cookies. */
  takesPacket: ["sock_map_update", "sock_hash_update", "tcp_check_syncookie", "tcp_gen_syncookie"],
  /** Writes to the trace pipe: kernel/trace/bpf_trace.c. */
  prints: ["trace_printk", "trace_vprintk"],
} as const satisfies Readonly<Record<string, readonly HelperName[]>>;

export type Trait = keyof typeof TRAITS;
