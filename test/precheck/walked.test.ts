/** Not only the verdict: the pre-check walks the instructions that the kernel walks, so it gives up where the kernel does. */
import { cpus, release } from "node:os";
import { expect, test } from "vitest";
import { verify } from "../../compiler/precheck/explore/run.js";
import { labelledObjects } from "../agreement/objects.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

/** Each kernel walks a little differently; which verdict it comes to is asked of all of them elsewhere. */
const other = release().startsWith("6.18.") ? undefined : `walks are those of Linux 6.18, this is ${release()}`;
const skipped = announceSkip("instructions walked", other ?? kernelSkipReason());
test.skipIf(skipped).each(["test/foreign/c", "test/precheck/programs", "test/bench/c"])("%s", (folder) => {
  const unlike: string[] = [];
  let compared = 0;
  for (const row of labelledObjects(folder, () => {})) {
    if (!row.accept || row.processed === undefined) continue;
    compared++;
    const { processed } = verify(row.subject(), cpus().length).cost;
    if (processed !== row.processed) unlike.push(`${row.name}: ${processed}, ${row.processed}`);
  }
  expect(unlike).toEqual([]);
  expect(compared).toBeGreaterThan(7);
});
