/**
 * `npm run verify:oracle -- [--seed N] [--count N] [--topic NAME] [--show N]`: random programs judged by the pre-check and
 * by the running kernel (root). Output: a table by topic; differences made small; exit code 1 if there are any.
 */
import { disassemble, encode } from "../../runtime/isa/index.js";
import { generate, topics } from "./generate.js";
import { reduce } from "./reduce.js";
import { Kernel, ours, type Verdict } from "./verdicts.js";

interface Tally {
  bothAccept: number;
  bothReject: number;
  falseAccept: number;
  falseReject: number;
  /** Accepted programs of which both walked equally many instructions. */
  sameCount: number;
  /** Refused by the kernel without its verifier's words: compared with nothing. */
  notJudged: number;
  ms: number;
  kernelMs: number;
}

const newTally = (): Tally => ({
  bothAccept: 0,
  bothReject: 0,
  falseAccept: 0,
  falseReject: 0,
  sameCount: 0,
  notJudged: 0,
  ms: 0,
  kernelMs: 0,
});

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

const percent = (n: number, of: number): string => (of === 0 ? "-" : `${((100 * n) / of).toFixed(2)} %`);

function count(tally: Tally, mine: Verdict, kernel: Verdict): boolean {
  if (kernel.unknown === true) {
    if (tally.notJudged++ === 0) console.error(`skipped: ${kernel.text}`);
    return true;
  }
  tally.ms += mine.ms;
  tally.kernelMs += kernel.ms;
  if (mine.accept && kernel.accept) {
    tally.bothAccept++;
    if (mine.processed === kernel.processed) tally.sameCount++;
  } else if (!mine.accept && !kernel.accept) tally.bothReject++;
  else if (mine.accept) tally.falseAccept++;
  else tally.falseReject++;
  return mine.accept === kernel.accept;
}

function main(): void {
  const first = Number(option("seed") ?? 1);
  const many = Number(option("count") ?? 5000);
  const topic = option("topic");
  let show = Number(option("show") ?? 5);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(many) || (topic !== undefined && !topics.includes(topic))) {
    console.error(`usage: npm run verify:oracle -- [--seed N] [--count N] [--topic ${topics.join("|")}] [--show N]`);
    process.exitCode = 2;
    return;
  }
  using kernel = new Kernel();
  const tallies = new Map<string, Tally>();
  let differences = 0;
  for (let seed = first; seed < first + many; seed++) {
    const program = generate(seed, topic);
    const { kind } = program;
    let tally = tallies.get(program.topic);
    if (tally === undefined) {
      tally = newTally();
      tallies.set(program.topic, tally);
    }
    if (count(tally, ours(kind, program.insns), kernel.judge(kind, program.insns))) continue;
    differences++;
    if (show-- <= 0) continue;
    const small = reduce(program.insns, (insns) => {
      const theirs = kernel.judge(kind, insns);
      return theirs.unknown !== true && ours(kind, insns).accept !== theirs.accept;
    });
    const bytes = Buffer.from(encode(small)).toString("hex");
    console.log(`seed ${seed} (${program.topic}, ${kind.name}), ${small.length} instructions: ${bytes}`);
    for (const line of small.map((insn) => `  ${insn.slot}: ${disassemble(insn)}`)) console.log(line);
    console.log(
      `  ours: ${ours(kind, small).text || "accept"}\n  kernel: ${kernel.judge(kind, small).text || "accept"}`,
    );
  }
  const sum = newTally();
  for (const tally of tallies.values()) {
    for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key];
  }
  const round = (t: Tally): Tally => ({ ...t, ms: Math.round(t.ms), kernelMs: Math.round(t.kernelMs) });
  console.table(Object.fromEntries([...tallies, ["all", sum] as const].map(([name, t]) => [name, round(t)])));
  console.log(
    `accept recall ${percent(sum.bothAccept, sum.bothAccept + sum.falseReject)}, reject recall ${percent(sum.bothReject, sum.bothReject + sum.falseAccept)}, same count ${percent(sum.sameCount, sum.bothAccept)}`,
  );
  if (differences > 0) process.exitCode = 1;
}

main();
