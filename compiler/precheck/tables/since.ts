/**
 * Since which kernel a feature exists. Helpers and sections have it in their own tables (runtime/isa, runtime/elf); here is
 * what those do not hold: kernel functions, instructions, context fields and rules that changed after 5.15.
 */

import type { RangeRules } from "../domain/rules.js";

/** Kernels that can be predicted; the rules of paths are those of the last. */
export const KERNELS = ["5.15", "6.1", "6.6", "6.12", "6.18"] as const;
export type Kernel = (typeof KERNELS)[number];
export const NEWEST: Kernel = "6.18";

/** "6.1" -> 6001: versions in order. */
export function versionNumber(text: string): number {
  const [major = 0, minor = 0] = text.split(".").map(Number);
  return major * 1000 + minor;
}

// biome-ignore format: a table
/** First kernel -> kernel functions that it brought. Functions that no row names: not known. */
const KFUNCS: Readonly<Record<string, string>> = {
  "5.13": "tcp_reno_ssthresh tcp_reno_cong_avoid tcp_reno_undo_cwnd tcp_slow_start tcp_cong_avoid_ai",
  "5.18": "bpf_skb_ct_lookup bpf_xdp_ct_lookup bpf_ct_release",
  "6.0": "bpf_skb_ct_alloc bpf_xdp_ct_alloc bpf_ct_insert_entry bpf_ct_set_timeout bpf_ct_change_timeout bpf_ct_set_status bpf_ct_change_status",
  "6.1": "bpf_lookup_user_key bpf_lookup_system_key bpf_key_put bpf_ct_set_nat_info",
  "6.2": "bpf_obj_new_impl bpf_obj_drop_impl bpf_list_push_front_impl bpf_list_push_back_impl bpf_list_pop_front bpf_list_pop_back bpf_task_acquire bpf_task_release bpf_task_from_pid bpf_cgroup_acquire bpf_cgroup_release bpf_cgroup_ancestor bpf_cast_to_kern_ctx bpf_rdonly_cast bpf_rcu_read_lock bpf_rcu_read_unlock",
  "6.3": "bpf_cpumask_create bpf_cpumask_acquire bpf_cpumask_release bpf_cpumask_first bpf_cpumask_first_zero bpf_cpumask_set_cpu bpf_cpumask_clear_cpu bpf_cpumask_test_cpu bpf_cpumask_test_and_set_cpu bpf_cpumask_test_and_clear_cpu bpf_cpumask_setall bpf_cpumask_clear bpf_cpumask_and bpf_cpumask_or bpf_cpumask_xor bpf_cpumask_equal bpf_cpumask_intersects bpf_cpumask_subset bpf_cpumask_empty bpf_cpumask_full bpf_cpumask_copy bpf_rbtree_add_impl bpf_rbtree_first bpf_rbtree_remove bpf_cgroup_from_id bpf_xdp_metadata_rx_timestamp bpf_xdp_metadata_rx_hash",
  "6.4": "bpf_dynptr_from_skb bpf_dynptr_from_xdp bpf_dynptr_slice bpf_dynptr_slice_rdwr bpf_iter_num_new bpf_iter_num_next bpf_iter_num_destroy bpf_refcount_acquire_impl",
  "6.5": "bpf_dynptr_adjust bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_size bpf_dynptr_clone bpf_sock_destroy bpf_task_under_cgroup bpf_cpumask_first_and",
  "6.6": "bpf_map_sum_elem_count",
  "6.7": "bpf_throw bpf_percpu_obj_new_impl bpf_percpu_obj_drop_impl bpf_iter_task_new bpf_iter_task_next bpf_iter_task_destroy bpf_iter_css_new bpf_iter_css_next bpf_iter_css_destroy bpf_iter_css_task_new bpf_iter_css_task_next bpf_iter_css_task_destroy bpf_iter_task_vma_new bpf_iter_task_vma_next bpf_iter_task_vma_destroy bpf_sock_addr_set_sun_path",
  "6.8": "bpf_task_get_cgroup1 bpf_get_file_xattr bpf_xdp_get_xfrm_state bpf_xdp_xfrm_state_release bpf_xdp_metadata_rx_vlan_tag bpf_cpumask_weight",
  "6.9": "bpf_arena_alloc_pages bpf_arena_free_pages bpf_sk_assign_tcp_reqsk",
  "6.10": "bpf_preempt_disable bpf_preempt_enable bpf_wq_init bpf_wq_set_callback_impl bpf_wq_start bpf_crypto_ctx_create bpf_crypto_ctx_acquire bpf_crypto_ctx_release bpf_crypto_encrypt bpf_crypto_decrypt bpf_session_is_return bpf_session_cookie",
  "6.11": "bpf_iter_bits_new bpf_iter_bits_next bpf_iter_bits_destroy",
  "6.12": "bpf_copy_from_user_str bpf_get_dentry_xattr bpf_get_task_exe_file bpf_put_file bpf_path_d_path",
  "6.13": "bpf_send_signal_task bpf_iter_kmem_cache_new bpf_iter_kmem_cache_next bpf_iter_kmem_cache_destroy bpf_get_kmem_cache",
  "6.14": "bpf_local_irq_save bpf_local_irq_restore",
  "6.15": "bpf_res_spin_lock bpf_res_spin_unlock bpf_res_spin_lock_irqsave bpf_res_spin_unlock_irqrestore",
  "6.16": "bpf_list_front bpf_list_back bpf_rbtree_root bpf_rbtree_left bpf_rbtree_right",
  "6.17": "bpf_stream_vprintk_impl bpf_cgroup_read_xattr bpf_strcmp bpf_strchr bpf_strlen",
  "6.18": "bpf_task_work_schedule_signal_impl bpf_task_work_schedule_resume_impl bpf_dynptr_from_skb_meta bpf_xdp_pull_data",
};

const KFUNC_SINCE: ReadonlyMap<string, string> = new Map(
  Object.entries(KFUNCS).flatMap(([since, names]) => names.split(" ").map((name) => [name, since] as const)),
);

/** undefined where it is not known. @example kfuncSince("bpf_throw") // "6.7" */
export const kfuncSince = (name: string): string | undefined => KFUNC_SINCE.get(name);

/** Context fields that came after 5.15: by program types, first byte and one past the last. */
const FIELDS: readonly { types: readonly number[]; from: number; to: number; since: string }[] = [
  // struct __sk_buff: tstamp_type, hwtstamp.
  { types: [1, 3, 4, 8, 10, 11, 12, 14, 19], from: 180, to: 184, since: "5.18" },
  { types: [1, 3, 4, 8, 10, 11, 12, 14, 19], from: 184, to: 192, since: "5.16" },
  // struct bpf_sk_lookup: ingress_ifindex.
  { types: [30], from: 64, to: 68, since: "5.17" },
  // struct bpf_sock_ops: skb_hwtstamp.
  { types: [13], from: 216, to: 224, since: "6.2" },
];

export function fieldSince(type: number, offset: number): string | undefined {
  return FIELDS.find((f) => f.types.includes(type) && offset >= f.from && offset < f.to)?.since;
}

/** What ranges follow since when; measured on 6.1.192, 6.12.117 and 6.18.44 with `verify:guest-oracle`. */
export const RANGE_SINCE: Readonly<Record<keyof RangeRules, string>> = {
  wraps: "6.17",
  products: "6.14",
  signedBits: "6.12",
  negation: "6.18",
  byteSwaps: "6.18",
  /** Backported to 6.12.y. */
  masks: "6.12",
  forgetsWhole: "6.12",
  comparedBits: "6.18",
  comparedRanges: "6.8",
  constantFirst: "6.5",
};

/** Rules of the walk that older kernels lack. */
export const RULE_SINCE = {
  /** Constants that are stored to the stack are known when they are loaded. */
  storedConstants: "6.3",
  /** A number of which nothing is known stays the same in its slot, and a part of a slot can be loaded. */
  anySpill: "6.9",
  /** A 32-bit move of a number below 2^32 makes a copy that learns with the original. */
  linkedHalves: "6.5",
  /** `r1 = r2; r1 += 8` learns with r2. */
  linkedSums: "6.11",
  linkedSums32: "6.18",
  /** Privileged programs may read stack that nothing wrote (6.3; 6.1.y has it, measured on 6.1.192). */
  uninitialisedStack: "6.1",
  /** LSM programs return 0 or an error number. */
  hookReturns: "6.12",
  /** Arguments of global functions by declaration tags. */
  argumentTags: "6.8",
  /** kprobe and raw tracepoint programs have a stack of their own, so only each frame is limited. */
  privateStack: "6.13",
  /** A global function that moves the packet makes its caller's packet pointers numbers (6.13; 6.12.y has it). */
  globalCallsMovePacket: "6.12",
  /** A tail call makes packet pointers numbers where it stands (6.13; 6.12.y has it), until 6.18. */
  tailCallMovesPacket: "6.12",
  /** A tail call out of a function goes on in its caller too, where packet pointers are numbers then (6.19; 6.18.y has it). */
  tailCallReturns: "6.18",
  /** What a helper only reads keeps its spilled registers. */
  helperReadsKeepStack: "6.14",
  /** Helpers that read user memory are for all programs; whether they may sleep there is asked at the call. */
  sleepingHelpersEverywhere: "6.17",
  /** bpf_rdonly_cast to void. */
  castToVoid: "6.17",
  /** A lookup in an array with a constant key below its size cannot fail. */
  certainLookup: "6.16",
} as const;
