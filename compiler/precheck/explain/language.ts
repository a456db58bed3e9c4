/** The language that a program is written in, from what a log or line info shows of its source. */
export type Language = "c" | "typescript";

/** A remedy, or one for each language where they differ. */
export type Remedy = string | Readonly<Record<Language, string>>;

export function remedyIn(language: Language, remedy: Remedy | undefined): string | undefined {
  return typeof remedy === "string" ? remedy : remedy?.[language];
}

const TS_FILE = /\.[cm]?tsx?$/;
const C_FILE = /\.(c|h|cc|cpp|cxx|hpp|rs|go|bt|zig)$/i;

/** What only one of the languages writes: declarations, arrows, `===`, the names of our library. */
const TS_TEXT =
  /^\s*(?:export |static )?(?:const|let)\s+[A-Za-z_$][\w$]*\s*(?::\s*[\w<>, |[\]]+)?\s*=|^\s*(?:const|let)\s*[[{]|[!=]==|=>|\bXdpAction\.|\bTcAction\.|\bconsole\.log\(|\bctx\.packet\b|\?\.\w|\bundefined\b|\bthis\./;
const C_TEXT =
  /->|\bSEC\(|\bstruct \w+ \*?\w|\(void \*\)|\b(?:__)?[us](?:8|16|32|64) \*?\w+\s*[=;,)]|\b(?:int|unsigned|char|long) \*?\w+|\bsizeof\b|\bNULL\b|&\w+[,)]|^\s*\*\w+/;

/** @example languageOf([{ file: "firewall.ts", text: "" }]) // "typescript" */
export function languageOf(places: Iterable<{ readonly file: string; readonly text: string }>): Language {
  let typescript = 0;
  let c = 0;
  for (const { file, text } of places) {
    if (TS_FILE.test(file)) return "typescript";
    if (C_FILE.test(file)) return "c";
    if (TS_TEXT.test(text)) typescript++;
    if (C_TEXT.test(text)) c++;
  }
  return typescript > c ? "typescript" : "c";
}
