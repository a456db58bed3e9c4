/**
 * Contexts that are the arguments of a kernel function: tp_btf, fentry, fexit, fmod_ret, ProgramTypeId.lsm hooks, iterators, struct_ops
 * (btf_ctx_access, kernel/bpf/btf.c, 6.18). Each argument takes eight bytes and has the type of the function's BTF.
 */

import type { Btf, BtfType } from "../../../runtime/btf/index.js";
import { AttachTypeId, ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import { rangeScalar } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, pointerReg, type Reg, scalarReg, UNKNOWN_REG } from "../state/reg.js";
import { nullableArguments } from "../tables/raw-tracepoints.js";
import { hookRange } from "./hook-range.js";

const MAX_ARGS = 12;

const TYPED: ReadonlySet<number> = new Set([ProgramTypeId.tracing, ProgramTypeId.struct_ops, ProgramTypeId.lsm]);
export const hasTypedContext = (type: number): boolean => TYPED.has(type);

export interface Signature {
  readonly name: string;
  readonly args: readonly { readonly name: string; readonly type: number }[];
  readonly result: number;
  readonly btf: Btf;
}

function protoOf(btf: Btf, id: number): Extract<BtfType, { kind: "func_proto" }> | undefined {
  let type = btf.resolve(id);
  if (type.kind === "ptr") type = btf.resolve(type.type);
  if (type.kind === "func") type = btf.resolve(type.type);
  return type.kind === "func_proto" ? type : undefined;
}

/** The kernel's function that the program stands at. @throws Rejection `EB5099`, `EB5007` where it is not known */
export function signatureOf(env: Env): Signature {
  const { type, attachType, target } = env.subject;
  const btf = env.types.kernel;
  if (btf === undefined)
    reject(Reason.Unsupported, "the arguments of this program type need the kernel's BTF (--btf FILE)");
  if (target === undefined) reject(Reason.Unsupported, "what the program attaches to is not known");
  if (type === ProgramTypeId.struct_ops) {
    const [struct = "", member = ""] = target.split(".");
    const ops = btf.find(struct, "struct");
    const field = ops?.kind === "struct" ? ops.members.find((m) => m.name === member) : undefined;
    const proto = field === undefined ? undefined : protoOf(btf, field.type);
    if (proto === undefined) reject(Reason.Unsupported, `the kernel has no struct_ops member ${target}`);
    return { name: member, args: proto.params, result: proto.result, btf };
  }
  const rawTp = type === ProgramTypeId.tracing && attachType === AttachTypeId.trace_raw_tp;
  const name = rawTp
    ? `btf_trace_${target}`
    : type === ProgramTypeId.lsm
      ? `bpf_lsm_${target}`
      : attachType === AttachTypeId.trace_iter
        ? `bpf_iter_${target}`
        : target;
  const found = btf.find(name, rawTp ? "typedef" : "func");
  const proto = found === undefined ? undefined : protoOf(btf, found.id);
  // libbpf looks for the name itself and refuses to load without it.
  if (proto === undefined) reject(Reason.Unsupported, `the kernel's BTF has no ${name}`);
  return { name: target, args: rawTp ? proto.params.slice(1) : proto.params, result: proto.result, btf };
}

/** Iterators whose element the kernel vouches for (ctx_arg_info of each bpf_iter_reg; measured on 6.18). */
const TRUSTED_ELEMENTS: ReadonlySet<string> = new Set(["bpf_map", "cgroup", "kmem_cache", "task", "tcp", "udp"]);
/** Arguments that are buffers: key and value of map elements; negative ones are read only. */
const BUFFERS: Readonly<Record<string, readonly number[]>> = {
  bpf_map_elem: [-2, 3],
  bpf_sk_storage_map: [3],
  sockmap: [-2],
};

function buffer(env: Env, target: string, index: number): Reg | undefined {
  const list = BUFFERS[target] ?? [];
  if (list.includes(index)) return pointerReg(Kind.Buf, 0, Flag.MaybeNull, env.nextId());
  if (list.includes(-index)) return pointerReg(Kind.Buf, 0, Flag.MaybeNull | Flag.ReadOnly, env.nextId());
  return undefined;
}

function pointer(env: Env, signature: Signature, index: number, id: number): Reg {
  const { btf } = signature;
  const { type, attachType, target = "" } = env.subject;
  const pointee = btf.resolve(id);
  const iter = type === ProgramTypeId.tracing && attachType === AttachTypeId.trace_iter;
  if (pointee.kind !== "struct" && pointee.kind !== "union") {
    const memory = iter && index > 0 ? buffer(env, target, index) : undefined;
    if (memory !== undefined) return memory;
    if (["void", "int", "fwd", "enum"].includes(pointee.kind)) return UNKNOWN_REG;
    reject(
      Reason.Context,
      `func '${signature.name}' arg${index} has btf_id ${id} type ${pointee.kind.toUpperCase()} '${pointee.name}'`,
    );
  }
  const vouched = type !== ProgramTypeId.tracing || attachType === AttachTypeId.trace_raw_tp || iter;
  let struct = pointee.id;
  // A congestion control's socket is a TCP socket (bpf_tcp_ca_is_valid_access).
  if (type === ProgramTypeId.struct_ops && pointee.name === "sock") struct = env.types.idOf("tcp_sock");
  const reg = pointerReg(Kind.Btf, struct, vouched ? Flag.Trusted : 0);
  if (iter && pointee.name === "bpf_map" && BUFFERS[target] !== undefined) return reg;
  if (iter && index > 0) {
    const flags = TRUSTED_ELEMENTS.has(target) ? Flag.Trusted : 0;
    return reg.with({ flags: flags | Flag.MaybeNull, id: env.nextId() });
  }
  const nullable =
    (type === ProgramTypeId.tracing &&
      attachType === AttachTypeId.trace_raw_tp &&
      nullableArguments(target).has(index)) ||
    signature.args[index]?.name.endsWith("__nullable") === true;
  if (nullable) return reg.with({ flags: reg.flags | Flag.MaybeNull, id: env.nextId() });
  return reg;
}

/** @returns what a load of `size` bytes at `off` of the context gives */
export function typedContext(env: Env, off: number, size: number, write: boolean): Reg {
  const invalid = (): never => reject(Reason.Context, `invalid bpf_context access off=${off} size=${size}`);
  if (off < 0 || off >= MAX_ARGS * 8 || write || off % size !== 0) return invalid();
  const { type, attachType } = env.subject;
  const signature = signatureOf(env);
  const { btf, name } = signature;
  if (off % 8 !== 0) reject(Reason.Context, `func '${name}' offset ${off} is not multiple of 8`);
  const index = off / 8;
  const returns = index === signature.args.length;
  const hasResult =
    (type === ProgramTypeId.tracing &&
      (attachType === AttachTypeId.trace_fexit || attachType === AttachTypeId.modify_return)) ||
    type === ProgramTypeId.lsm;
  if (index > signature.args.length || (returns && !hasResult))
    reject(Reason.Context, `func '${name}' doesn't have ${index + 1}-th argument`);
  const id = returns ? signature.result : (signature.args[index]?.type ?? 0);
  const arg = btf.resolve(id);
  if (returns && arg.kind === "void") return UNKNOWN_REG;
  const result = returns && type === ProgramTypeId.lsm ? hookRange(env) : undefined;
  if (result !== undefined) return scalarReg(rangeScalar(result[0], result[1]));
  if (["int", "enum", "enum64"].includes(arg.kind)) return UNKNOWN_REG;
  if ((arg.kind === "struct" || arg.kind === "union") && arg.size <= 8) return UNKNOWN_REG;
  if (arg.kind !== "ptr") {
    reject(
      Reason.Context,
      `func '${name}' arg${index} '${arg.name}' has type ${arg.kind.toUpperCase()}. Only pointer access is allowed`,
    );
  }
  if (size !== 8) reject(Reason.Context, `func '${name}' size ${size} must be 8`);
  return pointer(env, signature, index, arg.type);
}
