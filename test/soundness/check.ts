/** Compares what runs do with what the pre-check said of the same program. */
import { verify } from "../../compiler/precheck/explore/run.js";
import type { Subject } from "../../compiler/precheck/program.js";
import type { Instruction } from "../../runtime/isa/index.js";
import { type Generated, generate } from "../oracle/generate.js";
import { Random } from "../oracle/random.js";
import { MAPS } from "../oracle/scene.js";
import { type Alternatives, allows, factsOf, type PlaceFacts } from "./facts.js";
import { canRun, run } from "./machine.js";

/** A rule of the pre-check that is wrong on purpose: what it takes an instruction for. */
export type Mutation = (insn: Instruction) => Instruction;

export interface Counts {
  programs: number;
  runs: number;
  /** Registers and slots of which a fact was compared with a value. */
  values: number;
  /** Runs that show what the kernel itself gets wrong. */
  kernelWrong: number;
}

/** Topics whose programs run without packets and sockets. */
const TOPICS = ["numbers", "branches", "spills", "values", "stack", "loops", "functions", "callbacks"] as const;
/** Paths are not pruned here: programs that need more are left out. */
const WALK_LIMIT = 20_000;
const FRAME_POINTER = 10;
/** BPF_LDX | BPF_MEMSX, without the size. */
const SIGNED_LOAD = 0x81;

/**
 * A sign-extending load of a spilled number keeps its link to the slot in Linux 6.18, so that a test of the register "bounds"
 * the slot too. The pre-check predicts the kernel and does the same; values then do contradict the facts.
 */
const keepsWrongLink = (insns: readonly Instruction[]): boolean =>
  insns.some((insn) => (insn.opcode & 0xe7) === SIGNED_LOAD && insn.src === FRAME_POINTER);

const subjectOf = ({ kind, insns }: Pick<Generated, "kind" | "insns">): Subject => ({
  type: kind.type,
  attachType: kind.attach,
  insns,
  maps: MAPS,
  gpl: true,
  sleepable: false,
  functions: [],
  functionsUnknown: true,
});

const holds = (facts: Alternatives, value: bigint, frame: bigint): boolean => {
  if (facts.any) return true;
  for (const s of facts.scalars) if (allows(s, value)) return true;
  for (const off of facts.frameOffsets) if (BigInt.asUintN(64, frame + BigInt(off)) === value) return true;
  return false;
};

/** @returns what a fact and a value contradict in, or undefined */
function compare(
  facts: PlaceFacts | undefined,
  at: number,
  read: (n: number) => bigint,
  slot: (i: number) => bigint | undefined,
  counts: Counts,
): string | undefined {
  if (facts === undefined) return `instruction ${at} runs, but no path leads there`;
  const frame = read(FRAME_POINTER);
  for (let r = 0; r < 10; r++) {
    const known = facts.regs[r];
    if (known === undefined || known.any) continue;
    counts.values++;
    if (!holds(known, read(r), frame)) return `r${r} is ${read(r)} at instruction ${at}`;
  }
  for (const [i, known] of facts.slots) {
    const value = slot(i);
    if (value === undefined) continue;
    counts.values++;
    if (!holds(known, value, frame)) return `fp-${8 * (i + 1)} is ${value} at instruction ${at}`;
  }
  return undefined;
}

/**
 * One program of a seed, if it is accepted and can be run.
 * @returns the first contradiction, or undefined
 */
export function checkSeed(seed: number, inputs: number, counts: Counts, mutation?: Mutation): string | undefined {
  const topic = TOPICS[seed % TOPICS.length] ?? "numbers";
  const program = generate(seed, topic);
  if (program.kind.packet !== undefined || !canRun(program.insns)) return undefined;
  const believed = mutation === undefined ? program.insns : program.insns.map(mutation);
  const subject = subjectOf({ kind: program.kind, insns: believed });
  if (verify(subject, 2).rejection !== undefined) return undefined;
  const facts = factsOf(subject, WALK_LIMIT);
  if (facts === undefined) return undefined;
  counts.programs++;
  for (let input = 0; input < inputs; input++) {
    counts.runs++;
    let wrong: string | undefined;
    const fault = run(program.insns, new Random(seed * 1000 + input), (at, read, slot) => {
      wrong ??= compare(facts.get(at), at, read, slot, counts);
    });
    if (wrong !== undefined && mutation === undefined && keepsWrongLink(program.insns)) {
      counts.kernelWrong++;
      continue;
    }
    if (wrong !== undefined) return `seed ${seed}, input ${input}: ${wrong}`;
    // Stack that was never written is the machine's rule, not the kernel's for privileged loaders; fuel is a long loop.
    if (fault !== undefined && fault.code !== "VM_FUEL" && !/never written/.test(fault.message))
      return `seed ${seed}, input ${input}: ${fault.code} ${fault.message} at instruction ${fault.insn}`;
  }
  return undefined;
}
