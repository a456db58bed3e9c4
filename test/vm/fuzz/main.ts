/**
 * `npm run fuzz:vm -- [--count N] [--first N] [--no-kernel]`: the differential fuzzer, interpreter, WebAssembly with and
 * without checks, and kernel. Output: each mismatch, and one line a thousand programs; exit code 1 when there is one.
 */
import { kernelSkipReason } from "../../kernel/support.js";
import { compareAll } from "./compare.js";

function numberAfter(args: readonly string[], flag: string, otherwise: number): number {
  const at = args.indexOf(flag);
  const value = at < 0 ? otherwise : Number(args[at + 1]);
  if (Number.isInteger(value) && value >= 0) return value;
  process.stderr.write(`fuzz: ${flag} needs a number\n`);
  process.exit(2);
}

const args = process.argv.slice(2);
const count = numberAfter(args, "--count", 2000);
const first = numberAfter(args, "--first", 1);
const reason = args.includes("--no-kernel") ? "--no-kernel" : kernelSkipReason();
if (reason !== undefined) process.stderr.write(`fuzz: without the kernel: ${reason}\n`);
let shown = 0;
const found = compareAll({
  first,
  count,
  kernel: reason === undefined,
  shortage: 16,
  progress(done, { mismatches, refused }) {
    for (; shown < mismatches.length; shown++) process.stdout.write(`${mismatches[shown]}\n`);
    if (done % 1000 === 0)
      process.stdout.write(
        `${done} programs, ${refused.length} refused by the verifier, ${mismatches.length} mismatches\n`,
      );
  },
});
process.stdout.write(`${found.ran} programs compared, ${found.refused.length} refused by the verifier\n`);
for (const text of found.refused.slice(0, 3)) process.stdout.write(`refused ${text}\n`);
process.exitCode = found.mismatches.length > 0 ? 1 : 0;
