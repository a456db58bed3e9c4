/**
 * Every access to every context: each section of a program type of the table, each offset and size, reads and writes, by
 * r1 and by a copy that a function got. What the pre-check refuses both engines refuse, and what it takes they run.
 */
import { describe, expect, test } from "vitest";
import { verify } from "../../compiler/precheck/explore/run.js";
import { contextRules } from "../../compiler/precheck/tables/context.js";
import { SECTIONS, sectionMeaning } from "../../runtime/elf/index.js";
import { type ContextFields, contextRow } from "../../runtime/facts/contexts.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import { decode, encode } from "../../runtime/isa/index.js";
import { contextFields } from "../../runtime/vm/context/refused.js";
import { Machine } from "../../runtime/vm/index.js";
import { objectOf } from "./fuzz-object.js";
import { type Insn, insn } from "./generate.js";

const EVERY = process.env["EBPFTSC_ALL"] !== undefined;
const SIZES = [
  [1, 0x10],
  [2, 0x08],
  [4, 0x00],
  [8, 0x18],
] as const;

/** Sections whose type the table has all of, one of each type and attach type. */
const CASES = SECTIONS.map((row) => row.match.replace("+", ""))
  .flatMap((section) => {
    const meaning = sectionMeaning(section);
    const [type, attach] = [meaning?.type, meaning?.attach ?? 0];
    const fields = type === undefined ? undefined : contextFields(type, ProgramTypeId[type], attach);
    return type === undefined || fields === undefined ? [] : [{ section, type: ProgramTypeId[type], attach, fields }];
  })
  .filter((one, i, all) => {
    const same = ({ type, attach }: { readonly type: number; readonly attach: number }): boolean =>
      contextRow(type, attach) === contextRow(one.type, one.attach);
    return all.findIndex(same) === i;
  });

/** An access by r1, or by the argument of a function. */
function program(access: Insn, result: number, inFunction: boolean): Uint8Array {
  const end = [insn(0xb7, { dst: 0, imm: result }), insn(0x95)];
  const list = inFunction
    ? [
        insn(0xbf, { dst: 6, src: 1 }),
        insn(0xbf, { dst: 1, src: 6 }),
        insn(0x85, { src: 1, imm: 2 }),
        ...end,
        access,
        ...end,
      ]
    : [access, ...end];
  return encode(list.map((one, slot) => ({ ...one, slot })));
}

function judged(bytes: Uint8Array, type: number, attachType: number): boolean {
  const none = new Map<number, never>();
  const { rejection } = verify(
    {
      type,
      attachType,
      insns: decode(bytes),
      maps: [],
      gpl: true,
      sleepable: false,
      functions: [],
      kfuncs: none,
      weakCalls: new Set(),
      variables: none,
      exceptionCallback: undefined,
      exceptionTags: 0,
      findsVariables: undefined,
      target: undefined,
      btf: undefined,
      kernel: undefined,
    },
    2,
  );
  return rejection === undefined;
}

describe("accesses to the context", () => {
  test("there are program types to look at", () => {
    expect(new Set(CASES.map((c) => c.type)).size).toBeGreaterThan(15);
  });

  test.each(CASES)("$section: machine and pre-check allow the same", ({ section, type, attach, fields }) => {
    const result = Number(contextRules(type, attach)?.returns?.[0] ?? 0n);
    const all = accessesTo(fields, result);
    for (const engine of ["interp", "wasm"] as const) {
      // Each program is a module of its own there: a sample, unless EBPFTSC_ALL is set.
      const accesses = all.filter((_, i) => engine === "interp" || EVERY || i % 5 === 0);
      const wanted = accesses.map(({ bytes }) => judged(bytes, type, attach));
      const [one] = objectOf(new Uint8Array(8), section).programs;
      if (one === undefined) throw new Error("no program");
      const programs = accesses.map(({ name, bytes }) => ({ ...one, name, bytes }));
      const machine = new Machine({ ...objectOf(new Uint8Array(8), section), programs, maps: [] }, { engine, cpus: 1 });
      const got = accesses.map(({ name }) => machine.run(name, {}).fault === undefined);
      const differ = accesses.filter((_, i) => got[i] !== wanted[i]).map(({ name }) => name);
      expect(differ, engine).toEqual([]);
    }
  });
});

/** Every offset up to the end of the context and a little beyond, every size, read and write. */
function accessesTo(fields: ContextFields, result: number): { readonly name: string; readonly bytes: Uint8Array }[] {
  const offsets = Array.from({ length: Math.max(...fields.keys()) + 9 }, (_, off) => off);
  return offsets.flatMap((off) =>
    SIZES.flatMap(([size, bits]) =>
      (["read", "write"] as const).map((kind) => {
        // Sampled: the rules by a function's argument are those by r1.
        const inFunction = (off + size) % 7 === 0;
        // A write stores a constant: pointers may not be stored at all.
        const access =
          kind === "read" ? insn(0x61 | bits, { dst: 2, src: 1, off }) : insn(0x62 | bits, { dst: 1, off });
        return { name: `${kind} of ${size} at ${off}`, bytes: program(access, result, inFunction) };
      }),
    ),
  );
}
