/**
 * `npm run verify:agreement -- [--json] [--limit N] [--time-kernel] [PATH...]`: the pre-check's verdicts beside the kernel's.
 * Input: labelled programs (.jsonl, .jsonl.gz) or objects and folders of them. Output: counts by path, differences.
 */
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { dataFolder } from "../support/data.js";
import { KernelTimer } from "./kernel-time.js";
import { labelled } from "./labelled.js";
import { labelledObjects } from "./objects.js";
import { count, newTally, type Tally } from "./tally.js";

const percent = (n: number, of: number): string => (of === 0 ? "-" : `${((100 * n) / of).toFixed(2)} %`);

function row({ differences: _, undecidedAccept, ...t }: Tally): Record<string, number | string> {
  const accepts = t.bothAccept + t.falseReject + undecidedAccept;
  return {
    ...t,
    ms: Math.round(t.ms),
    kernelMs: Math.round(t.kernelMs),
    acceptRecall: percent(t.bothAccept, accepts),
    rejectRecall: percent(t.bothReject, t.programs - accepts),
  };
}

/** What the test-suite compiles: examples and run cases for every instruction set, C beside them, a C program for every rule. */
const OWN_PROGRAMS = ["examples", "test/run", "test/foreign/c", "test/bench/c", "test/precheck/programs"];

/** All of these, and the shared data, where it is. */
function defaults(): string[] {
  const shared = ["verifier-pairs", "verifier-objects/kernel-verdicts.jsonl.gz", "verifier-random.jsonl.gz"];
  return [...OWN_PROGRAMS, ...shared.map((name) => join(dataFolder ?? "", name))].filter((path) => existsSync(path));
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const at = args.indexOf("--limit");
  const limit = at < 0 ? Number.POSITIVE_INFINITY : Number(args[at + 1]);
  const paths = args.filter((arg, i) => !arg.startsWith("--") && (at < 0 || i !== at + 1));
  if (paths.length === 0) paths.push(...defaults());
  if (paths.length === 0) {
    console.error("usage: npm run verify:agreement -- [--json] [--limit N] [--time-kernel] PATH...");
    process.exitCode = 2;
    return;
  }
  using timer = args.includes("--time-kernel") ? new KernelTimer() : undefined;
  const tallies = new Map<string, Tally>();
  for (const path of paths) {
    const tally = newTally();
    tallies.set(path, tally);
    let left = limit;
    for await (const one of /\.jsonl(\.gz)?$/.test(path) && !statSync(path).isDirectory()
      ? labelled(path)
      : labelledObjects(path, (name, why) => {
          tally.notLoaded++;
          console.error(`skipped ${name}: ${why}`);
        })) {
      if (left-- <= 0) break;
      count(tally, one, timer);
    }
  }
  if (args.includes("--json")) {
    console.log(JSON.stringify(Object.fromEntries(tallies)));
    return;
  }
  for (const { differences } of tallies.values())
    for (const d of differences) console.log(`${d.program}: ours ${d.ours} | kernel ${d.kernel}`);
  for (const [path, tally] of tallies) console.log(basename(path), row(tally));
}

await main();
