/** Runs that stop: steps, breakpoints on slots and TypeScript lines, watchpoints, the whole state, the end. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { loadObject, Machine, MachineError } from "../../runtime/vm/index.js";
import { root } from "../bench/pair.js";
import { objectOf } from "./fuzz-object.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
/** r6 = 3; call f; exit; f: r0 = 5; *(u64 *)(r10 - 8) = r0; r0 += 2; *(u64 *)(r10 - 8) = r0; exit */
const CALLS = `b706000003000000 8510000001000000 9500000000000000 b700000005000000 7b0af8ff00000000
  0700000002000000 7b0af8ff00000000 9500000000000000`;

describe.each(["interp", "wasm", "auto"] as const)("on a machine with %s", (engine) => {
  const machine = (): Machine => new Machine(objectOf(bytes(CALLS)), { engine });

  test("steps through calls, with registers, stack and count", () => {
    const session = machine().debug();
    expect(session.stop).toMatchObject({ reason: "entry", insn: 0, depth: 0, program: "p" });
    expect(session.step()).toMatchObject({ reason: "step", insn: 1, depth: 0 });
    expect(session.registers[6]).toBe(3n);
    expect(session.step()).toMatchObject({ insn: 3, depth: 1 });
    expect(session.stack).toEqual([{ insn: 3 }, { insn: 1 }]);
    expect(session.finish()).toMatchObject({ insn: 2, depth: 0 });
    expect(session.registers[0]).toBe(7n);
    expect(session.insns).toBe(7);
    expect(session.result).toBeUndefined();
    expect(session.step()).toMatchObject({ reason: "end" });
    expect(session.result).toMatchObject({ result: 7n, insns: 8 });
    expect(session.result).toEqual(machine().run("p"));
  });

  test("breakpoints and watchpoints", () => {
    const session = machine().debug();
    session.breakAt(4);
    expect(session.go()).toMatchObject({ reason: "breakpoint", insn: 4 });
    const slot = (session.registers[10] ?? 0n) - 8n;
    session.watch(slot, 8);
    expect(session.go()).toMatchObject({ reason: "watchpoint", insn: 5 });
    expect([...session.read(slot, 8)]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
    expect(session.go()).toMatchObject({ reason: "watchpoint", insn: 7 });
    expect(session.go().reason).toBe("end");
    expect(() => session.read(0n, 8)).toThrow(MachineError);
    expect(() => machine().debug().breakAt(99)).toThrow(MachineError);
    expect(() => machine().debug().watch(5n, 1)).toThrow(MachineError);
  });

  test("a fault ends the run where it is", () => {
    // r1 = 0; r0 = *(u8 *)(r1 + 0)
    const broken = new Machine(objectOf(bytes("b701000000000000 7110000000000000 9500000000000000")), { engine });
    const session = broken.debug();
    expect(session.go()).toMatchObject({ reason: "fault", insn: 1, fault: { code: "VM_POINTER" } });
    expect(session.result?.fault?.insn).toBe(1);
    expect(session.go().reason).toBe("fault");
  });

  test("another run of the machine ends the session, and leaves nothing of it", () => {
    const one = machine();
    const session = one.debug();
    session.step();
    expect(one.run("p").result).toBe(7n);
    expect(() => session.step()).toThrow(MachineError);
    expect(one.run("p").result).toBe(7n);
  });

  test("an endless loop ends in VM_FUEL", () => {
    const endless = new Machine(objectOf(bytes("05 00 ffff00000000 9500000000000000")), { engine, fuel: 50 });
    expect(endless.debug().go()).toMatchObject({ reason: "fault", fault: { code: "VM_FUEL" } });
  });
});

test("breakpoints and steps on TypeScript lines", () => {
  const file = `${root}/examples/packet-counter/packet-counter.ts`;
  const { object } = compile(file);
  if (object === undefined) throw new Error("the example does not compile");
  const source = readFileSync(file, "utf8").split("\n");
  const session = loadObject(object).debug("receive", {
    packet: Uint8Array.from({ length: 64 }, (_, i) => (i === 12 ? 8 : 0)),
  });
  const lines = new Set(session.stop.source === undefined ? [] : [session.stop.source.line]);
  for (let stop = session.stepLine(); stop.reason === "step"; stop = session.stepLine()) {
    expect(stop.source?.text).toBe(source[(stop.source?.line ?? 0) - 1]?.trim());
    lines.add(stop.source?.line ?? 0);
  }
  expect(lines.size).toBeGreaterThan(4);
  const line = [...lines].at(-1) ?? 0;
  const again = loadObject(object).debug("receive", {
    packet: Uint8Array.from({ length: 64 }, (_, i) => (i === 12 ? 8 : 0)),
  });
  again.breakAt({ line, file: "packet-counter.ts" });
  expect(again.go()).toMatchObject({ reason: "breakpoint", source: { line } });
  expect(() => again.breakAt({ line: 100_000 })).toThrow(MachineError);
});
