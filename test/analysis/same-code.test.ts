/** What is told at the source would be refused in the object too, for the same reason and under the same code. */
import { expect, test } from "vitest";
import { precheckCodes } from "../../compiler/diagnostics/precheck-codes.js";
import { precheck } from "../../compiler/precheck/index.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { snippet } from "../harness/snippet.js";
import { compileAnyway } from "./compile.js";

const host = new ProgramHost();
const rejections = (object: Uint8Array): (string | undefined)[] =>
  precheck(object).flatMap(({ verdict, code }) => (verdict === "accept" ? [] : [code]));

/** Told before there is a module, or by the back end, which makes no object then. */
const NO_OBJECT = ["EB5003", "EB5006", "EB5016", "EB5017"];
const examples = Object.entries(precheckCodes).flatMap(([code, entry]) =>
  "example" in entry ? [[code, entry.example, entry.instead] as const] : [],
);

test("every code is one or the other", () => {
  const codes = examples.map(([code]) => code);
  expect(codes).toEqual([...NO_OBJECT, "EB5008", "EB5011", "EB5020"].sort());
});

test.each(examples.filter(([code]) => !NO_OBJECT.includes(code)))(
  "%s: analysis and pre-check agree",
  (code, example) => {
    const { told, object } = compileAnyway(snippet(example).text, host);
    expect(told.map((t) => t.split(" ")[0])).toEqual([code]);
    expect(rejections(object)).toEqual([code]);
  },
);

test.each(examples)("%s: the pre-check accepts what to write instead", (_code, _example, instead) => {
  const { told, object } = compileAnyway(snippet(instead).text, host);
  expect(told).toEqual([]);
  expect(rejections(object)).toEqual([]);
});
