/**
 * `npm run verify:agreement -- [--json] [--limit N] PATH...`: the pre-check's verdicts beside the kernel's.
 * Input: labelled programs (.jsonl, .jsonl.gz) or objects and folders of them. Output: counts, differences.
 */
import { statSync } from "node:fs";
import { cpus } from "node:os";
import { verify } from "../../compiler/precheck/explore/run.js";
import { Reason } from "../../compiler/precheck/rejection.js";
import { EncodingError } from "../../runtime/isa/index.js";
import { type Labelled, labelled } from "./labelled.js";
import { labelledObjects } from "./objects.js";

interface Tally {
  programs: number;
  bothAccept: number;
  bothReject: number;
  falseAccept: number;
  falseReject: number;
  undecided: number;
  ms: number;
  kernelMs: number;
  differences: { path: string; program: string; ours: string; kernel: string }[];
}

/** @returns undefined for accepted, else the reason */
function judge(row: Labelled): string | undefined {
  if (row.missing !== undefined) return `${Reason.Unsupported} ${row.missing}`;
  try {
    const { rejection } = verify(row.subject(), cpus().length);
    return rejection === undefined ? undefined : `${rejection.reason} ${rejection.text} @${rejection.insn}`;
  } catch (error) {
    if (error instanceof EncodingError) return `${Reason.Encoding} ${error.message}`;
    throw new Error(`pre-check failed on ${row.name}`, { cause: error });
  }
}

function count(tally: Tally, path: string, row: Labelled): void {
  const started = performance.now();
  const ours = judge(row);
  tally.ms += performance.now() - started;
  tally.kernelMs += row.kernelMs;
  tally.programs++;
  if (ours?.startsWith(Reason.Unsupported)) tally.undecided++;
  else if (ours === undefined) tally[row.accept ? "bothAccept" : "falseAccept"]++;
  else tally[row.accept ? "falseReject" : "bothReject"]++;
  if ((ours === undefined) === row.accept && !ours?.startsWith(Reason.Unsupported)) return;
  tally.differences.push({ path, program: row.name, ours: ours ?? "accept", kernel: row.accept ? "accept" : row.last });
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const at = args.indexOf("--limit");
  const limit = at < 0 ? Number.POSITIVE_INFINITY : Number(args[at + 1]);
  const paths = args.filter((arg, i) => !arg.startsWith("--") && (at < 0 || i !== at + 1));
  if (paths.length === 0) {
    console.error("usage: npm run verify:agreement -- [--json] [--limit N] PATH...");
    process.exitCode = 2;
    return;
  }
  const tally: Tally = {
    programs: 0,
    bothAccept: 0,
    bothReject: 0,
    falseAccept: 0,
    falseReject: 0,
    undecided: 0,
    ms: 0,
    kernelMs: 0,
    differences: [],
  };
  for (const path of paths) {
    let left = limit;
    for await (const row of /\.jsonl(\.gz)?$/.test(path) && !statSync(path).isDirectory()
      ? labelled(path)
      : labelledObjects(path)) {
      if (left-- <= 0) break;
      count(tally, path, row);
    }
  }
  if (args.includes("--json")) {
    console.log(JSON.stringify(tally));
    return;
  }
  const { differences, ...counts } = tally;
  for (const d of differences) console.log(`${d.program}: ours ${d.ours} | kernel ${d.kernel}`);
  const percent = (n: number, of: number): string => (of === 0 ? "-" : `${((100 * n) / of).toFixed(2)} %`);
  const kernelRejects =
    counts.programs -
    counts.bothAccept -
    counts.falseReject -
    differences.filter((d) => d.kernel === "accept" && d.ours.startsWith(Reason.Unsupported)).length;
  console.log(counts);
  console.log(
    `accept recall ${percent(counts.bothAccept, counts.programs - kernelRejects)}, reject recall ${percent(counts.bothReject, kernelRejects)}`,
  );
}

await main();
