/**
 * `npm run verify:agreement -- [--json] [--limit N] [--type TYPE|SECTION=TYPE] [--no-kernel-time] [PATH...]`: the pre-check's verdicts beside the kernel's.
 * Input: labelled programs (.jsonl, .jsonl.gz) or objects and folders of them. Output: differences, then counts by
 * corpus and reason, and both times: of labels that have none, the running kernel's, where it may be asked.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { givenTypes } from "../../compiler/precheck/index.js";
import { kernelSkipReason } from "../kernel/support.js";
import { dataFolder } from "../support/data.js";
import { KernelTimer } from "./kernel-time.js";
import { labelled, type OnSkip } from "./labelled.js";
import { labelledObjects } from "./objects.js";
import { tables } from "./tables.js";
import { count, countSkipped, newTally, type Tally } from "./tally.js";

/** What the test-suite compiles: examples and run cases for every instruction set, C beside them, a C program for every rule. */
const OWN_PROGRAMS = [
  "examples",
  "test/run/cases",
  "test/run/programs",
  "test/foreign/c",
  "test/bench/c",
  "test/precheck/programs",
];

/** All of these, and the shared data, where it is. */
function defaults(): string[] {
  const shared = ["verifier-pairs", "verifier-objects/kernel-verdicts.jsonl.gz", "verifier-random.jsonl.gz"];
  return [...OWN_PROGRAMS, ...shared.map((name) => join(dataFolder ?? "", name))].filter((path) => existsSync(path));
}

/** JSON knows no maps. */
const jsonOf = (t: Tally): unknown => ({
  ...t,
  reasons: Object.fromEntries(t.reasons),
  dropped: Object.fromEntries(t.dropped),
  policy: Object.fromEntries(t.policy),
  undecided: Object.fromEntries(t.undecided),
});

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const valuesOf = (option: string): string[] => args.flatMap((arg, i) => (args[i - 1] === option ? [arg] : []));
  const [most] = valuesOf("--limit");
  const limit = most === undefined ? Number.POSITIVE_INFINITY : Number(most);
  const types = givenTypes(valuesOf("--type"));
  const taking = ["--limit", "--type"];
  const paths = args.filter((arg, i) => !arg.startsWith("--") && !taking.includes(args[i - 1] ?? ""));
  if (paths.length === 0) paths.push(...defaults());
  if (paths.length === 0) {
    console.error(
      "usage: npm run verify:agreement -- [--json] [--limit N] [--type TYPE|SECTION=TYPE] [--no-kernel-time] PATH...",
    );
    process.exitCode = 2;
    return;
  }
  const cannot = args.includes("--no-kernel-time") ? "as wanted" : kernelSkipReason();
  if (cannot !== undefined) console.error(`the running kernel's time is not taken: ${cannot}`);
  using timer = cannot === undefined ? new KernelTimer() : undefined;
  const tallies = new Map<string, Tally>();
  for (const path of paths) {
    const tally = newTally();
    tallies.set(path, tally);
    const skip: OnSkip = (name, why, as) => {
      countSkipped(tally, why, as);
      console.error(`skipped ${name}: ${why}`);
    };
    let left = limit;
    for await (const one of /\.jsonl(\.gz)?$/.test(path) && !statSync(path).isDirectory()
      ? labelled(path, skip)
      : labelledObjects(path, skip, types)) {
      if (left-- <= 0) break;
      count(tally, one, timer);
    }
  }
  if (args.includes("--json")) {
    const plain = [...tallies].map(([path, t]) => [path, jsonOf(t)]);
    console.log(JSON.stringify(Object.fromEntries(plain)));
    return;
  }
  for (const { differences } of tallies.values())
    for (const d of differences) console.log(`${d.program}: ours ${d.ours} | kernel ${d.kernel}`);
  process.stdout.write(`\n${tables(tallies)}`);
}

await main();
