/**
 * What a compiled program costs and needs, read from its bytecode: instructions, stack of the deepest call chain, and
 * the oldest kernel that has everything it uses. Input: an object; output: plain data for `--json`.
 */

import type { BpfObject } from "../../runtime/elf/index.js";
import { mapTypeName } from "../../runtime/facts/maps/index.js";
import { older } from "../../runtime/facts/versions.js";
import { decode, stackDepth } from "../../runtime/isa/index.js";
import type { Needs, PrecheckResult } from "../precheck/index.js";
import { kernelFloor } from "./kernel-floor.js";

export interface ProgramReport {
  readonly name: string;
  readonly section: string;
  /** Program type: "xdp", "sched_cls", "tracepoint". */
  readonly type: string;
  /** Instructions as the kernel counts them: 8 bytes each, functions it calls included. */
  readonly insns: number;
  /** Bytes of the deepest call chain, each frame rounded up to 16 as the verifier does (round_up_stack_depth). */
  readonly stackBytes: number;
  /** Oldest Linux with all that it uses: helpers, kernel functions, maps and their flags, context fields, instructions, loops, functions. */
  readonly kernelFloor: string;
  /** What the kernel's verifier will have to do; absent where the pre-check was left out. */
  readonly verifier?: VerifierReport;
}

/** A report with what needs the floor: "loops". Said in messages, not in `--json`. */
export interface CostedProgram extends ProgramReport {
  readonly kernelFloorFor: string;
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
export function reportPrograms(object: BpfObject, cpu: 1 | 2 | 3 | 4): CostedProgram[] {
  return object.programs.map((program) => {
    const insns = decode(program.bytes);
    return {
      name: program.name,
      section: program.section,
      type: program.meaning?.type ?? "unknown",
      insns: program.bytes.length / 8,
      // The pre-check's account takes its place where there is one (withVerdicts).
      stackBytes: stackDepth(program.functions, insns),
      ...floorFields(kernelFloor(object, program, insns, cpu)),
    };
  });
}

/** @param judged the pre-check's results, by program name; none where it was left out */
export function withVerdicts(
  programs: readonly CostedProgram[],
  judged: readonly PrecheckResult[],
): readonly CostedProgram[] {
  return programs.map((program) => {
    const result = judged.find((r) => r.program === program.name);
    if (result === undefined || result.verdict !== "accept") return { ...program, ...verifierOf(result) };
    const { needs, stackBytes } = result;
    const floor = needs !== undefined && older(program.kernelFloor, needs.kernel) ? floorFields(needs) : {};
    return { ...program, ...floor, stackBytes, ...verifierOf(result) };
  });
}

const floorFields = ({ kernel, what }: Needs): Pick<CostedProgram, "kernelFloor" | "kernelFloorFor"> => ({
  kernelFloor: kernel,
  kernelFloorFor: what,
});

function verifierOf(result: PrecheckResult | undefined): { verifier?: VerifierReport } {
  if (result === undefined || result.verdict === "reject") return {};
  const { verdict, processed, states } = result;
  return { verifier: { verdict, processed, states } };
}

/** What users get. */
export const reported = (programs: readonly CostedProgram[]): ProgramReport[] =>
  programs.map(({ kernelFloorFor: _, ...report }) => report);

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
