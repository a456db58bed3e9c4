/** Look-ups in generated code find what the maps hold, without a step into JavaScript. */
import { describe, expect, test } from "vitest";
import type { MapDef } from "../../runtime/elf/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { encode, type Instruction, verifyEncoding } from "../../runtime/isa/index.js";
import { MAP_TAG, MEMORY_TAG } from "../../runtime/vm/address.js";
import { prepare } from "../../runtime/vm/code.js";
import type { EngineHooks } from "../../runtime/vm/engine.js";
import { Machine } from "../../runtime/vm/machine.js";
import { createMap } from "../../runtime/vm/maps/create.js";
import { openStacks } from "../../runtime/vm/raw.js";
import { createWasmEngine } from "../../runtime/vm/wasm/engine.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import { MAPS, objectOf } from "./fuzz-object.js";
import { generator } from "./generate.js";

const insn = (opcode: number, fields: Partial<Instruction> = {}): Instruction => ({
  slot: 0,
  opcode,
  dst: 0,
  src: 0,
  off: 0,
  imm: 0,
  ...fields,
});

/** r0 = the first 4 bytes of the value of the key at the packet's begin, or -1 where there is none. */
const LOOKUP = encode(
  [
    insn(0x61, { dst: 2, src: 1 }),
    insn(0x18, { dst: 1, src: 1, imm: 0, imm2: 0 }),
    insn(0x85, { imm: 1 }),
    insn(0x15, { dst: 0, off: 2 }),
    insn(0x61, { dst: 0, src: 0 }),
    insn(0x95),
    insn(0xb4, { dst: 0, imm: -1 }),
    insn(0x95),
  ].map((one, i) => ({ ...one, slot: i < 2 ? i : i + 1 })),
);

const define = (type: number, keySize: number, maxEntries: number): MapDef => ({
  ...(MAPS[1] as MapDef),
  name: "m",
  type,
  keySize,
  valueSize: 4,
  maxEntries,
});
const machineOf = (def: MapDef, engine: "interp" | "wasm"): Machine =>
  new Machine({ ...objectOf(LOOKUP), maps: [def] }, { engine, cpus: 3 });

const TYPES = {
  hash: MapTypeId.hash,
  "per-CPU hash": MapTypeId.percpu_hash,
  "LRU hash": MapTypeId.lru_hash,
} as const;

describe.each(Object.entries(TYPES))("%s", (name, type) => {
  test.each([1, 3, 4, 7, 8, 20, 56, 60])("keys of %i bytes: as a JavaScript Map through 600 changes", (keySize) => {
    // An LRU map gives entries up before it is full; here none is wanted.
    const def = define(type, keySize, type === MapTypeId.lru_hash ? 4000 : 40);
    const machines = (["interp", "wasm"] as const).map((engine) => machineOf(def, engine));
    const runners = machines.map((machine) => machine.runner("p", { cpu: 2 }));
    const model = new Map<string, number>();
    const random = generator(keySize * 31 + type);
    // Few different bytes, so that keys are met again; the last byte decides as well as the first.
    const key = (): Uint8Array => {
      const bytes = new Uint8Array(keySize);
      bytes[0] = random(8);
      bytes[keySize - 1] = (bytes[keySize - 1] ?? 0) + random(8) * 16;
      return bytes;
    };
    const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
    for (let step = 0; step < 600; step++) {
      const bytes = key();
      const text = bytes.join();
      const values = word(step);
      if (random(3) > 0 && (model.size < 40 || model.has(text))) {
        for (const machine of machines) machine.map("m").set(bytes, values);
        model.set(text, step);
      } else {
        for (const machine of machines) expect(machine.map("m").delete(bytes)).toBe(model.has(text));
        model.delete(text);
      }
      const asked = key();
      const expected = model.get(asked.join()) ?? 0xffff_ffff;
      for (const runner of runners) {
        runner.packet.set(asked);
        expect(runner.run(64), `${name}, step ${step}`).toBe(expected);
      }
    }
    expect(model.size).toBeGreaterThan(10);
    for (const machine of machines) expect(machine.map("m").size).toBe(model.size);
  });
});

test("what a program looked up survives in an LRU map, on both engines", () => {
  for (const engine of ["interp", "wasm"] as const) {
    const machine = machineOf(define(MapTypeId.lru_hash, 4, 3), engine);
    const map = machine.map("m");
    const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
    for (const k of [1, 2, 3]) map.set(word(k), word(k));
    const runner = machine.runner("p");
    runner.packet.set(word(1));
    expect(runner.run(64)).toBe(1);
    map.set(word(4), word(4));
    expect([1, 2, 3, 4].map((k) => map.has(word(k)))).toEqual([true, false, true, true]);
  }
});

test("arrays: the CPU's own value; an index behind the end is NULL", () => {
  for (const engine of ["interp", "wasm"] as const) {
    const machine = machineOf(define(MapTypeId.percpu_array, 4, 5), engine);
    const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
    machine.map("m").set(4, [word(10), word(11), word(12)]);
    for (const cpu of [0, 1, 2]) {
      const runner = machine.runner("p", { cpu });
      const ask = (index: number): number => {
        runner.packet.set(word(index));
        return runner.run(64);
      };
      expect([ask(4), ask(3), ask(5), ask(0xffff_ffff)]).toEqual([10 + cpu, 0, 0xffff_ffff, 0xffff_ffff]);
    }
  }
});

test.each([5, 8, 11, 20, 57])("LPM tries with keys of %i bytes: the longest prefix through 400 changes", (keySize) => {
  const def = { ...define(MapTypeId.lpm_trie, keySize, 30), flags: 1 };
  const machines = (["interp", "wasm"] as const).map((engine) => machineOf(def, engine));
  const runners = machines.map((machine) => machine.runner());
  const bits = (keySize - 4) * 8;
  const model = new Map<string, { prefix: number; data: bigint; value: number }>();
  const random = generator(keySize);
  const key = (prefix: number): { bytes: Uint8Array; data: bigint } => {
    const bytes = new Uint8Array(keySize);
    new DataView(bytes.buffer).setUint32(0, prefix, true);
    bytes[4] = random(4) * 0x40;
    bytes[keySize - 1] = (bytes[keySize - 1] ?? 0) | random(4);
    return { bytes, data: bytes.subarray(4).reduce((sum, b) => (sum << 8n) | BigInt(b), 0n) };
  };
  const cut = (data: bigint, prefix: number): bigint => data >> BigInt(bits - prefix);
  for (let step = 0; step < 400; step++) {
    const prefix = [0, 1, 2, bits - 1, bits, random(bits + 1)][random(6)] ?? 0;
    const { bytes, data } = key(prefix);
    const name = `${prefix}/${cut(data, prefix)}`;
    if (random(3) > 0 && (model.size < 30 || model.has(name))) {
      const value = new Uint8Array(Uint32Array.of(step).buffer);
      for (const machine of machines) machine.map("m").set(bytes, value);
      model.set(name, { prefix, data, value: step });
    } else {
      for (const machine of machines) expect(machine.map("m").delete(bytes)).toBe(model.has(name));
      model.delete(name);
    }
    const longest = random(8) === 0 ? bits + 1 : random(bits + 1);
    const asked = key(longest);
    const matching = [...model.values()]
      .filter((one) => one.prefix <= longest && cut(one.data, one.prefix) === cut(asked.data, one.prefix))
      .sort((a, b) => b.prefix - a.prefix);
    const expected = longest > bits ? 0xffff_ffff : (matching[0]?.value ?? 0xffff_ffff);
    for (const runner of runners) {
      runner.packet.set(asked.bytes);
      expect(runner.run(64), `step ${step}`).toBe(expected);
    }
  }
  for (const machine of machines) expect(machine.map("m").size).toBe(model.size);
});

describe("small helpers", () => {
  /** r6 = the helper's answer; the helper again; r0 = r6 ^ the answer */
  const twice = (id: number): Uint8Array =>
    encode(
      [
        insn(0x85, { imm: id }),
        insn(0xbf, { dst: 6, src: 0 }),
        insn(0x85, { imm: id }),
        insn(0xaf, { dst: 0, src: 6 }),
        insn(0x95),
      ].map((one, slot) => ({ ...one, slot })),
    );

  test.each([5, 7, 8, 42, 125, 160, 208])("helper %i gives the same on both engines, run by run", (id) => {
    const [interp, wasm] = (["interp", "wasm"] as const).map(
      (engine) => new Machine(objectOf(twice(id)), { engine, random: 99, cpus: 4 }),
    );
    for (let i = 0; i < 20; i++) expect(wasm?.run("p", { cpu: i % 4 })).toEqual(interp?.run("p", { cpu: i % 4 }));
  });

  test("the clock and random numbers of the test are asked", () => {
    let asked = 0;
    const machine = new Machine(objectOf(twice(5)), { engine: "wasm", clock: () => BigInt(++asked) });
    expect([machine.run("p").result, asked]).toEqual([3n, 2]);
    const other = new Machine(objectOf(twice(7)), { engine: "wasm", random: () => ++asked });
    expect([other.run("p").result, asked]).toEqual([7n, 4]);
  });

  test("a mock set after the program was compiled is called", () => {
    const machine = new Machine(objectOf(twice(5)), { engine: "wasm" });
    machine.run("p");
    let called = 0;
    machine.mock("bpf_ktime_get_ns", () => BigInt(8 << called++));
    expect([machine.run("p").result, called]).toEqual([24n, 2]);
  });
});

test("no helper is called for a known map", () => {
  const shared = sharedMemory(18);
  openStacks(shared.memory);
  const map = createMap(define(MapTypeId.hash, 4, 8), { memory: shared.memory, cpus: 1 });
  const at = shared.memory.allocate(8);
  shared.memory.paint(at, 8, true, true);
  shared.memory.view.setUint32(at, 77, true);
  map.update(at, at, 0, 0);
  const called: number[] = [];
  const hooks: EngineHooks = {
    helper: (id) => called.push(id),
    kfunc: () => undefined,
    contextPointer: () => undefined,
    tailCall: () => undefined,
    packetLoad: () => undefined,
    inlineMap: () => ({
      plan: map.plan ?? { kind: "array", base: 0, stride: 0, maxEntries: 0, cpuStride: 0 },
      valueSize: 4,
      writable: true,
      plain: true,
    }),
  };
  const engine = createWasmEngine(shared, hooks);
  // r2 = r1; r1 = map 0; call 1; r0 = *(u32 *)(r0 + 0); exit
  const bytes = Buffer.from(
    "bf120000000000001811000000000000000000000000000085000000010000006100000000000000 9500000000000000".replaceAll(
      " ",
      "",
    ),
    "hex",
  );
  const code = prepare(verifyEncoding(bytes), (one) => (one.src === 1 ? [0, MAP_TAG] : undefined));
  engine.clear();
  engine.fuel = 100;
  engine.registers.set([at, MEMORY_TAG], 2);
  engine.start(code);
  expect([engine.registers[0], called, engine.fuel, engine.bails]).toEqual([77, [], 95, 0]);
});
