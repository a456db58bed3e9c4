/** What `verify:agreement` prints of its counts: a row per corpus, a row per reason, a row per corpus with both times. */
import { basename } from "node:path";
import { explain } from "../../compiler/diagnostics/catalogue.js";
import { tableLines } from "../support/table.js";
import { type Counts, newCounts, type Tally } from "./tally.js";

const percent = (n: number, of: number): string => (of === 0 ? "-" : `${((100 * n) / of).toFixed(2)} %`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const COUNTS = ["both accept", "both reject", "false accept", "false reject"];
/** Programs about which nothing is compared, by whose fault. */
const APART = ["undecided", "policy-refused", "dropped"];

const cells = (c: Counts): string[] => [c.bothAccept, c.bothReject, c.falseAccept, c.falseReject].map(String);
const sum = (reasons: ReadonlyMap<string, number>): number => [...reasons.values()].reduce((a, b) => a + b, 0);

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
  const head = ["corpus", "programs", ...COUNTS, "accept recall", "reject recall", ...APART];
  const rows = [...tallies].map(([path, t]) => {
    const { accept, reject } = recalls(t.counts);
    const apart = [sum(t.undecided), sum(t.policy), sum(t.dropped)].map(String);
    return [basename(path), String(t.programs), ...cells(t.counts), accept, reject, ...apart];
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

/** Why programs are apart: a row per reason and kind. */
function apart(tallies: ReadonlyMap<string, Tally>): string[] {
  const rows = [...tallies.values()].flatMap((t) =>
    [t.undecided, t.policy, t.dropped].flatMap((reasons, i) =>
      [...reasons].map(([why, n]) => [APART[i] ?? "", why, n] as const),
    ),
  );
  const sums = new Map<string, number>();
  for (const [kind, why, n] of rows) sums.set(`${kind}\t${why}`, (sums.get(`${kind}\t${why}`) ?? 0) + n);
  const lines = [...sums].sort(([, a], [, b]) => b - a).map(([key, n]) => [...key.split("\t"), String(n)]);
  return tableLines([["not compared", "why", "programs"], ...lines], numericFrom(2, 3));
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
  return `${[byCorpus, apart, byReason, times].map((of) => `${of(tallies).join("\n")}\n`).join("\n")}${memory}`;
}
