/**
 * LD_ABS and LD_IND beside the kernel: programs that fold loads of every size, inside the packet, beyond its end and from
 * its headers on (SKF_NET_OFF, SKF_LL_OFF), into one number, also after helpers that move the headers. Generated code
 * must run them without the interpreter.
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

const TYPES = [
  { section: "tc", type: 3 },
  { section: "socket", type: 1 },
] as const;
type Kind = (typeof TYPES)[number];
const SKF_NET_OFF = -0x10_0000;
const SKF_LL_OFF = -0x20_0000;
/** skb_change_head, skb_vlan_push, skb_vlan_pop with arguments that work. */
const MOVES: readonly (readonly Insn[])[] = [
  [insn(0xb7, { dst: 2, imm: 8 }), insn(0xb7, { dst: 3 }), insn(0x85, { imm: 43 })],
  [insn(0xb7, { dst: 2, imm: 0x0081 }), insn(0xb7, { dst: 3, imm: 5 }), insn(0x85, { imm: 18 })],
  [insn(0x85, { imm: 19 })],
];
const COUNT = Number(process.env["EBPFTSC_PROGRAMS"] ?? 200);
const FRAME = 64;
const skip = announceSkip("test/vm/packet-loads", kernelSkipReason());

/** r7 = r7 * 31 + each load; r0 = r7. */
function program(seed: number, { section }: Kind): Uint8Array {
  const random = generator(Math.imul(seed, 0x9e3779b1));
  const out: Insn[] = [insn(0xbf, { dst: 6, src: 1 }), insn(0xb7, { dst: 7, imm: seed }), insn(0xb7, { dst: 0 })];
  // One in four programs looks beyond the end once.
  const beyond = random(4) === 0 ? random(6) : -1;
  // A third looks from the headers on, at any place, and some there move the headers first.
  const base = random(3) === 0 ? (random(2) === 0 ? SKF_NET_OFF : SKF_LL_OFF) : 0;
  if (section === "tc")
    for (let i = random(5); i >= 2; i--)
      out.push(insn(0xbf, { dst: 1, src: 6 }), ...(MOVES[random(MOVES.length)] ?? []));
  for (let i = 0; i < 6; i++) {
    const [size, bytes] = (
      [
        [0x00, 4],
        [0x08, 2],
        [0x10, 1],
      ] as const
    )[random(3)] ?? [0, 4]; // prettier-ignore
    const inside = base === 0 && section === "tc" ? FRAME : FRAME - 14;
    const from = random(12) === 0 ? base - random(6) : base;
    const offset = from + (i === beyond ? inside - bytes + 1 + random(40) : random(inside - bytes + 1));
    if (random(2) === 0) out.push(insn(0x20 | size, { imm: offset }));
    else {
      const part = random(Math.abs(offset) + 1);
      out.push(insn(0xb7, { dst: 8, imm: part }), insn(0x40 | size, { src: 8, imm: offset - part }));
    }
    out.push(insn(0x27, { dst: 7, imm: 31 }), insn(0x0f, { dst: 7, src: 0 }));
  }
  out.push(insn(0xbf, { dst: 0, src: 7 }), insn(0x95));
  return encode(out.map((one, slot) => ({ ...one, slot })));
}
const packet = Uint8Array.from({ length: FRAME }, (_, i) => (i === 12 ? 8 : i * 37));

const onMachine = (bytes: Uint8Array, engine: EngineName, { section }: Kind): number => {
  const { result, fault } = new Machine(objectOf(bytes, section), { engine, cpus: 1 }).run("p", { packet });
  expect(fault).toBeUndefined();
  return Number(result);
};

describe.each(TYPES)("packet loads of $section", (kind) => {
  test(`${COUNT} programs: both engines`, () => {
    for (let seed = 1; seed <= COUNT; seed++)
      expect(onMachine(program(seed, kind), "wasm", kind), `${seed}`).toBe(
        onMachine(program(seed, kind), "interp", kind),
      );
  });
  test.skipIf(skip)(`${COUNT} programs: as in the kernel`, () => {
    let ended = 0;
    for (let seed = 1; seed <= COUNT; seed++) {
      const loaded = loadProgramRaw({ type: kind.type, insns: program(seed, kind) });
      if (!loaded.ok) throw new Error(`${seed}: ${loaded.log}`);
      try {
        const result = testRun(loaded.fd, { data: packet }).retval >>> 0;
        if (result === 0) ended++;
        expect(onMachine(program(seed, kind), "wasm", kind), `${seed}`).toBe(result);
      } finally {
        closeSync(loaded.fd);
      }
    }
    // Those that looked beyond the end.
    expect(ended).toBeGreaterThan(COUNT / 10);
    expect(ended).toBeLessThan(COUNT / 2);
  });
});
