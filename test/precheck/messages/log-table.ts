/**
 * The table of kernel messages: logs with the code, place, sentence and remedy that they are explained by, for a program of C
 * and for one of TypeScript. Rows are blocks of kernel-messages.txt: "### name | origin", the log, "--- code slot line", then
 * "c: " and "ts: " with the sentence, each followed by its remedy. Origins: "own" is this project's programs on 6.18, "guest" the same on
 * another kernel, "reconstructed" a form that is documented of that kernel.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Told {
  readonly sentence: string;
  readonly remedy: string;
}
export interface Row {
  readonly name: string;
  readonly origin: string;
  readonly log: string;
  readonly code: string;
  /** "-" where the log has none. */
  readonly slot: string;
  readonly line: string;
  readonly c: Told;
  readonly typescript: Told;
}

export const FILE = join(import.meta.dirname, "kernel-messages.txt");

/** Lines of the file before its first row. */
export function headOf(text: string): string {
  return text.slice(0, text.indexOf("### "));
}

export function readTable(text = readFileSync(FILE, "utf8")): Row[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((block) => {
      const [head = "", ...rest] = block.split("\n");
      const [name = "", origin = ""] = head.split(" | ");
      const [log = "", told = ""] = rest.join("\n").split(/^--- /m);
      const [place = "", ...lines] = told.trimEnd().split("\n");
      const [code = "", slot = "", line = ""] = place.split(" ");
      const of = (prefix: string): Told => {
        const at = lines.findIndex((text) => text.startsWith(`${prefix}: `));
        return { sentence: lines[at]?.slice(prefix.length + 2) ?? "", remedy: lines[at + 1]?.trim() ?? "" };
      };
      return { name, origin, log, code, slot, line, c: of("c"), typescript: of("ts") };
    });
}

export function writeTable(rows: readonly Row[], head: string): string {
  const block = (row: Row): string =>
    [
      `### ${row.name} | ${row.origin}`,
      row.log.trimEnd(),
      `--- ${row.code} ${row.slot} ${row.line}`,
      `c: ${row.c.sentence}`,
      `  ${row.c.remedy}`,
      `ts: ${row.typescript.sentence}`,
      `  ${row.typescript.remedy}`,
    ].join("\n");
  return `${head}${rows.map(block).join("\n")}\n`;
}

/** Lines of TypeScript that stand for those of C. */
const LINES: readonly (readonly [RegExp, string])[] = [
  [/lookup/, "const count = P.stats.lookup(key);"],
  [/reserve/, "const record = P.events.reserve();"],
  [/->data\b/, "const eth = ctx.packet.at(EthHdr, 0);"],
  [/^if|\bif ?\(/, "if (eth === undefined) return XdpAction.Pass;"],
];

/** The same log, of a program of TypeScript: its source lines and their file change, numbers and registers do not. */
export function inTypescript(log: string): string {
  const lines = log.split("\n").map((line) => {
    const source = /^; ?(.*?)(?: @ \S+:(\d+))?$/.exec(line);
    if (source === null) return line;
    const text = LINES.find(([pattern]) => pattern.test(source[1] ?? ""))?.[1] ?? "return XdpAction.Drop === verdict;";
    return source[2] === undefined ? `; ${text}` : `; ${text} @ program.ts:${source[2]}`;
  });
  // A log without source lines does not say the language: one line more does.
  if (!log.includes("\n; ") && !log.startsWith("; ")) lines.unshift("; const verdict = XdpAction.Pass;");
  return lines.join("\n");
}

/** What log collectors make of a line; `n` is its number. */
export const PREFIXES: readonly { readonly name: string; readonly of: (line: string, n: number) => string }[] = [
  { name: "docker compose", of: (line) => `bpf-agent-1  | ${line}` },
  { name: "pod and container", of: (line) => `[pod/cilium-x7k2p/cilium-agent] ${line}` },
  {
    name: "timestamps",
    of: (line, n) => `2026-11-28T09:${`${n % 60}`.padStart(2, "0")}:31.${100 + (n % 800)}Z ${line}`,
  },
  { name: "journald", of: (line, n) => `Nov 28 09:${`${n % 60}`.padStart(2, "0")}:00 node-3 agent[8281]: ${line}` },
  {
    name: "logfmt",
    of: (line, n) =>
      `level=${n % 7 === 0 ? "error" : "warning"} msg="${line.replace(/["\\]/g, "\\$&").replace(/\t/g, "\\t")}" subsys=datapath-loader`,
  },
  {
    name: "time and logfmt",
    of: (line, n) =>
      `time="2026-11-28T09:1${n % 10}:00Z" level=info msg="${line.replace(/["\\]/g, "\\$&").replace(/\t/g, "\\t")}"`,
  },
  { name: "quotes", of: (line) => `"${line.replace(/["\\]/g, "\\$&").replace(/\t/g, "\\t")}",` },
  { name: "mail", of: (line) => `> ${line}` },
  { name: "table", of: (line) => `  | ${line}` },
  { name: "dmesg", of: (line, n) => `[   ${12 + n}.${100000 + n}] ${line}` },
  { name: "colours", of: (line) => `\u001b[33mworker\u001b[0m: ${line}` },
  { name: "carriage returns", of: (line) => `${line}\r` },
];
