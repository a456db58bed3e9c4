/** An object file's programs as subjects of the pre-check: maps with frozen data, functions by BTF, source lines. */
import type { Btf, BtfType } from "../../runtime/btf/index.js";
import {
  Binding,
  type BpfObject,
  type BpfProgram,
  type MapDef,
  ProgramTypeId,
  readObject,
} from "../../runtime/elf/index.js";
import { decode } from "../../runtime/isa/index.js";
import type { ArgumentFacts, FunctionFacts, MapFacts, Subject } from "./program.js";

function strip(btf: Btf, id: number): BtfType {
  let type = btf.get(id);
  for (let i = 0; i < 32; i++) {
    if (!["typedef", "const", "volatile", "restrict", "type_tag"].includes(type.kind)) return type;
    type = btf.get((type as { type: number }).type);
  }
  return type;
}

/** Offset of a member whose type is the named struct, at the top level or one struct below. */
function memberOffset(btf: Btf | undefined, id: number, name: string): number | undefined {
  if (btf === undefined || id === 0) return undefined;
  const type = strip(btf, id);
  if (type.kind !== "struct") return undefined;
  for (const member of type.members) {
    const inner = strip(btf, member.type);
    if (inner.kind !== "struct") continue;
    if (inner.name === name) return member.bitOffset / 8;
    const below = memberOffset(btf, inner.id, name);
    if (below !== undefined) return member.bitOffset / 8 + below;
  }
  return undefined;
}

function mapFacts(def: MapDef, btf: Btf | undefined): MapFacts {
  const readOnly = def.section.startsWith(".rodata");
  return {
    name: def.name,
    type: def.type,
    keySize: def.keySize,
    // The kernel sizes perf and prog arrays' values itself.
    valueSize: def.valueSize,
    maxEntries: def.maxEntries,
    flags: def.flags,
    frozen: readOnly ? def.data : undefined,
    inner: def.inner === undefined ? undefined : mapFacts(def.inner, btf),
    spinLock: memberOffset(btf, def.valueType, "bpf_spin_lock"),
    timer: memberOffset(btf, def.valueType, "bpf_timer"),
  };
}

/** Names of the structs that stand for a context in C (bpf_ctx_convert in kernel/bpf/btf.c). */
const CONTEXTS: ReadonlySet<string> = new Set([
  "__sk_buff",
  "xdp_md",
  "bpf_sock",
  "bpf_sock_addr",
  "bpf_sock_ops",
  "sk_msg_md",
  "bpf_user_pt_regs_t",
  "pt_regs",
  "bpf_perf_event_data",
  "bpf_raw_tracepoint_args",
  "bpf_cgroup_dev_ctx",
  "bpf_sysctl",
  "bpf_sockopt",
  "sk_reuseport_md",
  "bpf_sk_lookup",
  "bpf_nf_ctx",
  "user_pt_regs",
]);

/** `__arg_nonnull` and its like are declaration tags "arg:..." of the function (btf_prepare_func_args, 6.8). */
function argumentTags(btf: Btf, func: number, index: number): ReadonlySet<string> {
  return new Set(
    btf.types.flatMap((t) => (t.kind === "decl_tag" && t.type === func && t.component === index ? [t.name] : [])),
  );
}

function argumentFacts(btf: Btf, id: number, tags: ReadonlySet<string>): ArgumentFacts {
  const type = strip(btf, id);
  if (type.kind !== "ptr") return { kind: "scalar" };
  const direct = btf.get(type.type);
  const target = strip(btf, type.type);
  if (tags.has("arg:ctx") || CONTEXTS.has(direct.name) || CONTEXTS.has(target.name)) return { kind: "ctx" };
  let size = 0;
  try {
    size = btf.sizeOf(type.type);
  } catch {
    size = 0;
  }
  return { kind: "mem", size, nonnull: tags.has("arg:nonnull") };
}

function functions(program: BpfProgram, object: BpfObject): FunctionFacts[] {
  const { btf, elf } = object;
  if (btf === undefined) return [];
  // libbpf loads hidden functions as static, whatever their BTF says (bpf_program's mark_btf_static).
  const hidden = new Set(elf.symbols.filter((s) => s.hidden || s.binding === Binding.Local).map((s) => s.name));
  return program.funcs.flatMap(({ insn, typeId }): FunctionFacts[] => {
    const func = btf.get(typeId);
    if (func.kind !== "func") return [];
    const proto = btf.get(func.type);
    if (proto.kind !== "func_proto") return [];
    return [
      {
        start: insn,
        name: func.name,
        global: func.linkage === "global" && insn > 0 && !hidden.has(func.name),
        args: proto.params.map((p, i) => argumentFacts(btf, p.type, argumentTags(btf, typeId, i))),
        returnsVoid: strip(btf, proto.result).kind === "void",
      },
    ];
  });
}

/** One program ready to be judged. */
export interface ObjectProgram {
  readonly program: BpfProgram;
  readonly subject: Subject;
  /** Set where the pre-check cannot judge: what is missing. */
  readonly missing: string | undefined;
}

/**
 * Every program of an object.
 * @throws ObjectFormatError when the bytes are no BPF object
 */
export function subjectsOf(bytes: Uint8Array): { object: BpfObject; programs: ObjectProgram[] } {
  const object = readObject(bytes);
  const maps = object.maps.map((map) => mapFacts(map, object.btf));
  const programs = object.programs.map((program): ObjectProgram => {
    const { meaning } = program;
    const symbols = program.references.flatMap((r) => (r.kind === "ksym" ? [r] : []));
    const ksym = symbols.find((r) => !r.call);
    const missing =
      meaning === undefined
        ? `section "${program.section}" names no program type`
        : ksym === undefined
          ? undefined
          : `kernel variable ${ksym.name}`;
    return {
      program,
      missing,
      subject: {
        type: meaning === undefined ? 0 : ProgramTypeId[meaning.type],
        attachType: meaning?.attach ?? 0,
        insns: decode(program.bytes),
        maps,
        gpl: /^(GPL|GPL v2|GPL and additional rights|Dual (BSD|MIT|MPL)\/GPL)$/.test(object.license),
        sleepable: meaning?.sleepable ?? false,
        functions: functions(program, object),
        kfuncs: new Map(symbols.map((r) => [r.insn, r.name])),
      },
    };
  });
  return { object, programs };
}
