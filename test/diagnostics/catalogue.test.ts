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

// What no program text can cause (a missing addon, an unusable file) has no example: see diagnostics/cases.test.ts.
const examples = Object.entries(catalogue).flatMap(([code, e]) => (e.example ? [[code, e.example] as const] : []));
const remedies = Object.entries(catalogue).flatMap(([code, e]) => (e.instead ? [[code, e.instead] as const] : []));

describe("examples", () => {
  test.each(examples)("%s: the example raises it and nothing else", (code, example) => {
    const found = codesOf(example);
    expect(found.length).toBeGreaterThan(0);
    for (const f of found) expect(f).toMatch(new RegExp(`^${code} `));
  });
  test.each(remedies)("%s: what to write instead compiles", (_code, instead) => {
    expect(codesOf(instead)).toEqual([]);
  });
});
