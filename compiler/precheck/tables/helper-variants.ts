/**
 * Helpers whose arguments differ by program type: the kernel has several prototypes of one number (the get_func_proto
 * functions of net/core/filter.c, kernel/trace/bpf_trace.c and kernel/bpf/cgroup.c, 6.18). Input: the helper and the
 * program's types; output: the helper with the arguments that this program gets.
 */
import type { Helper, HelperArg } from "../../../runtime/isa/index.js";

const SOCKET_FILTER = 1;
const SKB = [SOCKET_FILTER, 3, 4, 8, 10, 11, 12, 14, 19] as const;
const CGROUP_SOCK = 9;
const SOCK_OPS = 13;
const SOCK_ADDR = 18;
const SK_REUSEPORT = 21;
const TRACING = 26;
const LSM = 29;

interface Variant {
  readonly helper: number;
  /** enum bpf_prog_type; empty for all. */
  readonly types: readonly number[];
  /** The other types have this prototype. */
  readonly except?: boolean;
  readonly args: readonly HelperArg[];
}

// biome-ignore format: a table
const VARIANTS: readonly Variant[] = [
  // bpf_get_cgroup_classid_curr: of the current task.
  { helper: 17, types: SKB, except: true, args: [] },
  // bpf_get_socket_ptr_cookie
  { helper: 46, types: [SK_REUSEPORT, TRACING, LSM], args: ["kernelPtr"] },
  // bpf_sock_ops_setsockopt, bpf_sock_addr_setsockopt and their like; bpf_sk_storage_get_cg_sock
  { helper: 49, types: [SOCK_OPS, SOCK_ADDR], args: ["ctx", "scalar", "scalar", "mem", "size"] },
  { helper: 57, types: [SOCK_OPS, SOCK_ADDR], args: ["ctx", "scalar", "scalar", "memOut", "size"] },
  { helper: 107, types: [CGROUP_SOCK], args: ["map", "ctx", "valueOrNull", "scalar"] },
  // bpf_xdp_get_buff_len_trace
  { helper: 188, types: [TRACING, LSM], args: ["kernelPtr"] },
];

const BY_HELPER: ReadonlyMap<number, readonly Variant[]> = new Map(
  VARIANTS.map(({ helper }) => [helper, VARIANTS.filter((v) => v.helper === helper)]),
);

/** @example helperOf(helper, 26).args // what a tracing program passes */
export function helperOf(helper: Helper, type: number): Helper {
  const found = BY_HELPER.get(helper.id)?.find((v) => v.types.includes(type) !== (v.except === true));
  return found === undefined ? helper : { ...helper, args: found.args };
}

/** Helpers that take a null for the context (ARG_PTR_TO_CTX_OR_NULL): bpf_get_netns_cookie. */
export const NULL_CONTEXT: ReadonlySet<number> = new Set([122]);
