/** Which program types have BPF_PROG_TEST_RUN: the rows of runtime/facts/program-types against the running kernel. */
import { closeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PROGRAM_TYPE_NAMES, PROGRAM_TYPES, ProgramTypeId } from "../../runtime/facts/program-types/index.js";
import { encode, type Instruction } from "../../runtime/isa/index.js";
import { UnsupportedFeatureError } from "../../runtime/kernel/errors.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { VARIANTS } from "../oracle/program-types.js";
import { announceSkip, kernelSkipReason } from "./support.js";

const skipped = announceSkip("test/kernel/test-run-types", kernelSkipReason());
const BPF_F_SLEEPABLE = 16;
const insn = (opcode: number, imm = 0): Instruction => ({ slot: 0, opcode, dst: 0, src: 0, off: 0, imm });
const end = encode([insn(0xb7, 1), insn(0x95)]);

/** Whether the kernel runs a program of the type; undefined where it does not load one. */
function runs(variant: (typeof VARIANTS)[number]): boolean | undefined {
  const { type, attach: expectedAttachType } = variant;
  const flags = type === ProgramTypeId.syscall ? BPF_F_SLEEPABLE : 0;
  const { ok, fd } = loadProgramRaw({ type, expectedAttachType, insns: end, flags });
  if (!ok) return undefined;
  try {
    testRun(fd);
    return true;
  } catch (error) {
    // Any other errno is of this input: the type itself is run.
    return !(error instanceof UnsupportedFeatureError);
  } finally {
    closeSync(fd);
  }
}

describe.skipIf(skipped)("test runs", () => {
  const asked = new Map<number, boolean>();
  if (!skipped)
    for (const variant of VARIANTS) {
      const answer = runs(variant);
      if (answer !== undefined && !asked.has(variant.type)) asked.set(variant.type, answer);
    }
  test("are what the rows say", () => {
    const known = PROGRAM_TYPE_NAMES.filter((name) => asked.has(ProgramTypeId[name]));
    console.log(
      `test runs: ${known.length} program types asked, ${PROGRAM_TYPE_NAMES.length - known.length} not loaded by themselves`,
    );
    expect(known.length).toBeGreaterThan(15);
    expect(known.map((name) => [name, asked.get(ProgramTypeId[name])])).toEqual(
      known.map((name) => [name, PROGRAM_TYPES[name].testRun]),
    );
  });
});
