import { describe, expect, test } from "vitest";
import { CONFORMANCE_HELPERS } from "../../runtime/vm/conformance.js";
import { runRaw } from "../../runtime/vm/raw.js";
import { fromHex, missingData, readJson, type Vector } from "../support/data.js";
import { HOT, STEPS, WASM } from "./fuzz/outcome.js";

describe.skipIf(missingData)(`instruction vectors${missingData ? ` (skipped: ${missingData})` : ""}`, () => {
  const files = ["isa-vectors.json", "isa-random.json"];
  const ways = { interpreter: STEPS, "interpreter's loop": HOT, wasm: WASM };
  for (const [file, [way, options]] of files.flatMap((f) => Object.entries(ways).map((entry) => [f, entry] as const))) {
    test(`${file} on ${way}`, () => {
      const wrong: string[] = [];
      const vectors = readJson<Vector[]>(file);
      for (const vector of vectors) {
        const run = (): string => {
          const { result, fault } = runRaw(fromHex(vector.insns), fromHex(vector.mem), {
            ...options,
            helpers: CONFORMANCE_HELPERS,
          });
          return fault === undefined ? `0x${result.toString(16)}` : `${fault.code} at ${fault.insn}: ${fault.message}`;
        };
        if (vector.kind === "negative") {
          expect(run, vector.name).toThrow(/ISA_/);
          continue;
        }
        const got = run();
        if (got !== vector.expected)
          wrong.push(`${vector.name}: ${got}, not ${vector.expected} (${vector.features.join()})`);
      }
      expect(wrong).toEqual([]);
      expect(vectors.length).toBe(file === "isa-vectors.json" ? 213 : 705);
    });
  }
});
