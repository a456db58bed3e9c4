/** An object file's programs as subjects of the pre-check: maps with frozen data, functions by BTF, source lines. */

import { type Btf, type BtfType, CoreTarget } from "../../runtime/btf/index.js";
import {
  Binding,
  type BpfObject,
  type BpfProgram,
  type MapDef,
  ObjectFormatError,
  readObject,
  relocateCore,
  type SectionMeaning,
} from "../../runtime/elf/index.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import { decode, type Instruction, Op, Pseudo } from "../../runtime/isa/index.js";
import { fieldOf, fieldsOf } from "./fields.js";
import type { GivenTypes } from "./given-types.js";
import { type ConfigContent, configContent, findsVariables } from "./kernel-config.js";
import { isGplCompatible } from "./licence.js";
import type { ArgumentFacts, FunctionFacts, KernelVariable, MapFacts, Subject } from "./program.js";
import { NEWEST } from "./tables/since.js";

function strip(btf: Btf, id: number): BtfType {
  let type = btf.get(id);
  for (let i = 0; i < 32; i++) {
    if (!["typedef", "const", "volatile", "restrict", "type_tag"].includes(type.kind)) return type;
    type = btf.get((type as { type: number }).type);
  }
  return type;
}

function mapFacts(def: MapDef, btf: Btf | undefined, config: (size: number) => ConfigContent): MapFacts {
  const readOnly = def.section.startsWith(".rodata");
  const settings = def.section === ".kconfig" ? config(def.valueSize) : undefined;
  const fields = fieldsOf(btf, def.valueType, def.variables);
  return {
    name: def.name,
    type: def.type,
    keySize: def.keySize,
    // The kernel sizes perf and prog arrays' values itself.
    valueSize: def.valueSize,
    maxEntries: def.maxEntries,
    flags: def.flags,
    frozen: readOnly ? def.data : settings?.bytes,
    ...(settings === undefined ? {} : { unknown: settings.unknown }),
    inner: def.inner === undefined ? undefined : mapFacts(def.inner, btf, config),
    fields,
    spinLock: fieldOf(fields, "bpf_spin_lock")?.off,
    timer: fieldOf(fields, "bpf_timer")?.off,
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
  const nullable = tags.has("arg:nullable");
  if (tags.has("arg:ctx") || CONTEXTS.has(direct.name) || CONTEXTS.has(target.name)) return { kind: "ctx" };
  if (target.name === "bpf_dynptr") return { kind: "dynptr" };
  if (tags.has("arg:trusted")) return { kind: "trusted", struct: target.name.replace(/___.*$/, ""), nullable };
  if (tags.has("arg:untrusted")) {
    return { kind: "untrusted", struct: target.kind === "struct" ? target.name.replace(/___.*$/, "") : undefined };
  }
  if (tags.has("arg:arena")) return { kind: "arena" };
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
        returnsScalar: ["int", "enum", "enum64"].includes(strip(btf, proto.result).kind),
      },
    ];
  });
}

/** Instructions for the kernel that is known, without one as they were compiled; or why no loader could make them. */
function relocated(
  program: BpfProgram,
  btf: Btf | undefined,
  target: () => CoreTarget | undefined,
): { readonly insns: readonly Instruction[]; readonly missing?: string } {
  const types = program.core.length === 0 || btf === undefined ? undefined : target();
  if (btf === undefined || types === undefined) return { insns: decode(program.bytes) };
  try {
    return { insns: decode(relocateCore(program, btf, types).bytes) };
  } catch (error) {
    if (!(error instanceof ObjectFormatError)) throw error;
    return { insns: decode(program.bytes), missing: error.message };
  }
}

/** The index of a kernel's types, made once however many programs ask. */
function targetOnce(kernel: (() => Btf | undefined) | undefined): () => CoreTarget | undefined {
  let target: CoreTarget | undefined;
  return () => {
    const types = target === undefined ? kernel?.() : undefined;
    if (types !== undefined) target = new CoreTarget(types);
    return target;
  };
}

/** Declared `extern const void name __ksym` or with the variable's type. */
function variableOf(symbol: { readonly name: string; readonly weak: boolean }, btf: Btf | undefined): KernelVariable {
  const declared = btf?.find(symbol.name, "var");
  const type = declared?.kind === "var" ? btf?.resolve(declared.type) : undefined;
  const isFunction = btf?.find(symbol.name, "func") !== undefined;
  return { name: symbol.name, weak: symbol.weak, untyped: !isFunction && (type === undefined || type.kind === "void") };
}

/** What the program attaches to; of struct_ops "STRUCT.MEMBER", as the map's initial content has it. */
function targetOf(program: BpfProgram, object: BpfObject): string | undefined {
  const { meaning } = program;
  if (meaning?.type !== "struct_ops") return meaning?.detail;
  const { btf, elf } = object;
  for (const section of elf.sections) {
    if (!section.name.startsWith(".struct_ops")) continue;
    const reference = (elf.relocations.get(section.index) ?? []).find((r) => r.symbol.name === program.name);
    const data = btf?.find(section.name, "datasec");
    if (reference === undefined || btf === undefined || data?.kind !== "datasec") continue;
    for (const variable of data.vars) {
      const inside = reference.offset - variable.offset;
      if (inside < 0 || inside >= variable.size) continue;
      const struct = btf.resolve(variable.type);
      const type = struct.kind === "var" ? btf.resolve(struct.type) : struct;
      if (type.kind !== "struct") continue;
      const member = type.members.find((m) => m.bitOffset / 8 === inside);
      if (member !== undefined) return `${type.name.replace(/___.*$/, "")}.${member.name}`;
    }
  }
  return undefined;
}

function exceptionTags(program: BpfProgram, btf: Btf | undefined): number {
  const main = program.funcs.find((f) => f.insn === 0)?.typeId;
  const tags = btf?.types.filter((t) => t.kind === "decl_tag" && t.type === main && t.component === -1) ?? [];
  return tags.filter((t) => t.name.startsWith("exception_callback:")).length;
}

/** One program ready to be judged. */
export interface ObjectProgram {
  readonly program: BpfProgram;
  readonly subject: Subject;
  /** What its section means, or the type that was given for it. */
  readonly meaning: SectionMeaning | undefined;
  /** Set where the pre-check cannot judge: what is missing. */
  readonly missing: string | undefined;
}

/** A map reference that no relocation made is a file descriptor of whoever compiled it. */
function withoutStrayMaps(insns: readonly Instruction[], program: BpfProgram): readonly Instruction[] {
  const related = new Set(program.references.map((r) => r.insn));
  return insns.map((insn) =>
    insn.opcode === Op.LdImm64 && STRAY.has(insn.src) && !related.has(insn.slot) ? { ...insn, imm: NO_MAP } : insn,
  );
}
const STRAY: ReadonlySet<number> = new Set([Pseudo.MapFd, Pseudo.MapValue]);
/** What no map is numbered. */
const NO_MAP = -1;

/** What is known of the kernel that will load an object. */
export interface KernelFacts {
  /** Its types. */
  readonly types?: (() => Btf | undefined) | undefined;
  /** Text of its configuration (/proc/config.gz). */
  readonly config?: (() => string | undefined) | undefined;
  /** "6.18" */
  readonly version?: string | undefined;
}

/**
 * Every program of an object.
 * @param given types for sections, before what their names say
 * @throws ObjectFormatError when the bytes are no BPF object
 */
export function subjectsOf(
  bytes: Uint8Array,
  facts: KernelFacts = {},
  given: GivenTypes = () => undefined,
): { object: BpfObject; programs: ObjectProgram[] } {
  const object = readObject(bytes);
  const kernel = facts.types;
  const config = (size: number): ConfigContent =>
    configContent(object.kconfig, size, facts.version ?? NEWEST, facts.config?.());
  const maps = object.maps.map((map) => mapFacts(map, object.btf, config));
  const target = targetOnce(kernel);
  const programs = object.programs.map((program): ObjectProgram => {
    const meaning = given(program.section) ?? program.meaning;
    const symbols = program.references.flatMap((r) => (r.kind === "ksym" ? [r] : []));
    const { insns: linked, missing } = relocated(program, object.btf, target);
    const insns = withoutStrayMaps(linked, program);
    const variables = symbols.flatMap((r) => (r.call ? [] : [[r.insn, variableOf(r, object.btf)] as const]));
    return {
      program,
      meaning,
      missing: meaning === undefined ? `section "${program.section}" names no program type` : missing,
      subject: {
        type: meaning === undefined ? 0 : ProgramTypeId[meaning.type],
        attachType: meaning?.attach ?? 0,
        insns,
        maps,
        gpl: isGplCompatible(object.license),
        sleepable: meaning?.sleepable ?? false,
        functions: functions(program, object),
        kfuncs: new Map(symbols.flatMap((r) => (r.call ? [[r.insn, r.name] as const] : []))),
        weakCalls: new Set(symbols.flatMap((r) => (r.call && r.weak ? [r.insn] : []))),
        exceptionCallback: program.exceptionCallback,
        exceptionTags: exceptionTags(program, object.btf),
        variables: new Map(variables),
        findsVariables: variables.length === 0 ? undefined : findsVariables(facts.config?.()),
        target: targetOf(program, object),
        btf: object.btf,
        kernel,
      },
    };
  });
  return { object, programs };
}
