/**
 * Whole programs of the kinds that people write (load balancer, NAT, tunnel, rate limiter, parsers): they compile and load
 * for every instruction set, the machine's engines agree on random frames in verdict, packet and maps, and so does the kernel
 * where there is one.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../compiler/pipeline.js";
import { ProgramHost } from "../../compiler/source/program.js";
import type { BpfCpu } from "../../native/llvm/index.js";
import { type EngineName, loadObject, type Machine } from "../../runtime/vm/index.js";
import { Both, type Setup } from "../examples/both.js";
import { randomFrame } from "../examples/random-frames.js";
import { Random } from "../harness/random.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { onOneCpu } from "../support/one-cpu.js";

const folder = fileURLToPath(new URL("./programs/", import.meta.url));
const names = readdirSync(folder).filter((f) => f.endsWith(".ts"));
const host = new ProgramHost();
const skip = announceSkip("test/run/programs on the kernel", kernelSkipReason());
const FRAMES = Number(process.env["EBPFTSC_FRAMES"] ?? 1_500);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);

/** What makes the interesting paths happen: the addresses of random-frames.ts. */
const SETUPS: Readonly<Record<string, Setup>> = {
  "lb.ts": {
    config: { vip: 0x0a000001, count: 4 },
    entries: {
      backends: [0, 1, 2, 3].map((i) => [
        i,
        { ip: 0x0a090900 + i, mac: Uint8Array.from([2, 0, 0, 0, 0, i]), weight: 1 },
      ]),
    },
  },
};

const compiled = (name: string, cpu: BpfCpu): Uint8Array => {
  const { diagnostics, object } = compileFile(`${folder}${name}`, { cpu }, host);
  expect(diagnostics.all().map((d) => `${d.code} ${d.message}`)).toEqual([]);
  return object ?? new Uint8Array();
};

function machineOf(object: Uint8Array, engine: EngineName, { config = {}, entries = {} }: Setup): Machine {
  const machine = loadObject(object, { cpus: 1, engine, config });
  for (const [name, list] of Object.entries(entries))
    for (const [key, value] of list) machine.map(name).set(key, value);
  return machine;
}

/** What a frame did, and in the end what every map holds: all that two engines must have in common. */
function traceOf(machine: Machine, frames: readonly Uint8Array[]): { runs: string[]; maps: unknown } {
  const runs = frames.map((packet) => {
    const { result, packet: after, fault } = machine.run("run", { packet });
    return `${fault?.code ?? result} ${Buffer.from(after ?? []).toString("hex")}`;
  });
  return { runs, maps: [...machine.maps].map(([name, map]) => [name, map.snapshot()]) };
}

test("there are programs", () => {
  expect(names.length).toBeGreaterThan(5);
});

describe.each(names)("%s", (name) => {
  test.each(["v1", "v2", "v3", "v4"] as const)("%s: interpreter and WebAssembly agree", (cpu) => {
    const object = compiled(name, cpu);
    const random = new Random(SEED);
    const frames = Array.from({ length: cpu === "v3" ? FRAMES : 100 }, () => randomFrame(random));
    const setup = SETUPS[name] ?? {};
    const interp = traceOf(machineOf(object, "interp", setup), frames);
    expect(traceOf(machineOf(object, "wasm", setup), frames)).toEqual(interp);
    expect(interp.runs.filter((run) => run.startsWith("VM_"))).toEqual([]);
    if (cpu === "v3" && name !== "nat.ts")
      expect(new Set(interp.runs.map((run) => run.split(" ")[0])).size).toBeGreaterThan(1);
  });

  test.skipIf(skip).each([
    ["v1", "interp"],
    ["v2", "wasm"],
    ["v3", "interp"],
    ["v3", "wasm"],
    ["v4", "interp"],
  ] as const)("%s on %s, beside the kernel", async (cpu, engine) => {
    const object = compiled(name, cpu);
    const isMain = cpu === "v3";
    using both = new Both(object, { ...SETUPS[name], engine });
    const random = new Random(SEED);
    const verdicts = new Set<number>();
    onOneCpu(() => {
      for (let i = 0; i < (isMain ? FRAMES : 100); i++) {
        const outcomes = both.run("run", randomFrame(random));
        if (!outcomes) continue;
        expect(outcomes.machine, `seed ${SEED}, frame ${i}`).toEqual(outcomes.kernel);
        verdicts.add(outcomes.kernel.verdict);
      }
    });
    const { kernel, machine } = await both.maps();
    expect(machine).toEqual(kernel);
    if (isMain && name !== "nat.ts") expect(verdicts.size).toBeGreaterThan(1);
  });
});
