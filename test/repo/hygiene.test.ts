/** Small rules about files that nobody should have to remember. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filesBelow, read, trackedFiles } from "../harness/files.js";

const SOURCES = ["compiler", "runtime", "stdlib", "native", "examples", "scripts", "test"];
const MAX_LINES = 500;
/** Tables and generated files may be longer; each says why. */
const LONG: Readonly<Record<string, string>> = {};

const lines = (path: string): number => read(path).split("\n").length;

describe("sources", () => {
  const sources = SOURCES.flatMap((f) => filesBelow(f, /\.(ts|mts|mjs|cc|h|c|sh)$/));

  test(`no file is longer than ${MAX_LINES} lines, tables and generated files aside`, () => {
    const long = sources.filter((f) => LONG[f] === undefined && !/GENERATED/.test(read(f).slice(0, 400)));
    expect(long.filter((f) => lines(f) > MAX_LINES).map((f) => `${f}: ${lines(f)}`)).toEqual([]);
  });

  test("exemptions are needed", () => {
    expect(Object.keys(LONG).filter((f) => lines(f) <= MAX_LINES)).toEqual([]);
  });

  test("half of the files of the product are shorter than 100 lines", () => {
    const product = sources.filter((f) => /^(compiler|runtime|stdlib|native)\//.test(f)).map(lines);
    const sorted = product.sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
  });

  test("every module opens with a comment that says what it is", () => {
    const product = sources.filter(
      (f) => /^(compiler|runtime|stdlib|native|scripts)\//.test(f) && /\.(ts|mjs)$/.test(f),
    );
    expect(product.filter((f) => !/^(#!.*\n)?\s*(\/\*\*|\/\/)/.test(read(f)))).toEqual([]);
  });
});

test("only one file of the command line writes to a stream", () => {
  const writes = /process\.std(out|err)\.write|console\.(log|error|warn|info)\(/;
  const commands = filesBelow("compiler/cli", /\.ts$/);
  expect(commands.filter((f) => writes.test(read(f)))).toEqual(["compiler/cli/output.ts"]);
});

test("no file names a machine's own folders", () => {
  // Split so that this file does not name them either.
  const places = new RegExp(
    [["", "work", "(main|wt-|shared)"].join("/"), "/root/\\.", "/home/[a-z]+/\\.(npm|cache)"].join("|"),
  );
  const found = trackedFiles().filter(
    (f) => f !== "test/repo/hygiene.test.ts" && !/\.(node|pcap|o|gz|fuzz)$/.test(f) && places.test(read(f)),
  );
  expect(found).toEqual([]);
});

test("the lock file names no host: any registry or mirror serves it", () => {
  const lock = read("package-lock.json");
  expect(lock).not.toMatch(/"resolved":/);
  expect(lock).not.toMatch(/https?:\/\/(?!github\.com|opencollective|.*funding|[^"]*sponsor)[^"]*\.tgz/);
  const entries: Record<string, { version?: string; integrity?: string; link?: boolean }> = JSON.parse(lock).packages;
  const bare = Object.entries(entries).filter(([path, p]) => path !== "" && !p.link && (!p.version || !p.integrity));
  expect(bare.map(([path]) => path)).toEqual([]);
});

test("tests measure no time", () => {
  // Thresholds on the clock fail on a busy machine; the bench reports times, tests do not judge them.
  const judged = /expect\([^)]*(performance\.now|Date\.now|elapsed|\bms\b)[^)]*\)\.to(BeLess|BeGreater)/;
  expect(
    filesBelow("test", /\.test\.ts$/).filter((f) => f !== "test/repo/hygiene.test.ts" && judged.test(read(f))),
  ).toEqual([]);
});

test("every script of package.json that runs compiled code finds it", () => {
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  const run = Object.values(scripts).flatMap((line) => [...line.matchAll(/dist\/\S+\.c?js/g)].map(([file]) => file));
  expect(run.length).toBeGreaterThan(6);
  expect(run.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)))).toEqual([]);
});
