/**
 * Coverage counts the same on every engine: instruction by instruction and jump by jump, as a trace of the interpreter
 * sees it, through faults, exhausted fuel, callbacks, tail calls and helpers that generated code hands over.
 */
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { type BpfObject, readObject } from "../../runtime/elf/index.js";
import { Class, jumpTarget } from "../../runtime/isa/index.js";
import { type CountSink, type EngineName, Machine, type MachineOptions } from "../../runtime/vm/index.js";
import { frames } from "../bench/frames.js";
import { root } from "../bench/pair.js";
import { packetOf } from "./fuzz/outcome.js";
import { generate } from "./fuzz/program.js";
import { senseless } from "./fuzz/senseless.js";
import { objectOf } from "./fuzz-object.js";

type Run = (machine: Machine) => unknown;
/** "program slot" -> hits, and "program slot taken" -> times. */
type Counted = Record<string, number>;

function bump(into: Counted, key: string, by: number): void {
  if (by !== 0) into[key] = (into[key] ?? 0) + by;
}

/** What an engine's own counters say. */
function counted(object: BpfObject, options: MachineOptions, run: Run): Counted {
  const out: Counted = {};
  const flushes: (() => void)[] = [];
  const coverage: CountSink = {
    take(name, { hits, taken }) {
      for (const [slot, n] of hits.entries()) bump(out, `${name} ${slot}`, n);
      for (const [slot, n] of taken.entries()) bump(out, `${name} ${slot} taken`, n);
    },
    pending(flush) {
      flushes.push(flush);
    },
  };
  run(new Machine(object, { ...options, coverage }));
  for (const flush of flushes) flush();
  return out;
}

/** What a trace of interpreted runs says. */
function traced(object: BpfObject, options: MachineOptions, inputs: readonly [string, Uint8Array][]): Counted {
  const machine = new Machine(object, { ...options, engine: "interp" });
  const out: Counted = {};
  for (const [name, packet] of inputs) {
    let jump: { readonly slot: number; readonly target: number } | undefined;
    machine.run(name, {
      packet,
      trace(running, slot) {
        bump(out, `${running} ${slot}`, 1);
        if (jump?.target === slot) bump(out, `${running} ${jump.slot} taken`, 1);
        const insn = machine.instructions(running).find((one) => one.slot === slot);
        const cls = (insn?.opcode ?? 0) & 7;
        const target = insn === undefined || (insn.opcode & 0xf0) === 0 ? undefined : jumpTarget(insn);
        jump = (cls === Class.Jmp || cls === Class.Jmp32) && target !== undefined ? { slot, target } : undefined;
      },
    });
  }
  return out;
}

const ENGINES: readonly EngineName[] = ["interp", "wasm", "auto"];

/** The same counts in all ways. Gives how many instructions ran. */
function agree(object: BpfObject, options: MachineOptions, inputs: readonly [string, Uint8Array][]): number {
  const expected = traced(object, options, inputs);
  for (const engine of ENGINES) {
    const got = counted(object, { ...options, engine }, (machine) => {
      for (const [name, packet] of inputs) machine.run(name, { packet });
    });
    expect(got, engine).toEqual(expected);
  }
  return Object.keys(expected).length;
}

describe("coverage on every engine", () => {
  test.each([
    ["firewall", ["filter"]],
    ["packet-counter", ["receive", "send"]],
    ["xdp-drop", ["drop"]],
  ] as const)("example %s, on every frame", (name, programs) => {
    const { object } = compile(`${root}/examples/${name}/${name}.ts`);
    const inputs = programs.flatMap((one) => Object.values(frames).map((frame): [string, Uint8Array] => [one, frame]));
    expect(agree(readObject(object as Uint8Array), {}, [...inputs, ...inputs])).toBeGreaterThan(1);
  });

  test("100 generated programs, half of them with too little fuel", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const object = objectOf(generate(seed));
      const fuel = seed % 2 === 0 ? 10_000_000 : 1 + ((seed * 37) % 400);
      agree(object, { cpus: 1, fuel }, [
        ["p", packetOf(seed)],
        ["p", packetOf(seed + 1)],
      ]);
    }
  });

  test("150 senseless programs: faults anywhere", () => {
    for (let seed = 1; seed <= 150; seed++)
      agree(objectOf(senseless(seed)), { cpus: 1, fuel: 1 + (seed % 97) }, [["p", packetOf(seed)]]);
  });

  test("a loop that every amount of fuel ends somewhere", () => {
    // r1 = 5; r1 += -1; if r1 != 0 goto -2; if r0 == 0 goto +0; exit
    const code = "b701000005000000 07010000ffffffff 5501feff00000000 1500000000000000 9500000000000000";
    const object = objectOf(new Uint8Array(Buffer.from(`b700000000000000${code}`.replaceAll(" ", ""), "hex")));
    for (let fuel = 1; fuel <= 20; fuel++) agree(object, { cpus: 1, fuel }, [["p", packetOf(1)]]);
  });

  test("a runner's runs count, also those that are one call of generated code", () => {
    const { object } = compile(`${root}/examples/packet-counter/packet-counter.ts`);
    const parsed = readObject(object as Uint8Array);
    const of = (engine: EngineName): Counted =>
      counted(parsed, { engine }, (machine) => {
        const runner = machine.runner("receive");
        for (const frame of Object.values(frames))
          for (let i = 0; i < 3; i++) {
            runner.packet.set(frame);
            runner.run(frame.length);
          }
      });
    expect(of("wasm")).toEqual(of("interp"));
    expect(Object.values(of("wasm"))[0]).toBe(Object.keys(frames).length * 3);
  });

  test("a helper that is mocked half-way: what ran before still counts, once", () => {
    // r0 = prandom(); exit
    const object = objectOf(new Uint8Array(Buffer.from("85000000070000009500000000000000", "hex")));
    const of = (engine: EngineName): Counted =>
      counted(object, { engine, cpus: 1 }, (machine) => {
        machine.run("p");
        machine.mock("bpf_get_prandom_u32", () => 7);
        machine.run("p");
      });
    expect(of("wasm")).toEqual({ "p 0": 2, "p 1": 2 });
    expect(of("interp")).toEqual(of("wasm"));
  });
});
