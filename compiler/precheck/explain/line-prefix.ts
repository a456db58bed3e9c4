/**
 * Takes away what log collectors put around the kernel's lines: "svc-1  | ", pod names, timestamps, level=… msg="…", quotes,
 * JSON, colours. What comes before an instruction is learnt from the instructions themselves, so that no list of collectors
 * is needed. Input: the text; output: the kernel's lines.
 */

/** An instruction, wherever it stands in a line, or the statistics at the end. */
const ANCHOR =
  /^(.*?)(?=(?:\d+: \([0-9a-f]{2}\) (?=[a-z*<(]))|processed \d+ insns|from \d+ to \d+(?: \(speculative execution\))?: |libbpf: prog '|; \S.* @ \S+:\d+"?,?$|R\d+ (?:invalid|!read_ok|type=|offset is|min value|max value|unbounded|pointer))/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are what is looked for
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;
/** A kernel's line that has no anchor: used where a log has none. */
const KNOWN =
  /^(?:\[[\d.\s]+\] |\w{3} +\d+ [\d:]+ \S+ \S+: |\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)? +|[\w./-]+ +\| |\s*[|>]+ ?)+/;

/** Severities: one collector's lines have several. */
const LEVEL =
  /^(?:[<[(]?|level=|severity=|lvl=)"?(?:trace|debug|info|notice|warn|warning|err|error|crit|fatal|D|I|W|E|F)"?[\]>):,]*$/i;
/** Lines in which the kernel quotes an instruction that stands elsewhere. */
const QUOTES_INSN = /\bbefore $|\bregs=|\bfirst_idx\b|(?:Reason|Suggestion|At|path):\s*$/;
/** What is left of a line that had no text. */
const EMPTY = /^(?:level=\w+)?(?: \w+=\S+)*$/;

/** How a line of the kernel or of libbpf may begin itself. */
const KERNEL_START = /^(?:;|R\[|invalid|libbpf:|bpf:|func|arg|BPF|Unreleased|At |the |\[A-Za-z0-9\]\+:)/;

const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Patterns for the words of a prefix: numbers differ from line to line, and so do identifiers of digits and letters. */
function shapesOf(prefix: string): string[] {
  return prefix
    .split(/(\s+|")/)
    .filter((part) => part !== "")
    .map((part) => {
      if (/^\s+$/.test(part)) return "\\s+";
      if (LEVEL.test(part)) return "\\S+";
      return part
        .split(/([A-Za-z0-9]*\d[A-Za-z0-9]*)/)
        .map((piece, i) => (i % 2 === 1 ? "[A-Za-z0-9]+" : escapeText(piece)))
        .join("");
    });
}

/** What all lines begin with, where none has an instruction: a reason alone, or a loader's report. */
function commonShape(lines: readonly string[]): string | undefined {
  const [first, ...others] = lines.filter((line) => line.trim() !== "").map(shapesOf);
  if (first === undefined || others.length === 0) return undefined;
  const differs = first.findIndex((shape, i) => others.some((other) => other[i] !== shape));
  const common = first.slice(0, differs < 0 ? first.length - 1 : differs);
  const text = common.join("").replace(/\\s\+$/, "");
  return text === "" || KERNEL_START.test(text) ? undefined : text;
}

/** Patterns of the prefixes of a log, most frequent first. */
function learn(lines: readonly string[]): RegExp[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const prefix = ANCHOR.exec(line)?.[1];
    if (prefix === undefined || prefix.trim() === "" || prefix.length > 300 || QUOTES_INSN.test(prefix)) continue;
    // Of the indentation before an instruction only what its neighbours have too belongs to the collector.
    const shape = shapesOf(prefix.replace(/\s+$/, "")).join("");
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  const learnt = [...counts]
    .filter(([, count], _i, all) => count > 1 || all.length === 1)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([shape]) => shape);
  // Where few lines have an instruction, what all lines share is all there is to learn from.
  const common = learnt.length === 0 || counts.size === 1 ? commonShape(lines) : undefined;
  return [...learnt, ...(common === undefined ? [] : [common])].map((shape) => new RegExp(`^${shape} ?`));
}

const UNESCAPED: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "" };
const withoutEscapes = (text: string): string =>
  text
    .replace(/\\u003c/gi, "<")
    .replace(/\\u003e/gi, ">")
    .replace(/\\u0026/gi, "&")
    .replace(/\\(.)/g, (_all, c: string) => UNESCAPED[c] ?? c);

/**
 * The text of a line whose prefix opens a quotation, without its escapes: up to a quote that ends the line or comes before
 * the next field, else up to the last one (the kernel's own lines have quotes too).
 */
function unquoted(rest: string, quote: string): string {
  const closing = new RegExp(`(?<!\\\\)${quote}(?=\\s*,?\\s*$|\\s*[\\]}]+,?$|,\\s*"|\\s+[\\w.]+=)`).exec(rest);
  const end = closing?.index ?? rest.lastIndexOf(quote);
  return withoutEscapes(end < 0 ? rest : rest.slice(0, end));
}

function strip(line: string, prefixes: readonly RegExp[]): string {
  for (const prefix of prefixes) {
    const found = prefix.exec(line);
    if (found === null) continue;
    const quote = /(["'`]) ?$/.exec(found[0])?.[1];
    const rest = line.slice(found[0].length);
    return quote === undefined ? rest : unquoted(rest, quote);
  }
  return EMPTY.test(line) ? "" : line.replace(KNOWN, "");
}

/** A log in one line, as JSON and structured loggers write it: its line breaks are the two characters "\n". */
function brokenUp(text: string): string {
  if (!/\\n\s*(?:\d+: (?:\([0-9a-f]{2}\)|R\d)|;|processed \d)/.test(text)) return text;
  return text.replace(/\\\\n/g, "\\n").replace(/\\n/g, "\n").replace(/\\t/g, "\t").replace(/\\"/g, '"');
}

/**
 * @example kernelLines('web-1  | 0: (95) exit\nweb-1  | R0 !read_ok') // ["0: (95) exit", "R0 !read_ok"]
 */
export function kernelLines(text: string): string[] {
  // Some reasons end without a line break.
  const ended = text.replace(COLOURS, "").replace(/([^\s"'>|:])(?=processed \d+ insns \(limit)/g, "$1\n");
  const lines = brokenUp(ended).split(/\r?\n/);
  const prefixes = learn(lines);
  return lines.map((line) =>
    strip(line, prefixes)
      .replace(/^libbpf: (?=\d+: |R\d+ |; )/, "")
      .trimEnd(),
  );
}
