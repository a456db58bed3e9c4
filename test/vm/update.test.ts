/** Array updates in generated code: results, bytes and faults as the interpreter's, for every size, key, flag and CPU. */
import { describe, expect, test } from "vitest";
import type { MapDef } from "../../runtime/elf/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { encode } from "../../runtime/isa/index.js";
import { Machine } from "../../runtime/vm/machine.js";
import { MAPS, objectOf } from "./fuzz-object.js";
import { type Insn, insn, slots } from "./generate.js";

const ENTRIES = 5;
const CPU = 2;
const SIZES = [1, 2, 3, 4, 7, 8, 12, 13, 24, 40, 56, 57, 64];

/** Key: first word of the packet; value: its bytes from 8 on, on the stack; r0 = what the update says. */
function program(written: number, flags: number): Uint8Array {
  const out: Insn[] = [insn(0x61, { dst: 7, src: 1, off: 4 }), insn(0x61, { dst: 6, src: 1 })];
  // Packets are long enough for all of it.
  out.push(insn(0x61, { dst: 0, src: 6 }), insn(0x63, { dst: 10, src: 0, off: -72 }));
  for (let i = 0; i < written; i++)
    out.push(insn(0x71, { dst: 0, src: 6, off: 8 + i }), insn(0x73, { dst: 10, src: 0, off: -64 + i }));
  out.push(insn(0xbf, { dst: 2, src: 10 }), insn(0x07, { dst: 2, imm: -72 }));
  out.push(insn(0xbf, { dst: 3, src: 10 }), insn(0x07, { dst: 3, imm: -64 }));
  out.push(insn(0xb7, { dst: 4, imm: flags }), { ...insn(0x18, { dst: 1, src: 1 }), imm2: 0 } as Insn);
  out.push(insn(0x85, { imm: 2 }), insn(0x95));
  let at = 0;
  return encode(
    out.map((one) => {
      const slot = at;
      at += slots([one]);
      return { ...one, slot };
    }),
  );
}

function end(engine: "interp" | "wasm", type: number, valueSize: number, key: number, written: number, flags: number) {
  const def: MapDef = { ...(MAPS[1] as MapDef), name: "m", type, keySize: 4, valueSize, maxEntries: ENTRIES };
  const object = { ...objectOf(program(written, flags)), maps: [def] };
  const machine = new Machine(object, { engine, cpus: 3 });
  const packet = Uint8Array.from({ length: 80 }, (_, i) => (i < 4 ? (key >> (8 * i)) & 255 : i));
  const { result, insns, fault } = machine.run("p", { packet, cpu: CPU });
  return { result, insns, fault, map: machine.map("m").dump() };
}

describe.each([
  ["array", MapTypeId.array],
  ["per-CPU array", MapTypeId.percpu_array],
])("%s", (_, type) => {
  test.each(SIZES)("values of %i bytes", (size) => {
    for (const key of [0, 3, ENTRIES - 1, ENTRIES, -1])
      for (const flags of [0, 1, 2, 3])
        expect(end("wasm", type, size, key, size, flags)).toEqual(end("interp", type, size, key, size, flags));
    const done = end("wasm", type, size, 3, size, 0);
    expect(done.result).toBe(0n);
    // The value is where it belongs, and nothing else changed.
    const value = Array.from({ length: size }, (_value, i) => i + 8);
    const all = done.map.map(([, bytes]) => [...bytes]);
    const at = type === MapTypeId.array ? 0 : CPU * size;
    expect(all[3]?.slice(at, at + size)).toEqual(value);
    expect(all.flat().filter((byte) => byte !== 0).length).toBe(size);
    expect(end("wasm", type, size, ENTRIES, size, 0).result).toBe(BigInt.asUintN(32, -7n));
  });

  test("a value of which nothing, or not all, was written", () => {
    for (const written of [0, 1, 7])
      expect(end("wasm", type, 8, 1, written, 0)).toEqual(end("interp", type, 8, 1, written, 0));
    expect(end("wasm", type, 8, 1, 0, 0).fault?.code).toBe("VM_HELPER_ARGUMENT");
  });
});

test("without JavaScript: the next run of a runner is still quick", () => {
  const def: MapDef = {
    ...(MAPS[1] as MapDef),
    name: "m",
    type: MapTypeId.array,
    keySize: 4,
    valueSize: 8,
    maxEntries: 5,
  };
  const machine = new Machine({ ...objectOf(program(8, 0)), maps: [def] }, { engine: "wasm" });
  const runner = machine.runner();
  runner.packet.fill(0);
  for (let i = 0; i < 4; i++) {
    runner.packet[0] = i;
    runner.packet[8] = 100 + i;
    expect(runner.run(80)).toBe(0);
  }
  expect(
    machine
      .map("m")
      .dump()
      .map(([, bytes]) => bytes[0]),
  ).toEqual([100, 101, 102, 103, 0]);
});
