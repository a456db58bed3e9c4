/** One program of a machine: validated, prepared code and what is known of its source. */
import type { Btf, CoreTarget } from "../btf/index.js";
import { type BpfProgram, relocateCore, type Unresolved } from "../elf/index.js";
import type { ContextFields } from "../facts/contexts.js";
import { ProgramTypeId } from "../facts/program-types/ids.js";
import { type Instruction, Op, Pseudo, stackDepth, verifyEncoding } from "../isa/index.js";
import { FUNCTION_TAG, MAP_TAG, MEMORY_TAG, OBJECT_TAG } from "./address.js";
import { type Code, prepare } from "./code.js";
import { type ContextKind, contextKind } from "./context/kinds.js";
import { contextFields, refusedAccesses } from "./context/refused.js";
import type { SourcePlace } from "./fault.js";
import { KFUNCS } from "./kfuncs/table.js";
import { ArenaMap, type ArenaWindow } from "./maps/arena.js";
import { ArrayMap } from "./maps/array.js";
import type { VmMap } from "./maps/map.js";

export interface LoadedProgram {
  readonly name: string;
  readonly program: BpfProgram;
  readonly insns: readonly Instruction[];
  readonly code: Code;
  readonly kind: ContextKind;
  /** BTF struct that the context parameter points at, or 0. */
  readonly contextType: number;
  /** What the kernel allows of its context, where a table says all of it. */
  readonly contextRules: ContextFields | undefined;
  /** Kernel functions by the slot that calls them. */
  readonly kfuncs: ReadonlyMap<number, string>;
  /** Bytes of stack along its deepest chain of calls. */
  readonly stackBytes: number;
  /** Instructions without meaning on the machine's types. */
  readonly unresolved: readonly Unresolved[];
  /** Entry of the program's exception handler. */
  readonly onThrow: number | undefined;
  /** Slots in front of the program's own: 0 but for callback programs. */
  readonly before: number;
  /** The arena that it refers to; the kernel lets a program have one. */
  readonly arena: ArenaWindow | undefined;
  /** Programs that begin at one of its functions, made when needed (callback-program.ts). */
  readonly callbacks: Map<number, LoadedProgram>;
  readonly target: LoadTarget;
}

/** What a program is loaded against. */
export interface LoadTarget {
  readonly maps: readonly VmMap[];
  readonly btf: Btf | undefined;
  readonly core: CoreTarget | undefined;
  readonly mocks: ReadonlyMap<string, unknown>;
  readonly ksyms: Readonly<Record<string, bigint>>;
}

function contextType(program: BpfProgram, btf: Btf | undefined): number {
  const info = program.funcs.find((record) => record.insn === 0);
  if (info === undefined || btf === undefined) return 0;
  const func = btf.get(info.typeId);
  const proto = func.kind === "func" ? btf.get(func.type) : undefined;
  const first = proto?.kind === "func_proto" ? proto.params[0] : undefined;
  const pointer = first === undefined ? undefined : btf.resolve(first.type);
  const target = pointer?.kind === "ptr" ? btf.resolve(pointer.type) : undefined;
  return target?.kind === "struct" && target.size > 0 ? target.id : 0;
}

/** The 64-bit value that an immediate load gets: map references, global addresses, functions. */
function resolver(maps: readonly VmMap[]): (insn: Instruction) => readonly [number, number] | undefined {
  return (insn) => {
    const map = maps[insn.imm];
    switch (insn.src) {
      case Pseudo.MapFd:
      case Pseudo.MapIdx:
        return [insn.imm, MAP_TAG];
      case Pseudo.MapValue:
      case Pseudo.MapIdxValue:
        return map instanceof ArrayMap ? [map.at(0, 0) + (insn.imm2 ?? 0), MEMORY_TAG] : [0, 0];
      case Pseudo.Func:
        return [insn.slot + 1 + insn.imm, FUNCTION_TAG];
      case Pseudo.BtfId:
        return [insn.imm, OBJECT_TAG];
      default:
        return undefined;
    }
  };
}

/** Kernel symbols get their addresses: variables from the test, functions that there are any address that is not NULL. */
function symbolWord(name: string, target: LoadTarget): readonly [number, number] {
  const given = target.ksyms[name];
  if (given !== undefined) return [Number(BigInt.asIntN(32, given)), Number(BigInt.asIntN(32, given >> 32n))];
  return KFUNCS.has(name) || target.mocks.has(name) ? [1, OBJECT_TAG] : [0, 0];
}

function arenaOf(insns: readonly Instruction[], maps: readonly VmMap[]): ArenaWindow | undefined {
  for (const { opcode, src, imm } of insns) {
    if (opcode !== Op.LdImm64 || (src !== Pseudo.MapFd && src !== Pseudo.MapIdx)) continue;
    const map = maps[imm];
    if (map instanceof ArenaMap) return map.window;
  }
  return undefined;
}

/**
 * @param isCallback it begins with other arguments than a context
 * @throws EncodingError when the bytecode is refused; ObjectFormatError `OBJ_BTF` for corrupt CO-RE relocations
 */
export function loadProgram(program: BpfProgram, target: LoadTarget, isCallback = false): LoadedProgram {
  const { btf, core } = target;
  const relocated =
    btf !== undefined && core !== undefined && program.core.length > 0 ? relocateCore(program, btf, core) : undefined;
  const insns = verifyEncoding(relocated?.bytes ?? program.bytes);
  const symbols = new Map<number, string>();
  const kfuncs = new Map<number, string>();
  for (const reference of program.references)
    if (reference.kind === "ksym") (reference.call ? kfuncs : symbols).set(reference.insn, reference.name);
  const resolve = resolver(target.maps);
  const { type, attach } = program.meaning ?? {};
  const rules = contextFields(type, type === undefined ? 0 : ProgramTypeId[type], attach ?? 0);
  return {
    name: program.name,
    program,
    insns,
    code: prepare(
      insns,
      (insn) => {
        const symbol = symbols.get(insn.slot);
        return symbol === undefined ? resolve(insn) : symbolWord(symbol, target);
      },
      rules === undefined || isCallback ? [] : refusedAccesses(insns, rules),
    ),
    kind: contextKind(program.meaning?.type),
    contextType: contextType(program, btf),
    contextRules: rules,
    kfuncs,
    stackBytes: stackDepth(program.functions, insns),
    unresolved: relocated?.unresolved ?? [],
    onThrow: program.exceptionCallback,
    before: 0,
    arena: arenaOf(insns, target.maps),
    callbacks: new Map(),
    target,
  };
}

/** The source line of a slot, from BTF line info. */
export function sourceOf(program: BpfProgram, slot: number): SourcePlace | undefined {
  let found: SourcePlace | undefined;
  for (const { insn, file, line, column, text } of program.lines) {
    if (insn > slot) break;
    found = { file, line, column, text: text.trim() };
  }
  return found;
}
