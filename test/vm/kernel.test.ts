/** Differential test against the kernel: random programs end in the same whole state there and on both engines. */
import { describe, expect, test } from "vitest";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compareAll } from "./fuzz/compare.js";

const skip = announceSkip("test/vm/kernel", kernelSkipReason());
/** EBPFTSC_FUZZ: how many programs; CI takes the default. */
const COUNT = Number(process.env["EBPFTSC_FUZZ"] ?? 400);

describe.skipIf(skip)("against the kernel", () => {
  test(`${COUNT} random programs end in the same state`, () => {
    const { mismatches, refused } = compareAll({ first: 1, count: COUNT, kernel: true });
    expect(mismatches).toEqual([]);
    // What the verifier refuses tests nothing: nearly all must pass it.
    if (refused.length > 0) console.info(`verifier refused ${refused.length} of ${COUNT}, first: ${refused[0]}`);
    expect(refused.length, refused.slice(0, 3).join("\n")).toBeLessThanOrEqual(COUNT / 50);
  });
});
