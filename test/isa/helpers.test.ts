import { describe, expect, test } from "vitest";
import { allHelpers, helperById, helperByName } from "../../runtime/facts/helpers/index.js";
import { missingData, readJson } from "../support/data.js";

interface Probed {
  readonly id: number;
  readonly name: string;
  readonly args?: readonly { readonly kind: string }[];
}

test("ids are 1 to 211 without gaps, and names find them", () => {
  allHelpers().forEach((helper, i) => {
    expect(helper.id).toBe(i + 1);
    expect(helperByName(helper.name)).toBe(helperById(i + 1));
  });
  expect(allHelpers().length).toBe(211);
  expect(helperById(212)).toBeUndefined();
  expect(helperById(-1)).toBeUndefined();
});

describe.skipIf(missingData)("against the kernel's verdicts", () => {
  test("names, argument counts and the places of ctx and map agree", () => {
    const kinds = { ctx: new Set(["ctx", "kernelPtr"]), map: new Set(["map"]) } as const;
    for (const probe of Object.values(readJson<Record<string, Probed>>("kernel-helpers.json"))) {
      const helper = helperById(probe.id);
      expect(helper?.name).toBe(probe.name);
      probe.args?.forEach((arg, i) => {
        const ours = helper?.args[i];
        expect(ours, `${probe.name} argument ${i + 1}`).toBeDefined();
        if (arg.kind === "map")
          expect(kinds.map.has(ours ?? ""), `${probe.name} argument ${i + 1} is ${ours}`).toBe(true);
        if (arg.kind === "ctx")
          expect(kinds.ctx.has(ours ?? ""), `${probe.name} argument ${i + 1} is ${ours}`).toBe(true);
      });
    }
  });
});
