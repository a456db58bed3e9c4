/**
 * `npm run verify:soundness -- [--seed N] [--inputs N] [--per N]`: programs that the pre-check accepts run in the interpreter on
 * random inputs; no run may fault, no value may contradict a fact. Output: counts; exit code 1 at a contradiction.
 */
import { type Counts, checkSeed } from "./check.js";

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

function main(): void {
  const inputs = option("inputs", 100_000);
  const per = option("per", 20);
  let seed = option("seed", 1);
  if (![inputs, per, seed].every(Number.isSafeInteger)) {
    console.error("usage: npm run verify:soundness -- [--seed N] [--inputs N] [--per N]");
    process.exitCode = 2;
    return;
  }
  const counts: Counts = { programs: 0, runs: 0, values: 0, kernelWrong: 0 };
  const wrong: string[] = [];
  for (; counts.runs < inputs && wrong.length < 20; seed++) {
    const found = checkSeed(seed, per, counts);
    if (found !== undefined) wrong.push(found);
  }
  for (const line of wrong) console.log(line);
  console.log(
    `${counts.programs} programs, ${counts.runs} runs, ${counts.values} values compared, ${wrong.length} contradictions`,
  );
  if (wrong.length > 0) process.exitCode = 1;
}

main();
