/** The interpreter's hot loop by itself: what it does without steps, where it gives way to them, and that nobody can tell. */
import { describe, expect, test } from "vitest";
import { verifyEncoding } from "../../runtime/isa/index.js";
import { FUNCTION_TAG, LAYOUT, MEMORY_TAG } from "../../runtime/vm/address.js";
import { type Code, prepare } from "../../runtime/vm/code.js";
import type { EngineHooks } from "../../runtime/vm/engine.js";
import { MachineFault } from "../../runtime/vm/fault.js";
import { MachineError } from "../../runtime/vm/index.js";
import { createInterpreter, type Interpreter } from "../../runtime/vm/interpreter/interpreter.js";
import { Machine } from "../../runtime/vm/machine.js";
import { openStacks } from "../../runtime/vm/raw.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import { objectOf } from "./fuzz-object.js";

const EXIT = "9500000000000000";
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const codeOf = (text: string): Code =>
  prepare(verifyEncoding(bytes(text)), (one) => (one.src === 4 ? [one.imm, FUNCTION_TAG] : undefined));

const HOOKS: EngineHooks = {
  helper: () => undefined,
  kfunc: () => undefined,
  contextPointer: () => undefined,
  tailCall: () => undefined,
  packetLoad: () => 7,
};

interface End {
  readonly registers: readonly number[];
  readonly left: number;
  readonly fault: string | undefined;
  readonly bails: number;
}

/** Runs a program with r1 = 64 bytes of memory. */
function run(
  code: Code,
  hotAfter: number,
  fuel = 100_000,
  hooks: (cpu: () => Interpreter) => EngineHooks = () => HOOKS,
): End {
  const shared = sharedMemory(18, 0);
  const { memory } = shared;
  openStacks(memory);
  const at = memory.allocate(64, 16);
  memory.paint(at, 64, true, true);
  const cpu: Interpreter = createInterpreter(
    memory,
    hooks(() => cpu),
    { shared, hotAfter },
  );
  cpu.registers.set([at, MEMORY_TAG], 2);
  cpu.fuel = fuel;
  let fault: string | undefined;
  try {
    cpu.start(code);
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    fault = `${error.code} at ${error.insn}: ${error.message}`;
  }
  return { registers: [...cpu.registers], left: cpu.fuel, fault, bails: cpu.bails };
}

const STEPS = Number.POSITIVE_INFINITY;
const withoutBails = ({ registers, left, fault }: End): object => ({ registers, left, fault });

/** r0 = 0; r2 = 1000; loop: r0 += r2; r2 -= 1; if r2 != 0 goto loop */
const SUM = `b700000000000000 b7020000e8030000 0f20000000000000 1702000001000000 5502fdff00000000 ${EXIT}`;
/** Calls a function ten times that adds to *(u64 *)(r10 - 8) of its caller, with its own stack in use and r6 to r9 changed. */
const CALLS = `7a0af8ff00000000 b70600000a000000 bfa1000000000000 07010000f8ffffff 8510000004000000 1706000001000000
  5506fbff00000000 79a0f8ff00000000 ${EXIT} b706000003000000 7b6af0ff00000000 79a7f0ff00000000 db71000000000000
  ${EXIT}`;
/** Atomics on memory, 32 and 64 bits wide, with and without fetch; compare-exchange. */
const ATOMICS = `b702000005000000 db21000000000000 db21000001000000 c321080040000000 c3210800e1000000 b700000005000000
  b7030000 09000000 db310000f1000000 c3310800f1000000 ${EXIT}`;
/** A wide immediate, divisions with and without a sign, byte swap, sign extension, a store and a load. */
const MIXED = `180300007856341200000000f0debc9a bf34000000000000 3705000007000000 3f34010000000000 9f43000000000000
  dc03000040000000 bf36080000000000 7b31000000000000 7913000000000000 ${EXIT}`;

describe("without a step", () => {
  test.each([
    ["a loop", SUM],
    ["calls", CALLS],
    ["atomics", ATOMICS],
    ["arithmetic", MIXED],
  ])("%s", (_name, text) => {
    const code = codeOf(text);
    const hot = run(code, 0);
    expect(hot.bails).toBe(0);
    expect(hot.fault).toBeUndefined();
    expect(withoutBails(hot)).toEqual(withoutBails(run(code, STEPS)));
  });

  test("may_goto, until its budget is used up, which is the call's own", () => {
    // r0 = 0; loop: may_goto +2; r0 += 1; goto loop; exit. 8,388,608 rounds.
    const code = codeOf(`b700000000000000 e500020000000000 0700000001000000 0500fdff00000000 ${EXIT}`);
    const { registers, left, bails } = run(code, 0, 30_000_000);
    expect([registers[0], 30_000_000 - left, bails]).toEqual([8_388_608, 1 + 3 * 8_388_608 + 2, 0]);
  });
});

describe("as steps", () => {
  test("whenever the loop takes over", () => {
    for (const text of [SUM, CALLS, ATOMICS]) {
      const code = codeOf(text);
      const expected = withoutBails(run(code, STEPS));
      for (let hotAfter = 1; hotAfter < 150; hotAfter++)
        expect(withoutBails(run(code, hotAfter)), `after ${hotAfter}`).toEqual(expected);
    }
  });

  test("wherever the fuel ends", () => {
    const code = codeOf(CALLS);
    for (let fuel = 1; fuel <= 110; fuel++)
      expect(withoutBails(run(code, 0, fuel)), `fuel ${fuel}`).toEqual(withoutBails(run(code, STEPS, fuel)));
  });

  test("around the end of a slice", () => {
    const endless = codeOf(`0700000001000000 0500feff00000000 ${EXIT}`);
    for (const fuel of [65_535, 65_536, 65_537, 131_071, 131_072, 131_073]) {
      const end = run(endless, 0, fuel);
      expect(end.fault).toMatch(`VM_FUEL at ${fuel % 2}:`);
      expect([end.left, end.registers[0]]).toEqual([0, Math.ceil(fuel / 2)]);
    }
  });

  test("LD_ABS and kernel functions are steps between two stretches of the loop", () => {
    const code = codeOf(`b706000002000000 3000000000000000 0f60000000000000 8520000001000000 0700000001000000 ${EXIT}`);
    const hooks = (): EngineHooks => ({ ...HOOKS, kfunc: () => undefined });
    expect(run(code, 0, 100, hooks)).toMatchObject({ bails: 2, fault: undefined, left: 94 });
    expect(run(code, 0, 100, hooks).registers[0]).toBe(10);
  });

  test("a tail call out of a function: the caller gets the target's result and goes on", () => {
    const target = codeOf(`b700000028000000 ${EXIT}`);
    // r0 = function(); r0 += 2; exit. function: tail call; r0 = 7; exit
    const code = codeOf(`8510000002000000 0700000002000000 ${EXIT} 850000000c000000 b700000007000000 ${EXIT}`);
    const hooks = (): EngineHooks => ({ ...HOOKS, tailCall: () => target });
    const hot = run(code, 0, 100, hooks);
    expect(withoutBails(hot)).toEqual(withoutBails(run(code, STEPS, 100, hooks)));
    expect([hot.registers[0], hot.left]).toEqual([42, 94]);
    const failing = run(code, 0, 100);
    expect([failing.registers[0], failing.left]).toEqual([9, 94]);
  });

  test("pointers of the context, where the loop's check refuses the read", () => {
    const code = codeOf(`6113040000000000 6114080000000000 ${EXIT}`);
    const hooks = (): EngineHooks => ({
      ...HOOKS,
      contextPointer: (offset) => (offset === 4 ? [0x4100, MEMORY_TAG] : undefined),
    });
    const start = (hotAfter: number): End => {
      const low = Buffer.alloc(4);
      low.writeInt32LE(LAYOUT.context);
      const setR1 = `18010000${low.toString("hex")} 00000000 8088ffff`;
      return run(codeOf(`${setR1} 6113040000000000 6114080000000000 ${EXIT}`), hotAfter, 100, hooks);
    };
    expect(code.slots).toBe(3);
    const hot = start(0);
    expect(withoutBails(hot)).toEqual(withoutBails(start(STEPS)));
    expect([hot.registers[6], hot.registers[7]]).toEqual([0x4100, MEMORY_TAG]);
    expect(hot.fault).toMatch(/^VM_ACCESS at 3: .*offset 8 of the context/);
  });
});

describe("helpers", () => {
  /** Adds 0, 1, 2, … to *(u64 *)(r10 - 8) with bpf_loop, up to 15: the function it calls is at slot 10. */
  const LOOP = `7a0af8ff00000000 b701000014000000 184200000a000000 0000000000000000 bfa3000000000000 07030000f8ffffff
    b704000000000000 85000000b5000000 79a0f8ff00000000 ${EXIT} 7923000000000000 0f13000000000000 7b32000000000000
    b700000000000000 550101000f000000 b700000001000000 ${EXIT}`;
  const loopHooks = (cpu: () => Interpreter): EngineHooks => ({
    ...HOOKS,
    helper() {
      const { registers } = cpu();
      const context = [registers[6] ?? 0, registers[7] ?? 0] as const;
      for (let i = 0; i < 20; i++) {
        registers.set([i, 0, ...context], 2);
        cpu().callback(10);
        if (registers[0] === 1) break;
      }
    },
  });

  test("call back into the loop, wherever the fuel ends", () => {
    const code = codeOf(LOOP);
    for (let fuel = 1; fuel <= 110; fuel++)
      expect(withoutBails(run(code, 0, fuel, loopHooks)), `fuel ${fuel}`).toEqual(
        withoutBails(run(code, STEPS, fuel, loopHooks)),
      );
    const whole = run(code, 0, 1000, loopHooks);
    expect([whole.registers[0], 1000 - whole.left, whole.bails]).toEqual([120, 9 + 16 * 6 + 1, 0]);
  });

  test("that fault: the call's slot", () => {
    const hooks = (cpu: () => Interpreter): EngineHooks => ({
      ...HOOKS,
      helper() {
        cpu().callback(3);
        throw new MachineFault("VM_HELPER_ARGUMENT", "no");
      },
    });
    const code = codeOf(`b701000000000000 8500000001000000 ${EXIT} b700000000000000 ${EXIT}`);
    for (const hotAfter of [0, STEPS])
      expect(run(code, hotAfter, 100, hooks)).toMatchObject({ fault: "VM_HELPER_ARGUMENT at 1: no", left: 96 });
  });
});

describe("programs", () => {
  test("for which there is no room are run by steps", () => {
    const long = codeOf(`b700000000000000 ${"0700000001000000".repeat(8000)} ${EXIT}`);
    expect(run(long, 0)).toMatchObject({ bails: 0, left: 100_000 - 8002, fault: undefined });
    expect(run(long, 0).registers[0]).toBe(8000);
  });

  test("more than are numbered, one after the other", () => {
    const shared = sharedMemory(18);
    openStacks(shared.memory);
    const cpu = createInterpreter(shared.memory, HOOKS, { shared, hotAfter: 0 });
    for (let i = 0; i < 300; i++) {
      const imm = Buffer.alloc(4);
      imm.writeInt32LE(i);
      cpu.fuel = 100;
      // A call: its program is saved by number.
      cpu.start(codeOf(`8510000001000000 ${EXIT} b7000000${imm.toString("hex")} ${EXIT}`));
      expect([cpu.registers[0], cpu.fuel]).toEqual([i, 96]);
    }
  });

  test("a machine takes the number of steps, and refuses nonsense", () => {
    const object = objectOf(bytes(SUM));
    for (const hotAfter of [0, 500, Number.POSITIVE_INFINITY])
      expect(new Machine(object, { hotAfter }).run("p").result).toBe(500_500n);
    for (const hotAfter of [-1, Number.NaN]) expect(() => new Machine(object, { hotAfter })).toThrow(MachineError);
  });
});
