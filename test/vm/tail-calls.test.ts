/**
 * Tail calls in generated code: chains of random programs that jump to each other, from functions too, end on both
 * engines with the same registers, fuel and stack, without leaving generated code where the verifier would allow them.
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encode, verifyEncoding } from "../../runtime/isa/index.js";
import { LAYOUT, MEMORY_TAG } from "../../runtime/vm/address.js";
import { type Code, prepare } from "../../runtime/vm/code.js";
import type { Engine, EngineHooks } from "../../runtime/vm/engine.js";
import { MachineFault } from "../../runtime/vm/fault.js";
import { createInterpreter } from "../../runtime/vm/interpreter/interpreter.js";
import { LinearMemory } from "../../runtime/vm/memory.js";
import { openStacks, register } from "../../runtime/vm/raw.js";
import { createWasmEngine } from "../../runtime/vm/wasm/engine.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import { generator, type Insn, insn } from "./generate.js";

const TAIL_CALL = 12;
const COUNT = 400;
const FUEL = 2000;

const codeOf = (list: readonly Insn[]): Code =>
  prepare(verifyEncoding(encode(list.map((one, slot) => ({ ...one, slot })))));

/** Programs that read nothing but their context; a quarter breaks that rule and reads what the last one left. */
function programs(seed: number): Code[] {
  const random = generator(Math.imul(seed, 0x45d9f3b) ^ 3);
  const jump = (): Insn[] => [
    insn(0xbf, { dst: 1, src: 6 }),
    insn(0xb7, { dst: 2, imm: 7 }),
    insn(0xb7, { dst: 3, imm: random(6) }),
    insn(0x85, { imm: TAIL_CALL }),
  ];
  const work = (): Insn[] =>
    Array.from({ length: random(4) }, () =>
      random(2) === 0
        ? insn(0x7b, { dst: 10, src: 7, off: -8 * (1 + random(4)) })
        : insn(0x0f, { dst: 7, src: random(5) === 0 ? 7 : 8 }),
    );
  return Array.from({ length: 4 }, () => {
    const breaks = random(16) === 0;
    const head = [insn(0xbf, { dst: 6, src: 1 }), insn(0xb7, { dst: 8, imm: random(1000) })];
    if (!breaks) head.push(insn(0xb7, { dst: 7, imm: random(1000) }));
    const rest = [...work(), insn(0xbf, { dst: 0, src: 7 })];
    if (random(3) > 0)
      return codeOf([...head, ...work(), ...jump(), insn(0x0f, { dst: 7, src: 0 }), ...rest, insn(0x95)]);
    // The jump is in a function, whose caller goes on with the target's result.
    const main = [
      ...head,
      ...work(),
      insn(0x85, { src: 1, imm: 0 }),
      insn(0x0f, { dst: 7, src: 0 }),
      ...rest,
      insn(0x95),
    ];
    const at = main.findIndex((one) => one.opcode === 0x85);
    main[at] = insn(0x85, { src: 1, imm: main.length - at - 1 });
    main.splice(at, 0, insn(0xbf, { dst: 1, src: 6 }));
    return codeOf([...main, insn(0xbf, { dst: 6, src: 1 }), ...jump(), insn(0xb7, { dst: 0, imm: 9 }), insn(0x95)]);
  });
}

interface End {
  readonly result: bigint;
  readonly left: number;
  readonly fault: string | undefined;
  readonly stack: string;
  readonly calls: number;
}

function run(list: readonly Code[], kind: "interp" | "wasm"): { readonly end: End; readonly bails: number } {
  const shared = kind === "wasm" ? sharedMemory(18) : undefined;
  const memory = shared?.memory ?? new LinearMemory(18);
  openStacks(memory);
  let calls = 0;
  const hooks: EngineHooks = {
    helper: () => undefined,
    kfunc: () => undefined,
    contextPointer: () => undefined,
    // Two of six indices hold no program.
    tailCall: () => {
      calls++;
      return list[engine.registers[6] ?? 0];
    },
    packetLoad: () => undefined,
  };
  const wasm = shared === undefined ? undefined : createWasmEngine(shared, hooks);
  const engine: Engine = wasm ?? createInterpreter(memory, hooks);
  engine.fuel = FUEL;
  engine.registers.fill(0);
  engine.registers.set([LAYOUT.context, MEMORY_TAG], 2);
  let fault: string | undefined;
  try {
    engine.start(list[0] as Code);
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    fault = `${error.code} at ${error.insn}`;
  }
  const stack = createHash("sha256").update(memory.bytes(LAYOUT.stack, 2048)).digest("hex");
  const result = fault === undefined ? register(engine, 0) : 0n;
  return { end: { result, left: engine.fuel, fault, stack, calls }, bails: wasm?.bails ?? 0 };
}

describe("tail calls", () => {
  test(`${COUNT} chains end the same`, () => {
    const ends = { tailCalls: 0, most: 0, faults: new Set<string | undefined>(), bails: 0 };
    for (let seed = 1; seed <= COUNT; seed++) {
      const list = programs(seed);
      const [wasm, interp] = [run(list, "wasm"), run(list, "interp")];
      expect(wasm.end, `${seed}`).toEqual(interp.end);
      ends.tailCalls += wasm.end.calls;
      ends.most = Math.max(ends.most, wasm.end.calls);
      if (wasm.end.fault === undefined) ends.bails += wasm.bails;
      else ends.faults.add(wasm.end.fault.split(" ")[0]);
    }
    expect(ends.tailCalls).toBeGreaterThan(COUNT);
    // Chains that end because 33 are allowed.
    expect(ends.most).toBe(33);
    // A target has all eight frames for itself, wherever it begins.
    expect([...ends.faults]).toEqual([]);
    expect(ends.bails).toBe(0);
  });

  test("a target that reads what its caller left is interpreted, with the same end", () => {
    // r7 = 5; r3 = 1; tail call | r0 = r7 (which the target never set)
    const first = codeOf([
      insn(0xb7, { dst: 7, imm: 5 }),
      insn(0xb7, { dst: 3, imm: 1 }),
      insn(0x85, { imm: TAIL_CALL }),
      insn(0x95),
    ]);
    const second = codeOf([insn(0xbf, { dst: 0, src: 7 }), insn(0x95)]);
    const [wasm, interp] = [run([first, second], "wasm"), run([first, second], "interp")];
    expect(wasm.end).toEqual(interp.end);
    expect(wasm.end.result).toBe(5n);
  });
});
