/**
 * `verify --explain-log` on the table of kernel messages: each row in C and in TypeScript, alone and as log collectors print it.
 * EBPFTSC_UPDATE=1 writes the table anew from what is said now: read the difference before it is committed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codeHelp } from "../../../compiler/precheck/explain/code-help.js";
import { type Explanation, explainLog, type Language, Reason } from "../../../compiler/precheck/index.js";
import { FILE, headOf, inTypescript, PREFIXES, type Row, readTable, type Told, writeTable } from "./log-table.js";

const LANGUAGES: readonly Language[] = ["c", "typescript"];
const logOf = (row: Row, language: Language): string => (language === "c" ? row.log : inTypescript(row.log));
const placeOf = ({ code, at }: Explanation): string => `${code ?? "-"} ${at?.insn ?? "-"} ${at?.source?.line || "-"}`;
/** Names of the kernel's own, which both languages say. */
const KERNEL_NAMES =
  /\b(?:struct|enum|kernel function|union) (?:\w|::)+|net\.core\.\w+|__bpf_trap|BPF_PROG_TYPE_NETFILTER/g;
const toldBy = (explanation: Explanation | undefined): Told => ({
  sentence: explanation?.sentence ?? "",
  remedy: explanation?.remedy ?? "",
});

if (process.env["EBPFTSC_UPDATE"] === "1") {
  const text = readFileSync(FILE, "utf8");
  const rows = readTable(text).map((row): Row => {
    const { explanation } = explainLog(row.log);
    const [code = "", slot = "", line = ""] = explanation === undefined ? [] : placeOf(explanation).split(" ");
    const typescript = toldBy(explainLog(inTypescript(row.log)).explanation);
    return { ...row, code, slot, line, c: toldBy(explanation), typescript };
  });
  writeFileSync(FILE, writeTable(rows, headOf(text)));
}
const ROWS = readTable();
const titled = ROWS.map((row) => ({ ...row, title: `${row.name} (${row.origin})` }));

/** What belongs to one language only: its words for no value, its libraries, its syntax. */
const C_ONLY =
  /\bNULL\b|\bbpf_\w+|->|\bSEC\(|\bstruct bpf_|__\w+\(|\bsizeof\b|asm volatile|#pragma|\bBPF_[A-Z]|-Wall|-mcpu|`static|data_end\b|\bint\b/;
const TS_ONLY =
  /\bundefined\b|===|\bctx\.\w+\.?\w*\(|`ctx\.packet|\b(?:PerCpuArray|RingBuf|HashMap|readKernel|readUser|storeBytes|loadBytes|adjustHead|adjustTail|console\.log|lookupOrInit|packet\.at)\b|`(?:reserve|submit|discard|lookup|update|tail|u32|new)`|@global|export const|--cpu/;

describe("the table", () => {
  test("has kernels from 4.14 to 7.3, own logs, guests' and documented forms", () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(60);
    const origins = ROWS.map(({ origin }) => origin.split(" "));
    for (const kind of ["own", "guest", "reconstructed"]) expect(origins.some(([k]) => k === kind)).toBe(true);
    for (const kernel of ["4.14", "4.19", "5.4", "5.15", "6.1", "6.12", "6.18", "7.3"])
      expect(
        origins.some(([, version]) => version === kernel),
        kernel,
      ).toBe(true);
    const messages = new Set(
      ROWS.map(({ log, code }) => `${code}${explainLog(log).explanation?.message.replace(/\d+/g, "N")}`),
    );
    expect(messages.size).toBeGreaterThanOrEqual(60);
  });

  test.each(titled)("$title", (row) => {
    for (const language of LANGUAGES) {
      const { explanation } = explainLog(logOf(row, language));
      expect(explanation, language).toBeDefined();
      if (explanation === undefined) continue;
      expect(explanation.language).toBe(language);
      expect(placeOf(explanation)).toBe(`${row.code} ${row.slot} ${row.line}`);
      expect(toldBy(explanation)).toEqual(row[language]);
    }
  });

  test.each(titled)("$title: code, sentence and remedy; nothing of the other language", (row) => {
    expect(row.code).toMatch(/^EB50\d\d$/);
    for (const language of LANGUAGES) {
      const { sentence, remedy } = row[language];
      expect(sentence).not.toMatch(/^The kernel says|NaN|\bundefined bytes|\$\d|\[object/);
      expect(sentence).not.toMatch(/^Bpf_/);
      expect(sentence).toMatch(/[.…]$/);
      expect(remedy.length).toBeGreaterThan(10);
      expect(`${sentence}\n${remedy}`.replace(KERNEL_NAMES, "")).not.toMatch(language === "c" ? TS_ONLY : C_ONLY);
    }
  });
});

describe("what collectors put around the kernel's lines", () => {
  test.each(PREFIXES)("$name", ({ of }) => {
    for (const row of ROWS) {
      for (const language of LANGUAGES) {
        const log = logOf(row, language);
        const plain = explainLog(log);
        const wrapped = explainLog(log.split("\n").map(of).join("\n"));
        const title = `${row.name} (${row.origin}), ${language}`;
        expect(wrapped.explanation?.code, title).toBe(plain.explanation?.code);
        expect(wrapped.explanation?.at, title).toEqual(plain.explanation?.at);
        expect(wrapped.explanation?.sentence, title).toBe(plain.explanation?.sentence);
        expect(wrapped.explanation?.remedy, title).toBe(plain.explanation?.remedy);
        expect(wrapped.explanation?.path, title).toEqual(plain.explanation?.path);
      }
    }
  });

  test("a log in one line of JSON", () => {
    for (const row of ROWS) {
      const wrapped = JSON.stringify({ level: "error", msg: `load program:\n${row.log}` });
      const { explanation } = explainLog(wrapped);
      expect(explanation?.code, row.name).toBe(row.code);
    }
  });
});

test("every reason has a remedy in both languages, each in its own words", () => {
  for (const reason of Object.values(Reason)) {
    const help = codeHelp(reason);
    if (help === undefined || typeof help === "string") throw new Error(`${reason} has no remedy`);
    expect(help.c, reason).not.toMatch(TS_ONLY);
    // The catalogue's help for TypeScript is also what build prints.
    expect(help.typescript, reason).not.toMatch(C_ONLY);
  }
});
