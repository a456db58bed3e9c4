/** Broken objects end in a result or a coded error: a fixed stretch of what `npm run fuzz:objects` does at length. */
import { describe, expect, test } from "vitest";
import { sourceOf } from "../foreign/source.js";
import { root } from "../harness/root.js";
import { compileC, missingClang } from "../support/clang.js";
import { corpus } from "./corpus.js";
import { round } from "./round.js";

describe("broken objects", () => {
  test("1,500 of them: never anything but a result or a coded error", () => {
    const objects = corpus(root, missingClang === false ? (name) => compileC(sourceOf(name, root)) : undefined);
    const { outcomes, runs, findings } = round(objects, 1_000_000, 1500);
    console.info(`${JSON.stringify(outcomes)}\n${JSON.stringify(runs)}`);
    expect(findings).toEqual([]);
    // The mutations must reach the machine and be refused on the way, or they test nothing.
    expect(outcomes["loaded"]).toBeGreaterThan(300);
    expect(Object.keys(outcomes).length).toBeGreaterThan(8);
    expect(Object.keys(runs).length).toBeGreaterThan(5);
  });
});
