/**
 * A file per code: `// error: EBnnnn` on each line that must raise it, and nothing anywhere else. On the first line the
 * marker means a diagnostic without a place; `cpu: vN` there sets the instruction set.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { precheckCodes } from "../../compiler/diagnostics/precheck-codes.js";
import { compileFile } from "../../compiler/pipeline.js";
import { ProgramHost } from "../../compiler/source/program.js";
import type { BpfCpu } from "../../native/llvm/index.js";

const folder = fileURLToPath(new URL("./cases/", import.meta.url));
const files = readdirSync(folder).filter((f) => f.endsWith(".ts"));
const host = new ProgramHost();

/** Codes that no program raises, with where they are tested instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  EB4004: "test/diagnostics/backend.test.ts",
  ...Object.fromEntries(
    Object.entries(precheckCodes).flatMap(([code, entry]) => ("example" in entry ? [] : [[code, "test/precheck"]])),
  ),
  EB6001: "test/diagnostics/backend.test.ts",
  EB6002: "test/cli",
  EB6003: "test/cli",
  EB6004: "test/diagnostics/backend.test.ts",
};

test("every code has a file, or is tested elsewhere", () => {
  const covered = new Set([...files.map((f) => f.slice(0, 6)), ...Object.keys(ELSEWHERE)]);
  expect(Object.keys(catalogue).filter((code) => !covered.has(code))).toEqual([]);
});

test.each(files)("%s", (name) => {
  const text = readFileSync(`${folder}${name}`, "utf8");
  const lines = text.split("\n");
  const expected = lines.flatMap((line, i) => {
    const codes = /\/\/.*?error: ((?:EB\d{4} ?)+)/.exec(line)?.[1]?.trim().split(" ") ?? [];
    return codes.map((code) => `${i === 0 ? 0 : i + 1} ${code}`);
  });
  const cpu = (/cpu: (v[1-4])/.exec(lines[0] ?? "")?.[1] ?? "v3") as BpfCpu;
  const found = compileFile(`${folder}${name}`, { cpu }, host).diagnostics.all();
  expect(found.map((d) => `${d.span?.line ?? 0} ${d.code}`)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(0);
  for (const d of found) expect(d.message).not.toMatch(/\[object|NaN/);
});
