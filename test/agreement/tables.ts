/** What `verify:agreement` prints of its counts: a row per corpus, a row per reason, a row per corpus with both times. */
import { basename } from "node:path";
import { explain } from "../../compiler/diagnostics/catalogue.js";
import { tableLines } from "../support/table.js";
import { type Counts, newCounts, type Tally } from "./tally.js";

const percent = (n: number, of: number): string => (of === 0 ? "-" : `${((100 * n) / of).toFixed(2)} %`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const COUNTS = ["both accept", "both reject", "false accept", "false reject", "undecided"];

const cells = (c: Counts): string[] =>
  [c.bothAccept, c.bothReject, c.falseAccept, c.falseReject, c.undecidedAccept + c.undecidedReject].map(String);

/** Columns of numbers, [first, end). */
const numericFrom = (first: number, end: number): ReadonlySet<number> =>
  new Set(Array.from({ length: end - first }, (_, i) => first + i));

/** Undecided counts as wrong, whatever the kernel says. */
export function recalls(c: Counts): { readonly accept: string; readonly reject: string } {
  return {
    accept: percent(c.bothAccept, c.bothAccept + c.falseReject + c.undecidedAccept),
    reject: percent(c.bothReject, c.bothReject + c.falseAccept + c.undecidedReject),
  };
}

function byCorpus(tallies: ReadonlyMap<string, Tally>): string[] {
  const head = ["corpus", "programs", ...COUNTS, "accept recall", "reject recall", "no verdict"];
  const rows = [...tallies].map(([path, t]) => {
    const { accept, reject } = recalls(t.counts);
    return [basename(path), String(t.programs), ...cells(t.counts), accept, reject, String(t.notLoaded)];
  });
  return tableLines([head, ...rows], numericFrom(1, head.length));
}

function byReason(tallies: ReadonlyMap<string, Tally>): string[] {
  const all = new Map<string, Counts>();
  for (const { reasons } of tallies.values())
    for (const [reason, counts] of reasons) {
      const sum = all.get(reason) ?? newCounts();
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key];
      all.set(reason, sum);
    }
  const head = ["reason", "both reject", "false accept", "false reject", "undecided", "reject recall", "is"];
  const rows = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, c]) => [
      reason,
      ...[c.bothReject, c.falseAccept, c.falseReject, c.undecidedAccept + c.undecidedReject].map(String),
      recalls(c).reject,
      explain(reason)?.title ?? "",
    ]);
  return tableLines([head, ...rows], numericFrom(1, 6));
}

function times(tallies: ReadonlyMap<string, Tally>): string[] {
  const head = ["corpus", "ours, all", "timed", "ours", "kernel", "times the kernel's", "slowest"];
  head.push("walks as many", "more", "fewer");
  const rows = [...tallies].map(([path, t]) => [
    basename(path),
    seconds(t.ms),
    String(t.timed),
    seconds(t.timedMs),
    seconds(t.kernelMs),
    t.kernelMs === 0 ? "-" : (t.timedMs / t.kernelMs).toFixed(2),
    seconds(t.slowestMs),
    ...[t.same, t.more, t.fewer].map(String),
  ]);
  return tableLines([head, ...rows], numericFrom(1, head.length));
}

/** All three, and the most memory that the process has held, as text. */
export function tables(tallies: ReadonlyMap<string, Tally>): string {
  const memory = `peak memory of the process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`;
  return `${[byCorpus, byReason, times].map((of) => `${of(tallies).join("\n")}\n`).join("\n")}${memory}`;
}
