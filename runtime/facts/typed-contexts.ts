/** Rules of programs whose context BTF types: callable helpers and return ranges (measured on 6.18 where it loads them). */
import { AttachTypeId, ProgramTypeId } from "./program-types/ids.js";

export interface TypedRow {
  readonly name: string;
  readonly type: number;
  /** enum bpf_attach_type; -1 any. */
  readonly attach: number;
  readonly helpers: string;
  readonly returns: readonly [bigint, bigint] | undefined;
}

const RAW_TP =
  "1-8 12 14-17 22 25 27 35 37 42 45-46 55 67 80 87-89 93-94 105-109 111-115 117-118 120-121 123 125 130-134 136-141 147-149 153-154 156-158 162 164-165 169-172 174-178 180-182 188 191 194-203 208-211";
const ITER =
  "1-8 12 14-17 22 25 27 35 37 42 45-46 55 67 80 87-89 93-94 105-109 111-115 117-118 120-121 123 125-127 130-134 136-141 147-150 153-154 156-158 162 164-165 169-172 175-178 180-182 188 191 194-203 208-211";
/** Iterators that let their programs set options of the sockets they see (bpf_iter_tcp_get_func_proto and its like). */
export const SOCKET_OPTION_ITERATORS: ReadonlySet<string> = new Set(["tcp", "unix"]);
/** bpf_tcp_ca_get_func_proto. */
const TCP_CA =
  "1-3 5-8 12 14-17 22 35 37 42 49 55 57 80 87-89 93-94 105-109 112-118 120 123 125 130-134 141 148-149 153-154 156-158 160 164-165 169-172 175-177 180-182 191 194-195 197-203 208-211";
/** fentry, fexit and fmod_ret: what raw tracepoints have, and the arguments by index (tracing_prog_func_proto). */
const TRAMPOLINE = `${RAW_TP} 147 173-174 183-185`;
/** bpf_lsm_func_proto: the hooks' own, then those of trampolines. */
const LSM = `${TRAMPOLINE} 145-146 159 161 193`;

// biome-ignore format: a table
export const TYPED_ROWS: readonly TypedRow[] = [
  { name: "tracing/raw_tp", type: ProgramTypeId.tracing, attach: AttachTypeId.trace_raw_tp, helpers: RAW_TP, returns: undefined },
  { name: "tracing/fentry", type: ProgramTypeId.tracing, attach: AttachTypeId.trace_fentry, helpers: TRAMPOLINE, returns: [0n, 0n] },
  { name: "tracing/fexit", type: ProgramTypeId.tracing, attach: AttachTypeId.trace_fexit, helpers: TRAMPOLINE, returns: [0n, 0n] },
  { name: "tracing/modify_return", type: ProgramTypeId.tracing, attach: AttachTypeId.modify_return, helpers: TRAMPOLINE, returns: undefined },
  { name: "tracing/iter", type: ProgramTypeId.tracing, attach: AttachTypeId.trace_iter, helpers: ITER, returns: [0n, 1n] },
  { name: "struct_ops", type: ProgramTypeId.struct_ops, attach: -1, helpers: TCP_CA, returns: undefined },
  { name: "lsm", type: ProgramTypeId.lsm, attach: -1, helpers: LSM, returns: undefined },
];
