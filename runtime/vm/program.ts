/** One program of a machine: validated, prepared code and what is known of its source. */
import type { Btf } from "../btf/index.js";
import type { BpfProgram } from "../elf/index.js";
import { type Instruction, Pseudo, verifyEncoding } from "../isa/index.js";
import { FUNCTION_TAG, MAP_TAG, MEMORY_TAG, OBJECT_TAG } from "./address.js";
import { type Code, prepare } from "./code.js";
import { type ContextKind, contextKind } from "./context/kinds.js";
import type { SourcePlace } from "./fault.js";
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

/** @throws EncodingError when the bytecode is refused */
export function loadProgram(program: BpfProgram, maps: readonly VmMap[], btf: Btf | undefined): LoadedProgram {
  const insns = verifyEncoding(program.bytes);
  const weak = new Set(program.references.filter((r) => r.kind === "ksym" && r.weak && !r.call).map((r) => r.insn));
  const resolve = resolver(maps);
  return {
    name: program.name,
    program,
    insns,
    // A weak kernel symbol that is not there has address 0.
    code: prepare(insns, (insn) => (weak.has(insn.slot) ? [0, 0] : resolve(insn))),
    kind: contextKind(program.meaning?.type),
    contextType: contextType(program, btf),
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
