/** Every reason code has a program that raises it. */
import { expect, test } from "vitest";
import { precheckCodes } from "../../compiler/diagnostics/precheck-codes.js";
import { judge } from "./assemble.js";
import { CASES } from "./rules.table.js";

/** Raised by objects, not by bare instructions: test/precheck/object.test.ts, and kernel features that are not modelled. */
const ELSEWHERE = ["EB5012", "EB5022", "EB5099"];

test.each(CASES)("$name: $expected", ({ type, insns, gpl, expected }) => {
  expect(judge(type, insns, gpl)).toBe(expected);
});

test("every code is raised", () => {
  const raised = new Set([...CASES.map((c) => c.expected), ...ELSEWHERE]);
  expect(Object.keys(precheckCodes).filter((code) => !raised.has(code))).toEqual([]);
});
