/** What a program's author calls the kernel's helpers: C by the kernel's names, TypeScript by the library's. */
import { type HelperName, helperByName } from "../../../runtime/facts/helpers/index.js";
import type { Language } from "./language.js";

/** Helpers that the library has under another name than the camel case of the kernel's. */
const LIBRARY: Partial<Readonly<Record<HelperName, string>>> = {
  map_lookup_elem: "lookup",
  map_update_elem: "update",
  map_delete_elem: "delete",
  ringbuf_reserve: "reserve",
  ringbuf_submit: "submit",
  ringbuf_discard: "discard",
  ringbuf_output: "output",
  ringbuf_query: "available",
  xdp_adjust_head: "adjustHead",
  xdp_adjust_tail: "adjustTail",
  xdp_adjust_meta: "adjustMeta",
  xdp_load_bytes: "loadBytes",
  xdp_store_bytes: "storeBytes",
  xdp_get_buff_len: "bufferLength",
  skb_load_bytes: "loadBytes",
  skb_store_bytes: "storeBytes",
  skb_vlan_push: "vlanPush",
  skb_vlan_pop: "vlanPop",
  skb_pull_data: "pullData",
  skb_change_head: "changeHead",
  skb_change_tail: "changeTail",
  skb_change_proto: "changeProto",
  skb_change_type: "changeType",
  skb_adjust_room: "adjustRoom",
  probe_read_user_str: "readUserStr",
  probe_read_kernel_str: "readKernelStr",
  probe_read_user: "readUser",
  probe_read_kernel: "readKernel",
  tail_call: "tail",
  trace_printk: "console.log",
  trace_vprintk: "console.log",
  get_prandom_u32: "randomU32",
  get_smp_processor_id: "currentCpu",
  get_numa_node_id: "currentNumaNode",
};

/** @example helperName("bpf_map_lookup_elem", "typescript") // "lookup" */
export function helperName(name: string, language: Language): string {
  if (language === "c" || !name.startsWith("bpf_")) return name;
  const bare = name.slice("bpf_".length);
  return (
    LIBRARY[bare as HelperName] ??
    bare.replace(/^get_current_/, "current_").replace(/_(\w)/g, (_all, c: string) => c.toUpperCase())
  );
}

/** After it, packet pointers are numbers. */
export const movesPacket = (name: string): boolean => helperByName(name)?.changesPacket === true;

/** Calls whose result is given back, and those that do. */
export const acquires = (name: string): boolean => helperByName(name)?.acquires === true;
export const releases = (name: string): boolean => helperByName(name)?.releases === true;

/** Helpers that write through a pointer argument (ARG_PTR_TO_UNINIT_MEM and its like): their numbers. */
const WRITES: readonly (readonly [RegExp, number])[] = [
  [
    /^bpf_(probe_read\w*|get_current_comm|snprintf|strncpy_from_user|copy_from_user|kallsyms_lookup_name|get_ns_current_pid_tgid|dynptr_read)$/,
    1,
  ],
  [
    /^bpf_(get_stack|d_path|sysctl_get_\w+|read_branch_records|perf_prog_read_value|fib_lookup|skb_get_tunnel_(key|opt))$/,
    2,
  ],
  [
    /^bpf_((skb|xdp)_load_bytes|perf_event_read_value|skb_load_bytes_relative|get_task_stack|sock_ops_load_hdr_opt)$/,
    3,
  ],
];

/** What a helper does to the memory of argument `argument` (1 to 5). */
export function helperAccess(name: string, argument: number): "reads" | "writes" {
  return WRITES.some(([pattern, index]) => pattern.test(name) && index === argument) ? "writes" : "reads";
}
