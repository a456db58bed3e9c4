/** The WebAssembly engine by itself: what runs in generated code, what it leaves to the interpreter and why. */
import { describe, expect, test } from "vitest";
import { verifyEncoding } from "../../runtime/isa/index.js";
import { FUNCTION_TAG, LAYOUT } from "../../runtime/vm/address.js";
import { prepare } from "../../runtime/vm/code.js";
import type { EngineHooks } from "../../runtime/vm/engine.js";
import { MachineError, runRaw } from "../../runtime/vm/index.js";
import { Machine } from "../../runtime/vm/machine.js";
import { openStacks } from "../../runtime/vm/raw.js";
import { createWasmEngine, type WasmEngine } from "../../runtime/vm/wasm/engine.js";
import { flowOf } from "../../runtime/vm/wasm/flow.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import { objectOf } from "./fuzz-object.js";

const EXIT = "9500000000000000";
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const codeOf = (text: string): ReturnType<typeof prepare> => prepare(verifyEncoding(bytes(text)));

const hooks: EngineHooks = {
  helper: () => undefined,
  kfunc: () => undefined,
  contextPointer: () => undefined,
  tailCall: () => undefined,
  packetLoad: () => 7,
};
function engine(): WasmEngine {
  const shared = sharedMemory(18);
  openStacks(shared.memory);
  return createWasmEngine(shared, hooks);
}
function run(text: string, fuel = 100_000): { r0: number | undefined; bails: number; left: number } {
  const cpu = engine();
  cpu.fuel = fuel;
  cpu.start(codeOf(text));
  return { r0: cpu.registers[0], bails: cpu.bails, left: cpu.fuel };
}

/** r0 = 0; r1 = 3; into the middle of a loop with two entries: adds 1 or 10 a round. */
const IRREDUCIBLE = `b700000000000000 b701000003000000 5502010000000000 0700000001000000
  070000000a000000 17010000 01000000 5501fcff00000000 ${EXIT}`;

describe("generated code", () => {
  test("runs a loop without the interpreter", () => {
    // r0 = 0; r1 = 1000; loop: r0 += r1; r1 -= 1; if r1 != 0 goto loop
    const loop = `b700000000000000 b7010000e8030000 0f10000000000000 1701000001000000 5501fdff00000000 ${EXIT}`;
    expect(run(loop)).toEqual({ r0: 500500, bails: 0, left: 100_000 - 3003 });
  });

  test("a loop with two entries becomes a dispatch loop", () => {
    const code = codeOf(IRREDUCIBLE);
    expect(flowOf(code, 0).reducible).toBe(false);
    expect(run(IRREDUCIBLE).bails).toBe(0);
    expect(runRaw(bytes(IRREDUCIBLE), new Uint8Array(), { engine: "wasm" })).toEqual(
      runRaw(bytes(IRREDUCIBLE), new Uint8Array(), { engine: "interp" }),
    );
  });

  test("long chains of blocks are not nested", () => {
    // 3,000 times: if r0 == 5 goto exit; r0 += 0
    const chain = Array.from({ length: 3000 }, (_, i) => {
      const off = Buffer.alloc(2);
      off.writeInt16LE(3000 * 2 - i * 2 - 1);
      return `1500${off.toString("hex")}05000000 0700000001000000`;
    }).join(" ");
    expect(run(`b700000006000000 ${chain} ${EXIT}`)).toMatchObject({ r0: 3006, bails: 0 });
  });

  test("the interpreter takes over where fuel may run out, and ends at the exact instruction", () => {
    const endless = `0700000001000000 05 00 feff00000000 ${EXIT}`;
    const result = runRaw(bytes(endless), new Uint8Array(), { engine: "wasm", fuel: 1001 });
    expect(result.fault).toMatchObject({ code: "VM_FUEL", insn: 1 });
    expect(result.insns).toBe(1001);
  });

  test("LD_ABS and kernel functions are called without leaving", () => {
    expect(run(`3000000000000000 ${EXIT}`)).toMatchObject({ r0: 7, bails: 0 });
    // r0 = 5; call kernel function 9; r0 += 1
    expect(run(`b700000005000000 8520000009000000 0700000001000000 ${EXIT}`)).toEqual({
      r0: 6,
      bails: 0,
      left: 99_996,
    });
    // What it leaves in r1 is the interpreter's to know: r0 = r1 behind the call.
    expect(run(`b701000005000000 8520000009000000 bf10000000000000 ${EXIT}`)).toMatchObject({ r0: 5, bails: 1 });
  });

  test("a program that writes r10 is interpreted, with the reason", () => {
    const code = codeOf(`b70a000001000000 b700000002000000 ${EXIT}`);
    const cpu = engine();
    expect(cpu.fallback(code)).toMatch(/writes r10/);
    cpu.fuel = 10;
    cpu.start(code);
    expect(cpu.registers[0]).toBe(2);
  });

  test("single steps are interpreted, with the same end", () => {
    const slots: number[] = [];
    const program = bytes(`b700000001000000 0700000002000000 ${EXIT}`);
    const { result } = runRaw(program, new Uint8Array(), { engine: "wasm", trace: (slot) => slots.push(slot) });
    expect([result, slots]).toEqual([3n, [0, 1, 2]]);
  });

  test("programs never reach the engine's own places below the stacks", () => {
    // r1 = memory tag + 0x180 (the fuel word); *(u32 *)(r1 + 0) = -1
    const attack = bytes(`1801000080010000 0000000080 88ffff 6201000 0ffffffff ${EXIT}`);
    const { fault } = runRaw(attack, new Uint8Array(8), { engine: "wasm" });
    expect(fault).toMatchObject({ code: "VM_ACCESS", insn: 2 });
    expect(LAYOUT.stack).toBeGreaterThan(0x180);
  });

  test("an unknown engine is refused", () => {
    const options = { engine: "jit" as "wasm" };
    expect(() => new Machine(objectOf(bytes(`b700000001000000 ${EXIT}`)), options)).toThrow(MachineError);
  });
});

describe("checks that are left out", () => {
  /** Ends the same on both engines, and in the fault that the interpreter finds. */
  const bothEnd = (text: string, fault: object | undefined): void => {
    const [wasm, interp] = (["wasm", "interp"] as const).map((name) =>
      runRaw(bytes(text), new Uint8Array(64).fill(3), { engine: name }),
    );
    expect(wasm).toEqual(interp);
    if (fault === undefined) expect(wasm?.fault).toBeUndefined();
    else expect(wasm?.fault).toMatchObject(fault);
  };

  test("a checked place moves with the register", () => {
    // r0 = *(u64 *)(r1 + 48); r1 += 8; r0 = *(u64 *)(r1 + 56), which is behind the memory
    bothEnd(`7910300000000000 0701000008000000 7910380000000000 ${EXIT}`, { code: "VM_ACCESS", insn: 2 });
    // The same place again, 8 less from the register.
    bothEnd(`7910300000000000 0701000008000000 7910280000000000 ${EXIT}`, undefined);
  });

  test("a check on one of two ways does not count", () => {
    // r3 = r1 + 64; if r2 == 64 goto +1; r0 = *(u8 *)(r3 + 0); r0 = *(u8 *)(r3 + 0)
    bothEnd(`bf13000000000000 0703000040000000 1502010040000000 7130000000000000 7130000000000000 ${EXIT}`, {
      code: "VM_ACCESS",
      insn: 4,
    });
  });

  test("a narrow check does not stand for a wide one, nor reading for writing", () => {
    bothEnd(`71103f0000000000 79103f0000000000 ${EXIT}`, { code: "VM_ACCESS", insn: 1 });
    // r2 = r10 - 8: written through r10, 4 bytes only
    bothEnd(`620af8ff01000000 61a0f8ff00000000 79a0f8ff00000000 ${EXIT}`, { code: "VM_UNINITIALISED_STACK", insn: 2 });
  });

  test("a store across two bytes of the bitmap makes all its bytes readable", () => {
    // r3 = r10 - 12; *(u64 *)(r3 + 0) = r2; r0 = *(u64 *)(r10 - 12)
    bothEnd(`bfa3000000000000 07030000f4ffffff 7b23000000000000 79a0f4ff00000000 ${EXIT}`, undefined);
  });
});

describe("tiers", () => {
  test("a program is interpreted until compiling pays, with the same results before and after", () => {
    const shared = sharedMemory(18);
    openStacks(shared.memory);
    const cpu = createWasmEngine(shared, hooks, { tiers: true });
    // r0 = 0; r1 = 1000; loop: r0 += r1; r1 -= 1; if r1 != 0 goto loop: 3,003 instructions
    const code = codeOf(`b700000000000000 b7010000e8030000 0f10000000000000 1701000001000000 5501fdff00000000 ${EXIT}`);
    const spent: number[] = [];
    for (let i = 0; i < 20; i++) {
      cpu.fuel = 100_000;
      cpu.clear();
      cpu.start(code);
      expect(cpu.registers[0]).toBe(500500);
      spent.push(100_000 - cpu.fuel);
      expect(cpu.isCompiled(code), `run ${i}`).toBe(i * 3003 >= 50_000 + 300 * 6);
    }
    expect(new Set(spent)).toEqual(new Set([3003]));
    expect(cpu.isCompiled(code)).toBe(true);
  });
});

describe("callbacks", () => {
  /** Adds 0, 1, 2, … to *(u64 *)(r10 - 8) with bpf_loop, up to 15; 14: the function it calls is at slot 10. */
  const LOOP = `7a0af8ff00000000 b701000014000000 1842000007000000 0000000000000000 bfa3000000000000 07030000f8ffffff
    b704000000000000 85000000b5000000 79a0f8ff00000000 ${EXIT} 7923000000000000 0f13000000000000 7b32000000000000
    b700000000000000 550101000f000000 b700000001000000 ${EXIT}`;

  test("run in generated code", () => {
    const shared = sharedMemory(18);
    openStacks(shared.memory);
    let called = 0;
    const cpu: WasmEngine = createWasmEngine(shared, {
      ...hooks,
      helperArity: () => 4,
      helper() {
        for (let i = 0; i < 20 && cpu.registers[0] !== 1; i++, called++) {
          cpu.registers.set([i, 0, cpu.registers[6] ?? 0, cpu.registers[7] ?? 0], 2);
          cpu.callback(10);
        }
      },
    });
    cpu.fuel = 1000;
    cpu.start(prepare(verifyEncoding(bytes(LOOP)), (one) => (one.src === 4 ? [10, FUNCTION_TAG] : undefined)));
    expect([cpu.registers[0], called, cpu.bails, 1000 - cpu.fuel]).toEqual([120, 16, 0, 9 + 16 * 6 + 1]);
  });

  test("end as in the interpreter, wherever the fuel ends", () => {
    const object = objectOf(bytes(LOOP));
    for (let fuel = 1; fuel <= 120; fuel++) {
      const [interp, wasm] = (["interp", "wasm"] as const).map((name) =>
        new Machine(object, { engine: name, fuel }).run("p"),
      );
      expect(wasm, `fuel ${fuel}`).toEqual(interp);
    }
    expect(new Machine(object, { engine: "wasm" }).run("p").result).toBe(120n);
  });

  test("nested too deep: the fault of the interpreter", () => {
    // The callback calls bpf_loop with itself.
    const deep = `b701000002000000 1842000005000000 0000000000000000 b703000000000000 b704000000000000 85000000b5000000
      ${EXIT} 05 00 000000000000 b701000002000000 18420000fdffffff 0000000000000000 b703000000000000 b704000000000000
      85000000b5000000 ${EXIT}`;
    const [interp, wasm] = (["interp", "wasm"] as const).map((name) =>
      new Machine(objectOf(bytes(deep)), { engine: name }).run("p"),
    );
    expect(interp?.fault?.code).toBe("VM_STACK_OVERFLOW");
    expect(wasm).toEqual(interp);
  });
});
