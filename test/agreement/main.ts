/**
 * `npm run verify:agreement -- [--json] [--limit N] PATH...`: the pre-check's verdicts beside the kernel's.
 * Input: labelled programs (verifier-random.jsonl.gz, kernel-verdicts.jsonl.gz). Output: counts, recalls, differences.
 */
import { createReadStream } from "node:fs";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { verify } from "../../compiler/precheck/explore/run.js";
import type { MapFacts } from "../../compiler/precheck/program.js";
import { decode, EncodingError } from "../../runtime/isa/index.js";

interface RawMap {
  readonly name: string;
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly max: number;
  readonly flags: number;
}
interface Row {
  readonly id: number;
  readonly type: string;
  readonly type_id: number;
  readonly attach: number;
  readonly insns: string;
  readonly verdict: string;
  readonly processed: number | null;
  readonly last?: string;
}

const mapFacts = (m: RawMap): MapFacts => ({ name: m.name, type: m.type, keySize: m.key, valueSize: m.value, maxEntries: m.max, flags: m.flags });

interface Tally {
  programs: number;
  bothAccept: number;
  bothReject: number;
  falseAccept: number;
  falseReject: number;
  undecided: number;
  ms: number;
  kernelMs: number;
  sameCount: number;
  differences: { path: string; program: string; ours: string; kernel: string }[];
}

async function random(path: string, limit: number, tally: Tally): Promise<void> {
  const lines = createInterface({ input: path.endsWith(".gz") ? createReadStream(path).pipe(createGunzip()) : createReadStream(path) });
  let maps: MapFacts[] | undefined;
  for await (const line of lines) {
    if (maps === undefined) {
      maps = (JSON.parse(line) as { maps: RawMap[] }).maps.map(mapFacts);
      continue;
    }
    if (tally.programs >= limit) break;
    const row = JSON.parse(line) as Row;
    tally.programs++;
    const started = performance.now();
    let ours: string | undefined;
    let processed = 0;
    try {
      const { rejection, cost } = verify(
        { type: row.type_id, attachType: row.attach, insns: decode(Buffer.from(row.insns, "hex")), maps, gpl: true, sleepable: false, functions: [] },
        cpus().length,
      );
      processed = cost.processed;
      if (rejection !== undefined) ours = `${rejection.reason} ${rejection.text} @${rejection.insn}`;
    } catch (error) {
      if (!(error instanceof EncodingError)) throw new Error(`program ${row.id}`, { cause: error });
      ours = error.message;
    }
    const ms = performance.now() - started;
    tally.ms += ms;
    const accept = ours === undefined;
    if (accept && row.verdict === "accept") {
      tally.bothAccept++;
      if (processed === row.processed) tally.sameCount++;
    } else if (!accept && row.verdict === "reject") tally.bothReject++;
    else {
      if (ours?.startsWith("EB5099")) tally.undecided++;
      else if (accept) tally.falseAccept++;
      else tally.falseReject++;
      tally.differences.push({ path, program: `${row.id}`, ours: ours ?? `accept (${processed})`, kernel: row.last ?? `accept (${row.processed})` });
    }
  }
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const json = args.includes("--json");
  const at = args.indexOf("--limit");
  const limit = at < 0 ? Number.POSITIVE_INFINITY : Number(args[at + 1]);
  const paths = args.filter((arg, i) => !arg.startsWith("--") && (at < 0 || i !== at + 1));
  if (paths.length === 0) {
    console.error("usage: npm run verify:agreement -- [--json] [--limit N] PATH...");
    process.exitCode = 2;
    return;
  }
  const tally: Tally = { programs: 0, bothAccept: 0, bothReject: 0, falseAccept: 0, falseReject: 0, undecided: 0, ms: 0, kernelMs: 0, sameCount: 0, differences: [] };
  for (const path of paths) await random(path, limit, tally);
  const { differences, ...counts } = tally;
  if (json) console.log(JSON.stringify({ ...counts, differences }));
  else {
    console.log(counts);
    for (const d of differences.slice(0, 60)) console.log(`${d.program}: ours ${d.ours} | kernel ${d.kernel}`);
  }
}

await main();
