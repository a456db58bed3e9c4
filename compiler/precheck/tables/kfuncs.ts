/** Kernel functions: what each takes, gives and may be called from. Input: the generated rows. */
import {
  AttachTypeId,
  KfuncHook,
  ProgramTypeId,
  programTypeFacts,
} from "../../../runtime/facts/program-types/index.js";
import { KFUNC_ROWS } from "./kfuncs.table.js";

/** KF_* of include/linux/btf.h (6.18). */
export const KF = {
  Acquire: 1,
  Release: 2,
  RetNull: 4,
  TrustedArgs: 16,
  Sleepable: 32,
  Destructive: 64,
  Rcu: 128,
  IterNew: 256,
  IterNext: 512,
  IterDestroy: 1024,
  RcuProtected: 2048,
  ArenaRet: 8192,
} as const;

/** A type of a kernel function's signature. */
export type KfuncType =
  | { readonly kind: "void" | "function" }
  | { readonly kind: "scalar"; readonly size: number }
  /** Pointer; `to` is "struct", or "void", "scalar", "function", "pointer". */
  | {
      readonly kind: "pointer";
      readonly to: "struct" | "void" | "scalar" | "function" | "pointer";
      /** Struct name, or "". */
      readonly name: string;
      /** Bytes pointed to; 0 for void. */
      readonly size: number;
      /** Only scalars inside. */
      readonly plain: boolean;
    };

export interface KfuncArgument {
  readonly name: string;
  readonly type: KfuncType;
  /** What the name's endings tell ("__sz", "__nullable"): kernel Documentation/bpf/kfuncs.rst. */
  readonly ends: (suffix: string) => boolean;
}

export interface Kfunc {
  readonly name: string;
  readonly flags: number;
  /** Bits by {@link KfuncHook}. */
  readonly hooks: number;
  readonly result: KfuncType;
  readonly args: readonly KfuncArgument[];
  readonly syncCallback: boolean;
  readonly asyncCallback: boolean;
  readonly iterNext: boolean;
  readonly ends: boolean;
  has(flag: number): boolean;
}

function parseType(text: string): KfuncType {
  if (text === "void") return { kind: "void" };
  if (text === "()") return { kind: "function" };
  if (text.startsWith("i")) return { kind: "scalar", size: Number(text.slice(1)) };
  const pointee = text.slice(1);
  const none = { kind: "pointer", name: "", plain: false } as const;
  if (pointee === "void") return { ...none, to: "void", size: 0 };
  if (pointee === "()") return { ...none, to: "function", size: 0 };
  if (pointee.startsWith("*")) return { ...none, to: "pointer", size: 8 };
  const scalar = /^i(\d)$/.exec(pointee);
  if (scalar !== null) return { ...none, to: "scalar", size: Number(scalar[1]), plain: true };
  const [name = "", size = "0", plain] = pointee.split(" ");
  return { kind: "pointer", to: "struct", name, size: Number(size), plain: plain === "plain" };
}

function parseArgument(text: string): KfuncArgument {
  const [name = "", type = "void"] = text.split(": ");
  // Endings may follow one another: "siv__nullable".
  return { name, type: parseType(type), ends: (suffix) => name.endsWith(suffix) };
}

const ASYNC: ReadonlySet<string> = new Set([
  "bpf_wq_set_callback_impl",
  "bpf_task_work_schedule_signal_impl",
  "bpf_task_work_schedule_resume_impl",
]);

const BY_NAME: ReadonlyMap<string, Kfunc> = new Map(
  KFUNC_ROWS.map(([name, flags, hooks, result, args]) => [
    name,
    {
      name,
      flags,
      hooks,
      result: parseType(result),
      args: args === "" ? [] : args.split(", ").map(parseArgument),
      syncCallback: name === "bpf_rbtree_add_impl",
      asyncCallback: ASYNC.has(name),
      iterNext: (flags & KF.IterNext) !== 0,
      ends: name === "bpf_throw",
      has: (flag: number) => (flags & flag) !== 0,
    },
  ]),
);

/** @example kfuncByName("bpf_rcu_read_lock")?.args.length // 0 */
export function kfuncByName(name: string | undefined): Kfunc | undefined {
  return name === undefined ? undefined : BY_NAME.get(name);
}

const isSession = (attach: number): boolean =>
  attach === AttachTypeId.trace_kprobe_session || attach === AttachTypeId.trace_uprobe_session;

/** Where registered sets look further than the program type (btf_kfunc_filter_t of each set, 6.18). */
const FILTERS: Readonly<Record<string, (type: number, attachType: number) => boolean>> = {
  // net/core/filter.c tracing_iter_filter: BPF_TRACE_ITER.
  bpf_sock_destroy: (_type, attach) => attach === AttachTypeId.trace_iter,
  // fs/bpf_fs_kfuncs.c bpf_fs_kfuncs_filter: LSM programs.
  bpf_get_task_exe_file: (type) => type === ProgramTypeId.lsm,
  bpf_put_file: (type) => type === ProgramTypeId.lsm,
  bpf_path_d_path: (type) => type === ProgramTypeId.lsm,
  bpf_get_dentry_xattr: (type) => type === ProgramTypeId.lsm,
  bpf_get_file_xattr: (type) => type === ProgramTypeId.lsm,
  bpf_set_dentry_xattr: (type) => type === ProgramTypeId.lsm,
  bpf_remove_dentry_xattr: (type) => type === ProgramTypeId.lsm,
  // kernel/trace/bpf_trace.c bpf_kprobe_multi_filter: session attach types.
  bpf_session_is_return: (_type, attach) => isSession(attach),
  bpf_session_cookie: (_type, attach) => isSession(attach),
  // "metadata kfuncs require device-bound program" (bpf_dev_bound_resolve_kfunc): no loader here binds to a device.
  bpf_xdp_metadata_rx_hash: () => false,
  bpf_xdp_metadata_rx_timestamp: () => false,
  bpf_xdp_metadata_rx_vlan_tag: () => false,
};

/** May a program of this type call it? (btf_kfunc_id_set_contains) */
export function kfuncAllowed(kfunc: Kfunc, type: number, attachType: number): boolean {
  const hook = programTypeFacts(type)?.kfuncs;
  const inSet = [KfuncHook.common, hook && KfuncHook[hook]].some(
    (h) => h !== undefined && (kfunc.hooks & (1 << h)) !== 0,
  );
  return inSet && (FILTERS[kfunc.name]?.(type, attachType) ?? true);
}
