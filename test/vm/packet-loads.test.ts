/**
 * LD_ABS and LD_IND beside the kernel: traffic-control programs that fold loads of every size, inside the packet and
 * beyond its end, into one number. Generated code must run them without the interpreter.
 */
import { closeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encode } from "../../runtime/isa/index.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, Machine } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { objectOf } from "./fuzz-object.js";
import { generator, type Insn, insn } from "./generate.js";

const SCHED_CLS = 3;
const COUNT = 150;
const FRAME = 64;
const skip = announceSkip("test/vm/packet-loads", kernelSkipReason());

/** r7 = r7 * 31 + each load; r0 = r7. */
function program(seed: number): Uint8Array {
  const random = generator(Math.imul(seed, 0x9e3779b1));
  const out: Insn[] = [insn(0xbf, { dst: 6, src: 1 }), insn(0xb7, { dst: 7, imm: seed }), insn(0xb7, { dst: 0 })];
  // One in four programs looks beyond the end once.
  const beyond = random(4) === 0 ? random(6) : -1;
  for (let i = 0; i < 6; i++) {
    const [size, bytes] = (
      [
        [0x00, 4],
        [0x08, 2],
        [0x10, 1],
      ] as const
    )[random(3)] ?? [0, 4]; // prettier-ignore
    const offset = i === beyond ? FRAME - bytes + 1 + random(40) : random(FRAME - bytes + 1);
    if (random(2) === 0) out.push(insn(0x20 | size, { imm: offset }));
    else {
      const part = random(offset + 1);
      out.push(insn(0xb7, { dst: 8, imm: part }), insn(0x40 | size, { src: 8, imm: offset - part }));
    }
    out.push(insn(0x27, { dst: 7, imm: 31 }), insn(0x0f, { dst: 7, src: 0 }));
  }
  out.push(insn(0xbf, { dst: 0, src: 7 }), insn(0x95));
  return encode(out.map((one, slot) => ({ ...one, slot })));
}
const packet = Uint8Array.from({ length: FRAME }, (_, i) => (i === 12 ? 8 : i * 37));

const onMachine = (bytes: Uint8Array, engine: EngineName): number => {
  const { result, fault } = new Machine(objectOf(bytes, "tc"), { engine, cpus: 1 }).run("p", { packet });
  expect(fault).toBeUndefined();
  return Number(result);
};

describe("packet loads", () => {
  test(`${COUNT} programs: both engines`, () => {
    for (let seed = 1; seed <= COUNT; seed++)
      expect(onMachine(program(seed), "wasm"), `${seed}`).toBe(onMachine(program(seed), "interp"));
  });
  test.skipIf(skip)(`${COUNT} programs: as in the kernel`, () => {
    let ended = 0;
    for (let seed = 1; seed <= COUNT; seed++) {
      const loaded = loadProgramRaw({ type: SCHED_CLS, insns: program(seed) });
      if (!loaded.ok) throw new Error(`${seed}: ${loaded.log}`);
      try {
        const result = testRun(loaded.fd, { data: packet }).retval >>> 0;
        if (result === 0) ended++;
        expect(onMachine(program(seed), "wasm"), `${seed}`).toBe(result);
      } finally {
        closeSync(loaded.fd);
      }
    }
    // Those that looked beyond the end.
    expect(ended).toBeGreaterThan(COUNT / 10);
  });
});
