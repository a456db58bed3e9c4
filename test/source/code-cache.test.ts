import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { loadCached } from "../../compiler/source/code-cache.js";
import { tempFolder } from "../harness/temp.js";

let dir = "";
let file = "";

/** The caches there are, by use. */
const caches = (): string[] =>
  readdirSync(join(dir, "ebpftsc"))
    .map((name) => name.replace(/^tool\.cjs-[0-9a-f]{24}-/, ""))
    .sort();

beforeEach(() => {
  dir = tempFolder();
  file = join(dir, "tool.cjs");
  writeFileSync(file, "exports.twice = (n) => 2 * n;\n");
  vi.stubEnv("XDG_CACHE_HOME", dir);
  vi.stubEnv("EBPFTSC_NO_CACHE", "");
  return () => vi.unstubAllEnvs();
});

interface Tool {
  twice(n: number): number;
}
const load = (use?: string) => loadCached<Tool>(file, use);

test("each use has its cache; a run that ended early leaves part of one, which a later run completes", () => {
  const first = load("build");
  expect(first.exports.twice(21)).toBe(42);
  first.save(false);
  expect(caches()).toEqual(["build.part.bin"]);
  const second = load("build");
  second.save(false);
  expect(caches()).toEqual(["build.part.bin"]);
  second.save();
  expect(caches()).toEqual(["build.bin"]);
  load("check").save();
  expect(caches()).toEqual(["build.bin", "check.bin"]);
  expect(load("check").exports.twice(4)).toBe(8);
});

test("a file that changed drops all caches of what it was", () => {
  load("build").save();
  load("check").save();
  writeFileSync(file, "exports.twice = (n) => n + n + 0;\n");
  const changed = load("build");
  expect(changed.exports.twice(3)).toBe(6);
  changed.save();
  expect(caches()).toEqual(["build.bin"]);
});

test("a damaged cache is no more than slow, and replaced", () => {
  load().save();
  const name = readdirSync(join(dir, "ebpftsc"))[0] ?? "";
  writeFileSync(join(dir, "ebpftsc", name), "not a cache");
  const again = load();
  expect(again.exports.twice(5)).toBe(10);
  again.save();
  expect(caches()).toEqual(["all.bin"]);
  expect(load().exports.twice(6)).toBe(12);
});

test("a folder that cannot be written only costs time", () => {
  writeFileSync(join(dir, "ebpftsc"), "a file, not a folder");
  const tool = load();
  expect(() => tool.save()).not.toThrow();
  expect(tool.exports.twice(7)).toBe(14);
});
