/**
 * Helpers whose arguments differ by program type: the kernel has several prototypes of one number (the get_func_proto
 * functions of net/core/filter.c, kernel/trace/bpf_trace.c and kernel/bpf/cgroup.c, 6.18).
 */
import { programTypes } from "../program-types/ids.js";
import type { HelperName } from "./prototypes.js";
import type { HelperArg } from "./types.js";

export interface Variant {
  /** enum bpf_prog_type. */
  readonly types: ReadonlySet<number>;
  /** The other types have this prototype. */
  readonly except?: boolean;
  readonly args: readonly HelperArg[];
}

// biome-ignore format: a list
const SKB = programTypes(
  "socket_filter", "sched_cls", "sched_act", "cgroup_skb", "lwt_in", "lwt_out", "lwt_xmit", "sk_skb", "lwt_seg6local",
);
const TRACED = programTypes("tracing", "lsm");
const SOCKETS = programTypes("sock_ops", "cgroup_sock_addr");

// biome-ignore format: a table
export const VARIANTS: Partial<Readonly<Record<HelperName, Variant>>> = {
  // bpf_get_cgroup_classid_curr: of the current task.
  get_cgroup_classid: { types: SKB, except: true, args: [] },
  // bpf_get_socket_ptr_cookie
  get_socket_cookie: { types: programTypes("sk_reuseport", "tracing", "lsm"), args: ["kernelPtr"] },
  // bpf_sock_ops_setsockopt, bpf_sock_addr_setsockopt and their like; bpf_sk_storage_get_cg_sock
  setsockopt: { types: SOCKETS, args: ["ctx", "scalar", "scalar", "mem", "size"] },
  getsockopt: { types: SOCKETS, args: ["ctx", "scalar", "scalar", "memOut", "size"] },
  sk_storage_get: { types: programTypes("cgroup_sock"), args: ["map", "ctx", "valueOrNull", "scalar"] },
  // bpf_xdp_get_buff_len_trace
  xdp_get_buff_len: { types: TRACED, args: ["kernelPtr"] },
};
