import { describe, expect, test } from "vitest";
import {
  decode,
  disassemble,
  encode,
  FORMS,
  formOf,
  type Instruction,
  validate,
  verifyEncoding,
} from "../../runtime/isa/index.js";
import { fromHex, missingData, readJson, type Vector } from "../support/data.js";

interface DataForm {
  readonly opcode: string;
  readonly variant: string;
  readonly group: string;
  readonly cpu: string;
  readonly mnemonic: string;
}

describe.skipIf(missingData)(
  `instruction table against isa-forms.json${missingData ? ` (skipped: ${missingData})` : ""}`,
  () => {
    test("has the 170 forms of RFC 9669 with group and cpu, and only the kernel's additions beside them", () => {
      const forms = readJson<DataForm[]>("isa-forms.json");
      const found = new Set<unknown>();
      for (const form of forms) {
        const [, field, value] = /^(src|off|imm)(.+)$/.exec(form.variant) ?? [];
        const insn: Instruction = { slot: 0, opcode: Number(form.opcode), dst: 0, src: 0, off: 0, imm: 0 };
        const row = formOf(field === undefined ? insn : { ...insn, [field]: Number(value) });
        expect(row, `${form.opcode} ${form.variant}`).toBeDefined();
        expect([form.opcode, form.variant, row?.group, `v${row?.cpu}`]).toEqual([
          form.opcode,
          form.variant,
          form.group,
          form.cpu,
        ]);
        found.add(row);
      }
      expect(found.size).toBe(170);
      expect(FORMS.filter((row) => !found.has(row)).every((row) => row.group === "kernel")).toBe(true);
    });

    test("refuses every negative vector and accepts every positive one", () => {
      const vectors = readJson<Vector[]>("isa-vectors.json");
      for (const vector of vectors) {
        const check = (): unknown => verifyEncoding(fromHex(vector.insns));
        if (vector.kind === "negative") expect(check, vector.name).toThrow(/ISA_FIELD/);
        else expect(check, vector.name).not.toThrow();
      }
      expect(vectors.length).toBe(213);
    });

    test("encodes what it decoded", () => {
      for (const vector of readJson<Vector[]>("isa-random.json")) {
        const bytes = fromHex(vector.insns);
        expect(Buffer.from(encode(decode(bytes))).equals(bytes), vector.name).toBe(true);
      }
    });
  },
);

const insn = (fields: Partial<Instruction>): Instruction => ({
  slot: 0,
  opcode: 0,
  dst: 0,
  src: 0,
  off: 0,
  imm: 0,
  ...fields,
});
const exit = (slot: number): Instruction => insn({ slot, opcode: 0x95 });

describe("validate", () => {
  test.each([
    ["unknown opcode", [insn({ opcode: 0x0d }), exit(1)], /ISA_OPCODE: instruction 0: unknown opcode 0x0d/],
    ["register 11", [insn({ opcode: 0xb7, dst: 11 }), exit(1)], /ISA_REGISTER.*r11/],
    ["source register 12", [insn({ opcode: 0xbf, src: 12 }), exit(1)], /ISA_REGISTER.*r12/],
    ["jump past the end", [insn({ opcode: 0x05, off: 1 }), exit(1)], /ISA_JUMP.*to 2/],
    [
      "jump into a 64-bit load",
      [insn({ opcode: 0x05, off: 1 }), insn({ slot: 1, opcode: 0x18, imm2: 0 }), exit(3)],
      /ISA_JUMP/,
    ],
    ["call before the start", [insn({ opcode: 0x85, src: 1, imm: -2 }), exit(1)], /ISA_JUMP/],
    ["no exit at the end", [insn({ opcode: 0xb7 })], /ISA_END/],
    ["nothing", [], /ISA_END/],
  ] as const)("refuses %s", (_name, program, message) => {
    expect(() => validate(program)).toThrow(message);
  });

  test("knows cpu versions", () => {
    const program = [insn({ opcode: 0xbf, off: 8 }), exit(1)];
    expect(() => validate(program, 3)).toThrow(/ISA_CPU.*movsx8to64 needs cpu v4/);
    expect(() => validate(program, 4)).not.toThrow();
  });

  test("refuses a 64-bit load that is cut short", () => {
    expect(() => decode(fromHex("1801000001000000"))).toThrow(/ISA_LDDW/);
    expect(() => decode(fromHex("b700"))).toThrow(/ISA_LENGTH/);
  });
});

describe("disassemble", () => {
  test.each([
    ["b701000005000000", "r1 = 5"],
    ["1f21000000000000", "r1 -= r2"],
    ["a401000001000000", "w1 ^= 1"],
    ["3f21010000000000", "r1 s/= r2"],
    ["bf21200000000000", "r1 = (s32)r2"],
    ["dc01000010000000", "r1 = be16 r1"],
    ["6112040000000000", "r2 = *(u32 *)(r1 +4)"],
    ["9112040000000000", "r2 = *(s8 *)(r1 +4)"],
    ["7b1af8ff00000000", "*(u64 *)(r10 -8) = r1"],
    ["db210000f1000000", "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)"],
    ["c321000001000000", "w2 = atomic_fetch_add((u32 *)(r1 +0), w2)"],
    ["2501030007000000", "if r1 > 0x7 goto pc+3"],
    ["8500000001000000", "call bpf_map_lookup_elem#1"],
    ["9500000000000000", "exit"],
    ["e500010000000000", "may_goto pc+1"],
    ["0d00000000000000", "invalid 0x0d"],
  ])("%s is %s", (hex, text) => {
    const [first] = decode(fromHex(hex));
    expect(first && disassemble(first)).toBe(text);
  });
});
