/**
 * Every construct of the language: each case is compiled for every instruction set and run on every engine, with the
 * values that its source says, then on random packets, on which all engines must agree.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../compiler/pipeline.js";
import { ProgramHost } from "../../compiler/source/program.js";
import type { BpfCpu } from "../../native/llvm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { type RunCase, readCase } from "./case.js";
import { type Engine, interpreter, kernel, wasm } from "./engines.js";

const folder = fileURLToPath(new URL("./cases/", import.meta.url));
const names = readdirSync(folder).filter((f) => f.endsWith(".ts"));
const host = new ProgramHost();
const engines: Engine[] = announceSkip("test/run on the kernel", kernelSkipReason())
  ? [interpreter, wasm]
  : [interpreter, wasm, kernel];

/** Cases that need a newer instruction set than the oldest: atomics with a result. */
const OLDEST: Readonly<Record<string, BpfCpu>> = { "globals.ts": "v3" };

const compileCase = (name: string, cpu: BpfCpu): Uint8Array => {
  const compiled = compileFile(`${folder}${name}`, { cpu }, host);
  expect(compiled.diagnostics.all().map((d) => `${d.code} ${d.message}`)).toEqual([]);
  if (!compiled.object) throw new Error("no object");
  return compiled.object;
};

/** The kernel refuses to test-run a socket buffer whose IP header is cut (6.18): 14 + 40 bytes are always enough. */
const minimum = (base: RunCase): number => (base.source.includes("@tc") ? 54 : 14);

/** Random bytes, and the case's own packet cut or changed: what parsers meet. */
function randomPackets(base: RunCase, count: number): Uint8Array[] {
  const min = minimum(base);
  let state = 0x2545f491;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return Array.from({ length: count }, (_, i) => {
    const packet = i % 2 ? Uint8Array.from(base.packet) : new Uint8Array(min + (next() % 90)).map(() => next() & 0xff);
    for (let k = next() % 4; k > 0; k--) packet[next() % packet.length] = next() & 0xff;
    return i % 5 === 4 ? packet.subarray(0, Math.max(min, next() % packet.length)) : packet;
  });
}

describe.each(names)("%s", (name) => {
  const runCase = readCase(`${folder}${name}`);
  const oldest = OLDEST[name];
  const cpus = (["v1", "v2", "v3", "v4"] as const).filter((c) => oldest === undefined || c >= oldest);

  test.each(cpus)("%s: gives what its source says, on every engine", (cpu) => {
    const object = compileCase(name, cpu);
    for (const engine of engines) {
      const [outcome] = engine.run(object, [runCase.packet]);
      const got = [...runCase.expected.keys()].map((i) => [i, outcome?.out[i]]);
      expect(got, engine.name).toEqual([...runCase.expected]);
    }
  });

  test("engines agree on random packets", () => {
    const object = compileCase(name, "v3");
    const packets = randomPackets(runCase, 200);
    const outcomes = engines.map((e) => e.run(object, packets));
    for (const other of outcomes.slice(1)) expect(other).toEqual(outcomes[0]);
  });
});
