/** Every reason code has a program that raises it. */
import { expect, test } from "vitest";
import { precheckCodes } from "../../compiler/diagnostics/precheck-codes.js";
import { verify } from "../../compiler/precheck/explore/run.js";
import { judge, subject } from "./assemble.js";
import { CASES } from "./rules.table.js";

/** Raised by objects, not by bare instructions: test/precheck/object.test.ts, kernel features that are not modelled, and logs (EB5025). */
const ELSEWHERE = ["EB5012", "EB5022", "EB5024", "EB5025", "EB5099"];

test.each(CASES)("$name: $expected", ({ type, insns, gpl, expected }) => {
  expect(judge(type, insns, gpl)).toBe(expected);
});

test("every code is raised", () => {
  const raised = new Set([...CASES.map((c) => c.expected), ...ELSEWHERE]);
  expect(Object.keys(precheckCodes).filter((code) => !raised.has(code))).toEqual([]);
});

test("a budget that is used up leaves the program undecided", () => {
  const endless = CASES.find((c) => c.name === "loop of two million rounds");
  const { rejection } = verify(subject("xdp", endless?.insns ?? []), 2, { ms: -1, bytes: 2 ** 31 });
  expect(rejection?.reason).toBe("EB5099");
  expect(rejection?.text).toMatch(/^undecided: budget: the time is used up after \d+ instructions$/);
});
