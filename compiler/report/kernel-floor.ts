/**
 * The oldest kernel that has everything a program uses, as far as its bytecode, maps and BTF say; what only the walk knows (fields of
 * the context) the pre-check adds. Input: a program of an object. Output: a version, and what needs it.
 */
import type { BpfObject, BpfProgram, MapDef } from "../../runtime/elf/index.js";
import { HelperId, helperById, helperTypeSince } from "../../runtime/facts/helpers/index.js";
import { kfuncSince } from "../../runtime/facts/kfuncs.js";
import { MAP_FLAGS } from "../../runtime/facts/maps/flags.js";
import { mapTypeName, mapTypeSince } from "../../runtime/facts/maps/index.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import { older, RULES, type Rule } from "../../runtime/facts/versions.js";
import { CallKind, Class, type Instruction, Jump, Op, Pseudo } from "../../runtime/isa/index.js";
import type { Needs } from "../precheck/index.js";
import { instructionSince } from "../precheck/tables/instructions-since.js";

/** Instruction sets that the compiler may make use of anywhere. */
const CPU: Readonly<Record<number, Rule | undefined>> = { 2: RULES.jumpsLess, 3: RULES.jumps32, 4: RULES.cpuV4 };
const OLDEST: Needs = { kernel: "3.18", what: "BPF" };

const needs = ({ since, what }: Rule): Needs => ({ kernel: since, what });

/** A jump that goes back, may_goto apart: the walk follows it since loops are allowed. */
function goesBack(insn: Instruction): boolean {
  const cls = insn.opcode & 7;
  if (cls !== Class.Jmp && cls !== Class.Jmp32) return false;
  const op = insn.opcode & 0xf0;
  if (insn.opcode === Op.Ja32) return insn.imm < 0;
  return op !== Jump.Call && op !== Jump.Exit && op !== Jump.Cond && insn.off < 0;
}

function ofInstruction(insn: Instruction, type: number, attach: number): Needs[] {
  const out: Needs[] = [];
  const since = instructionSince(insn);
  if (since !== undefined) out.push(since);
  if (goesBack(insn)) out.push(needs(RULES.loops));
  if ((insn.opcode === 0xc3 || insn.opcode === 0xdb) && insn.imm !== 0) out.push(needs(RULES.atomics));
  if (insn.opcode === Op.LdImm64 && insn.src === Pseudo.Func) out.push(needs(RULES.callbacks));
  if (insn.opcode !== Op.Call) return out;
  if (insn.src === CallKind.Local) out.push(needs(RULES.calls));
  const helper = insn.src === CallKind.Helper ? helperById(insn.imm) : undefined;
  if (helper === undefined) return out;
  out.push({ kernel: helper.since, what: helper.name });
  const forType = helperTypeSince(helper.id, type, attach);
  if (forType !== undefined) out.push({ kernel: forType, what: `${helper.name} in programs of this type` });
  return out;
}

function ofMap(map: MapDef): Needs[] {
  if (map.section !== ".maps" && map.section !== "maps") return [needs(RULES.dataSections)];
  const type = mapTypeName(map.type);
  const since = mapTypeSince(type);
  const flags = MAP_FLAGS.filter(([bit]) => (map.flags & (1 << bit)) !== 0);
  return [
    ...(since === undefined ? [] : [{ kernel: since, what: `maps of type ${type}` }]),
    ...flags.map(([, name, kernel]) => ({ kernel, what: `the map flag ${name}` })),
  ];
}

/** Global functions are judged by their declarations: pointers and tags came later than the functions. */
function ofFunctions(object: BpfObject, program: BpfProgram): Needs[] {
  const { btf } = object;
  if (btf === undefined) return [];
  return program.funcs.flatMap(({ insn, typeId }): Needs[] => {
    const func = btf.get(typeId);
    if (insn === 0 || func.kind !== "func" || func.linkage !== "global") return [];
    const proto = btf.get(func.type);
    const tagged = btf.types.some((t) => t.kind === "decl_tag" && t.type === typeId && t.name.startsWith("arg:"));
    const pointers = proto.kind === "func_proto" && proto.params.some((p) => btf.resolve(p.type).kind === "ptr");
    return [
      needs(RULES.globalFunctions),
      ...(pointers ? [needs(RULES.globalMemory)] : []),
      ...(tagged ? [needs(RULES.argumentTags)] : []),
    ];
  });
}

/** @param cpu instruction set that it was compiled for */
export function kernelFloor(
  object: BpfObject,
  program: BpfProgram,
  insns: readonly Instruction[],
  cpu: 1 | 2 | 3 | 4,
): Needs {
  const { meaning } = program;
  const type = meaning === undefined ? 0 : ProgramTypeId[meaning.type];
  const all: Needs[] = insns.flatMap((insn) => ofInstruction(insn, type, meaning?.attach ?? 0));
  const set = CPU[cpu];
  if (set !== undefined) all.push(needs(set));
  if (meaning !== undefined) all.push({ kernel: meaning.since, what: `programs of section "${program.section}"` });
  const calls = insns.some((i) => i.opcode === Op.Call && i.src === CallKind.Local);
  const tail = insns.some((i) => i.opcode === Op.Call && i.src === CallKind.Helper && i.imm === HelperId.tail_call);
  if (calls && tail) all.push(needs(RULES.tailCallsInFunctions));
  for (const r of program.references) {
    if (r.kind === "ksym") {
      const kernel = r.call ? (kfuncSince(r.name) ?? RULES.kernelFunctions.since) : RULES.kernelVariables.since;
      all.push({ kernel, what: r.name });
      continue;
    }
    const map = object.maps[r.map];
    if (map !== undefined) all.push(...ofMap(map));
  }
  all.push(...ofFunctions(object, program));
  return all.reduce((a, b) => (older(a.kernel, b.kernel) ? b : a), OLDEST);
}
