/** The tables of program types say what the running kernel says: helpers, context fields, return values. */
import { describe, expect, test } from "vitest";
import { contextRules, fieldAt } from "../../compiler/precheck/tables/context.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import {
  missing,
  probeContext,
  probeHelpers,
  probeReturns,
  probeUnknownReturn,
  VARIANTS,
} from "../oracle/program-types.js";

/** All offsets take a minute; a run over all is `EBPFTSC_PROBE=all npx vitest run test/precheck/tables.test.ts`. */
const everything = process.env["EBPFTSC_PROBE"] === "all";
const skipped = announceSkip("precheck: tables beside the kernel", kernelSkipReason());

describe.skipIf(skipped)("tables", () => {
  test.for(VARIANTS)("$name", { timeout: 120_000 }, (variant, { skip }) => {
    const reason = missing(variant);
    if (announceSkip(`precheck: table of ${variant.name}`, reason)) skip(reason);
    const rules = contextRules(variant.type, variant.attach);
    expect(rules).toBeDefined();
    if (rules === undefined) return;
    const helpers = probeHelpers(variant);
    expect([...rules.helpers].filter((id) => !helpers.has(id))).toEqual([]);
    expect([...helpers].filter((id) => !rules.helpers.has(id))).toEqual([]);
    const range = rules.returns;
    const allowed = Array.from({ length: 12 }, (_, i) => i - 2).filter(
      (value) => range === undefined || (BigInt(value) >= range[0] && BigInt(value) <= range[1]),
    );
    expect(probeReturns(variant)).toEqual(allowed);
    expect(probeUnknownReturn(variant)).toBe(range === undefined);
    if (!everything && variant.type === 18 && variant.attach !== 8) return;
    const limit = everything ? 256 : 24;
    // In front of the context too: 6.18 lets tracepoint programs read there.
    const offsets = [-32768, -80, ...Array.from({ length: limit + 8 }, (_, i) => i - 8)];
    const told = [...probeContext(variant, offsets)].map(([off, f]) => `${off}:${f.read}:${f.write}:${f.kind}`);
    const ours = offsets.flatMap((off) => {
      const f = fieldAt(rules, variant.type, off);
      return f === undefined || (f.read === 0 && f.write === 0) ? [] : [`${off}:${f.read}:${f.write}:${f.kind}`];
    });
    expect(ours).toEqual(told);
  });
});
