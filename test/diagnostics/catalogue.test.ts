/** Every code's example raises exactly that code, and what the catalogue says to write instead compiles. */
import { describe, expect, test } from "vitest";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { compileText, snippet } from "../harness/snippet.js";

const host = new ProgramHost();
const codesOf = (members: string): string[] => {
  const { text, cpu } = snippet(members);
  const found = compileText(text, cpu, host).diagnostics.all();
  return [...new Set(found.map((d) => `${d.code} ${d.message}`))];
};

describe.each(Object.entries(catalogue))("%s", (code, entry) => {
  test.skipIf(entry.example === undefined)("the example raises it and nothing else", () => {
    const found = codesOf(entry.example ?? "");
    expect(found.length).toBeGreaterThan(0);
    for (const f of found) expect(f).toMatch(new RegExp(`^${code} `));
  });
  test.skipIf(entry.instead === undefined)("what to write instead compiles", () => {
    expect(codesOf(entry.instead ?? "")).toEqual([]);
  });
});
