/**
 * What a compiled program costs and needs, read from its bytecode: instructions, stack of the deepest call chain, and
 * the oldest kernel that has everything it uses. Input: an object; output: plain data for `--json`.
 */
import { type BpfObject, type BpfProgram, mapTypeName } from "../../runtime/elf/index.js";
import { CallKind, decode, helperById, type Instruction, Op, stackDepth } from "../../runtime/isa/index.js";
import type { PrecheckResult } from "../precheck/index.js";

export interface ProgramReport {
  readonly name: string;
  readonly section: string;
  /** Program type: "xdp", "sched_cls", "tracepoint". */
  readonly type: string;
  /** Instructions as the kernel counts them: 8 bytes each, functions it calls included. */
  readonly insns: number;
  /** Bytes of the deepest call chain, each frame rounded up to 32 as the verifier does (round_up in check_max_stack_depth). */
  readonly stackBytes: number;
  /** Oldest Linux with all helpers, maps and instructions that it uses. */
  readonly kernelFloor: string;
  /** What the kernel's verifier will have to do; absent where the pre-check was left out. */
  readonly verifier?: VerifierReport;
}

export interface VerifierReport {
  /** "undecided" where the pre-check does not know a rule that the program needs: only the kernel can tell. */
  readonly verdict: "accept" | "undecided";
  /** Instructions walked; the kernel gives up at 1,000,000. */
  readonly processed: number;
  /** States stored on the way. */
  readonly states: number;
}

export interface MapReport {
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** What the programs of an object cost and need. @param cpu instruction set that it was compiled for */
export function reportPrograms(object: BpfObject, cpu: 1 | 2 | 3 | 4): ProgramReport[] {
  return object.programs.map((program) => {
    const insns = decode(program.bytes);
    return {
      name: program.name,
      section: program.section,
      type: program.meaning?.type ?? "unknown",
      insns: program.bytes.length / 8,
      stackBytes: stackDepth(program.functions, insns),
      kernelFloor: floorOf(object, program, insns, cpu),
    };
  });
}

/** @param judged the pre-check's results, by program name; none where it was left out */
export function withVerdicts(
  programs: readonly ProgramReport[],
  judged: readonly PrecheckResult[],
): readonly ProgramReport[] {
  return programs.map((program) => ({ ...program, ...verifierOf(judged.find((r) => r.program === program.name)) }));
}

function verifierOf(result: PrecheckResult | undefined): { verifier?: VerifierReport } {
  if (result === undefined || result.verdict === "reject") return {};
  const { verdict, processed, states } = result;
  return { verifier: { verdict, processed, states } };
}

/** Maps that the source declares; data sections are left out. */
export function reportMaps(object: BpfObject): MapReport[] {
  return object.maps
    .filter((m) => m.section === ".maps" || m.section === "maps")
    .map((m) => ({
      name: m.name,
      type: mapTypeName(m.type),
      keySize: m.keySize,
      valueSize: m.valueSize,
      maxEntries: m.maxEntries,
    }));
}

/** Kernel versions with each map type that the language has (kernel/bpf, per type). */
const MAP_SINCE: Readonly<Record<string, string>> = {
  hash: "3.19",
  array: "3.19",
  percpu_hash: "4.6",
  percpu_array: "4.6",
  lru_hash: "4.10",
  lru_percpu_hash: "4.10",
  lpm_trie: "4.11",
  ringbuf: "5.8",
};

/** First kernel that runs every instruction of a set: 32-bit jumps 5.1, atomics with a result 5.12. */
const CPU_SINCE: Readonly<Record<number, string>> = { 1: "3.18", 2: "4.14", 3: "5.1", 4: "6.6" };

/** BPF_ATOMIC beyond a plain add (imm 0) came with 5.12. */
const hasNewAtomics = (insns: readonly Instruction[]): boolean =>
  insns.some((i) => (i.opcode === 0xc3 || i.opcode === 0xdb) && i.imm !== 0);

function floorOf(object: BpfObject, program: BpfProgram, insns: readonly Instruction[], cpu: 1 | 2 | 3 | 4): string {
  const versions = [CPU_SINCE[cpu], program.meaning?.since];
  if (hasNewAtomics(insns)) versions.push("5.12");
  for (const i of insns) if (i.opcode === Op.Call && i.src === CallKind.Helper) versions.push(helperById(i.imm)?.since);
  for (const r of program.references) {
    const map = r.kind === "ksym" ? undefined : object.maps[r.map];
    if (!map) continue;
    versions.push(map.section === ".maps" ? MAP_SINCE[mapTypeName(map.type)] : "5.2");
  }
  return versions.filter((v) => v !== undefined).reduce((a, b) => (older(a, b) ? b : a), "3.18");
}

/** Whether kernel `a` came before `b`. */
export function older(a: string, b: string): boolean {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  return (x[0] ?? 0) !== (y[0] ?? 0) ? (x[0] ?? 0) < (y[0] ?? 0) : (x[1] ?? 0) < (y[1] ?? 0);
}
