/**
 * Programs that went wrong: seeded mutations of the run cases (tokens dropped, doubled, swapped, replaced). Whatever is
 * written, the compiler answers with an object or with diagnostics at places; it never throws and never blames itself.
 * EBPFTSC_MUTATIONS sets how many (default 150).
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileFile } from "../../compiler/pipeline.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { compileText } from "../harness/snippet.js";

const folder = fileURLToPath(new URL("../run/cases/", import.meta.url));
const sources = readdirSync(folder)
  .filter((f) => f.endsWith(".ts") && f !== "functions.ts")
  .map((f) => readFileSync(`${folder}${f}`, "utf8"));
const COUNT = Number(process.env["EBPFTSC_MUTATIONS"] ?? 150);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);

const TOKENS = [
  "undefined",
  "0",
  "1n",
  "-1",
  "300",
  "1.5",
  "true",
  "null",
  "this",
  "P",
  "ctx",
  "p",
  "u8",
  "u64",
  "Pair",
  "new",
  "=",
  "===",
  "+",
  "/",
  "?.",
  "??",
  "!",
  "&&",
  ";",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  "u64(",
  "P.out",
  "as any",
  "async",
  "await",
  "typeof",
  "...",
  "=>",
  "let x =",
  "return",
  "break",
  "if (",
  "'a'",
  "`${p}`",
  "[0]",
  ".value",
  ".length",
  "u32 | u64",
];

function mutate(text: string, next: () => number): string {
  const parts = text.split(/(\s+|\b|(?=[^\w\s])|(?<=[^\w\s]))/).filter((p) => p !== "");
  const at = (): number => next() % parts.length;
  for (let n = 1 + (next() % 3); n > 0; n--) {
    const i = at();
    const kind = next() % 5;
    if (kind === 0) parts.splice(i, 1);
    else if (kind === 1) parts.splice(i, 0, parts[at()] ?? "");
    else if (kind === 2) parts[i] = parts[at()] ?? "";
    else parts[i] = TOKENS[next() % TOKENS.length] ?? "";
  }
  return parts.join("");
}

test(`${COUNT} mutated programs get an answer`, () => {
  let state = (SEED * 0x9e3779b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const host = new ProgramHost();
  for (let i = 0; i < COUNT; i++) {
    const source = sources[i % sources.length] ?? "";
    const text = mutate(source, next);
    const about = (what: unknown): string => `seed ${SEED}, mutation ${i}: ${String(what)}\n${text}`;
    try {
      const { diagnostics, object } = compileText(text, "v3", host);
      const all = diagnostics.all();
      if (!object && all.length === 0) throw new Error("neither an object nor a diagnostic");
      const ours = all.find((d) => d.code === "EB6004" || (d.code.startsWith("EB") && /\[object|NaN/.test(d.message)));
      if (ours) throw new Error(`${ours.code} ${ours.message}`);
    } catch (error) {
      expect.fail(about(error instanceof Error ? error.stack : error));
    }
  }
});

test("an empty file, and one that is not there", () => {
  expect(
    compileText("")
      .diagnostics.all()
      .map((d) => d.code),
  ).toEqual(["EB3002"]);
  expect(compileFile("/nonexistent/p.ts", { cpu: "v3" }).object).toBeUndefined();
});
