/**
 * `npm run bench [-- --json] [name...]`: our figures beside our peers'. Names are those of the suites (size, run-time, vm,
 * build-time); all of them without one. Output: a table, or with --json the rows as data. What cannot run is named with
 * its reason on stderr.
 */

import { tableLines } from "../support/table.js";
import { buildTime } from "./build-time.js";
import type { Row, Suite } from "./row.js";
import { runTime } from "./run-time.js";
import { size } from "./size.js";
import { vm } from "./vm.js";

const suites: readonly Suite[] = [size, runTime, buildTime, vm];

function print(rows: readonly Row[]): void {
  const cells = [
    ["name", "unit", "ours", "peer", "ratio", "peer is"],
    ...rows.map((r) => [r.name, r.unit, String(r.ours), String(r.peer), r.ratio.toFixed(2), r.peerName]),
  ];
  for (const line of tableLines(cells, new Set([2, 3, 4]))) process.stdout.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((a) => a !== "--json");
  const unknown = names.find((n) => !suites.some((s) => s.name === n));
  if (unknown !== undefined) {
    process.stderr.write(`bench: no suite "${unknown}"; there are ${suites.map((s) => s.name).join(", ")}\n`);
    return 2;
  }
  const rows: Row[] = [];
  for (const suite of suites.filter((s) => names.length === 0 || names.includes(s.name))) {
    const reason = suite.skip();
    if (reason === undefined) rows.push(...(await suite.run()));
    else process.stderr.write(`bench: ${suite.name} skipped: ${reason}\n`);
  }
  if (args.includes("--json")) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else print(rows);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
