/** No run of an accepted program contradicts what the pre-check said; a rule that is wrong is found. */
import { expect, test } from "vitest";
import { type Counts, checkSeed } from "./check.js";
import { MUTATIONS } from "./mutations.js";

const zero = (): Counts => ({ programs: 0, runs: 0, values: 0, kernelWrong: 0 });

test("1,500 runs", () => {
  const counts = zero();
  const wrong: string[] = [];
  for (let seed = 1; counts.runs < 1500; seed++) {
    const found = checkSeed(seed, 10, counts);
    if (found !== undefined) wrong.push(found);
  }
  expect(wrong).toEqual([]);
  expect(counts.values).toBeGreaterThan(100_000);
});

test.each(Object.entries(MUTATIONS))("found: %s", (_name, mutation) => {
  let found: string | undefined;
  for (let seed = 1; seed <= 1500 && found === undefined; seed++) found = checkSeed(seed, 6, zero(), mutation);
  expect(found).toBeDefined();
});
