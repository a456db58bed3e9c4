/** No test passes without having asserted: neither by returning early nor by having nothing to assert. */
import { describe, expect, test } from "vitest";
import { filesBelow, read } from "../harness/files.js";
import { silentTests } from "./silent-tests.js";

test("no test of the repository is silent", () => {
  const files = ["test", "examples", "runtime", "compiler"].flatMap((folder) => filesBelow(folder, /\.test\.ts$/));
  expect(files.length).toBeGreaterThan(80);
  const found = files.flatMap((f) => silentTests(read(f)).map(({ line, why }) => `${f}:${line} ${why}`));
  expect(found).toEqual([]);
});

describe("the finder", () => {
  test.each([
    ['test("a", () => { if (x) return; expect(1).toBe(y); });', "returns before it asserts"],
    [
      'test.each(a)("a", async (x) => { const o = compiled(x); if (skip) return; expect(o).toBe(y); });',
      "returns before it asserts",
    ],
    [
      'test.skipIf(s)("a", () => { for (const x of y) if (x) return; expect(1).toBe(y); });',
      "returns before it asserts",
    ],
    ['test("a", () => { run(); });', "asserts nothing"],
    ['test("a", () => { fc.property(a, (x) => x > 1); });', "asserts nothing"],
    ['const helper = () => { run(); }; test("a", () => { helper(); });', "asserts nothing"],
  ])("finds %s", (text, why) => {
    expect(silentTests(text).map((s) => s.why)).toEqual([why]);
  });

  test.each([
    'test("a", () => { expect(x).toBe(1); if (y) return; expect(z).toBe(1); });',
    'test("a", ({ skip }) => { if (y) skip("no kernel"); expect(z).toBe(1); });',
    'test("a", () => { list.filter((x) => { if (x) return; y(); }); expect(z).toBe(1); });',
    'const same = (x) => { expect(x).toBe(1); }; test("a", () => { same(2); });',
    'function outer() { same(); } function same() { expect(1).toBe(x); } test("a", () => outer());',
    'test("a", () => { fc.assert(property); });',
    'test("a", () => { if (x) throw new Error(); });',
    'describe("d", () => { if (x) return; test("a", () => { expect(1).toBe(x); }); });',
    'test("a", () => expect(x).toBe(1));',
  ])("leaves %s", (text) => {
    expect(silentTests(text)).toEqual([]);
  });
});
