/** The running kernel says of every rule's program what the pre-check says: accept or reject. */
import { closeSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainLog } from "../../compiler/precheck/index.js";
import { encode } from "../../runtime/isa/index.js";
import { createMap } from "../../runtime/kernel/map-syscalls.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { announceSkip, kernelSkipReason, verdictsOf } from "../kernel/support.js";
import { MAPS, subject } from "./assemble.js";
import { CASES } from "./rules.table.js";

const skipped = announceSkip("precheck beside the kernel", kernelSkipReason());

describe.skipIf(skipped)("the kernel agrees", () => {
  const fds: number[] = [];
  beforeAll(() => {
    for (const { type, keySize, valueSize, maxEntries } of MAPS)
      fds.push(createMap({ type, keySize, valueSize, maxEntries }));
  });
  afterAll(() => {
    for (const fd of fds) closeSync(fd);
  });
  test.for(CASES)("$name", ({ name, type, insns, gpl, expected }, { skip }) => {
    const { type: number, attachType } = subject(type, insns);
    const bytes = encode(
      insns.map((insn) => (insn.opcode === 0x18 && insn.src === 1 ? { ...insn, imm: fds[insn.imm] ?? -1 } : insn)),
    );
    const { ok, fd, log, word } = loadProgramRaw({
      type: number,
      expectedAttachType: attachType,
      insns: bytes,
      license: gpl === false ? "Proprietary" : "GPL",
    });
    if (ok) closeSync(fd);
    if (verdictsOf("precheck beside the kernel", [[name, word]]).length === 0) skip("not judged");
    expect(word.verdict, log).toBe(expected === "accept" ? "accept" : "reject");
    // The kernel's own log leads to the same reason.
    if (!ok) expect(explainLog(log).explanation?.code, log).toBe(expected);
  });
});
