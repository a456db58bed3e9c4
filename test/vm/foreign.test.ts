/** Objects of other projects in the machine: every program ends in a result or a typed fault; nothing else may happen. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ObjectFormatError } from "../../runtime/elf/index.js";
import { EncodingError } from "../../runtime/isa/index.js";
import { type EngineName, loadObject, type Machine, MachineError } from "../../runtime/vm/index.js";
import { dataFolder, missingData } from "../support/data.js";
import { generator } from "./generate.js";

const root = `${dataFolder}/verifier-objects`;

function load(file: string, engine: EngineName): Machine | string {
  try {
    return loadObject(new Uint8Array(readFileSync(`${root}/${file}`)), { fuel: 200_000, cpus: 2, engine });
  } catch (error) {
    if (error instanceof ObjectFormatError || error instanceof EncodingError || error instanceof MachineError)
      return `${file}: ${error.message}`;
    throw error;
  }
}

describe.skipIf(missingData)("foreign objects", () => {
  test("load and run, or are refused with a code", () => {
    const random = generator(5);
    const refused: string[] = [];
    const codes = new Map<string, number>();
    let runs = 0;
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((f) => /\.(o|elf)$/.test(f))
      .sort()) {
      const machine = load(file, "interp");
      const other = load(file, "wasm");
      if (typeof machine === "string") {
        refused.push(machine);
        continue;
      }
      for (const program of machine.programs) {
        for (const size of [14, 64, 300]) {
          const packet = new Uint8Array(size).map(() => random(256));
          packet.set([0x08, 0x00, 0x45], Math.min(12, size - 3));
          const result = machine.run(program, { packet });
          const { fault } = result;
          if (typeof other === "string") throw new Error(other);
          // Clock and random numbers are the machine's own, so that two machines see the same world.
          expect(other.run(program, { packet }), `${file} ${program}`).toEqual(result);
          runs++;
          codes.set(fault?.code ?? "good", (codes.get(fault?.code ?? "good") ?? 0) + 1);
          if (fault !== undefined) expect(fault.message).not.toMatch(/\n/);
        }
      }
    }
    console.info(
      `${runs} runs: ${[...codes].map(([code, n]) => `${n} ${code}`).join(", ")}; refused ${refused.length}:\n${refused.join("\n")}`,
    );
    expect(runs).toBeGreaterThan(900);
    expect(codes.get("good")).toBeGreaterThan(runs / 2);
    expect(codes.get("VM_INSTRUCTION") ?? 0).toBe(0);
  });
});
