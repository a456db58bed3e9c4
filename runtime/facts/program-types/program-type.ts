/** What is known of a program type: one row each, in files by family. */
import type { AttachTypeName } from "./ids.js";

// biome-ignore format: a table
/** enum btf_kfunc_hook (kernel/bpf/btf.c, 6.18): the sets of kernel functions that program types have. */
export const KfuncHook = {
  common: 0, xdp: 1, tc: 2, struct_ops: 3, tracing: 4, syscall: 5, fmodret: 6, cgroup: 7, sched_act: 8, sk_skb: 9,
  socket_filter: 10, lwt: 11, netfilter: 12, kprobe: 13,
} as const;
export type KfuncHookName = keyof typeof KfuncHook;

/**
 * A section name that makes a program of the type, as libbpf's SEC_DEF has it: "xdp" exact; "kprobe+" alone or followed by
 * "/detail". The attach type is undefined where the type has none; the kernel is the first with the attach point.
 */
export type Section = readonly [match: string, attach: AttachTypeName | undefined, since: string, sleepable?: true];

export interface ProgramTypeFacts {
  /** enum bpf_prog_type. */
  readonly id: number;
  /** First kernel: include/uapi/linux/bpf.h of the releases. */
  readonly since: string;
  readonly sections: readonly Section[];
  /** The context struct, as programs see it and as the kernel has it (include/linux/bpf_types.h, 6.18); absent: typed by BTF or by the event. */
  readonly context?: { readonly program: string; readonly kernel: string };
  /**
   * Packet bytes through pointers: read where the context gives packet pointers, written by may_access_direct_pkt_data
   * (kernel/bpf/verifier.c, 6.18).
   */
  readonly packet: "none" | "read" | "write";
  /** Its set of kernel functions (bpf_prog_type_to_kfunc_hook, kernel/bpf/btf.c, 6.18). */
  readonly kfuncs?: KfuncHookName;
  /** Its programs get a stack of their own (bpf_enable_priv_stack). */
  readonly privateStack?: true;
  /** It may run anywhere in the kernel, so locks, timers and lists are not for it (is_tracing_prog_type). */
  readonly probe?: true;
  /** Its bpf_prog_ops have a test_run (BPF_PROG_TEST_RUN). */
  readonly testRun: boolean;
}
