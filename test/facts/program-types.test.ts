/** Every program type has one row, and rows fit what the kernel was measured to do. */
import { describe, expect, test } from "vitest";
import { SECTIONS } from "../../runtime/elf/index.js";
import { CONTEXT_ROWS } from "../../runtime/facts/contexts.js";
import {
  AttachTypeId,
  PROGRAM_TYPE_NAMES,
  PROGRAM_TYPES,
  ProgramTypeId,
  programTypeFacts,
} from "../../runtime/facts/program-types/index.js";
import { older } from "../../runtime/facts/versions.js";

test("numbers are 1 to 32 without gaps, and lead to their rows", () => {
  expect(PROGRAM_TYPE_NAMES.map((name) => PROGRAM_TYPES[name].id)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  for (const name of PROGRAM_TYPE_NAMES) {
    expect(ProgramTypeId[name], name).toBe(PROGRAM_TYPES[name].id);
    expect(programTypeFacts(ProgramTypeId[name]), name).toBe(PROGRAM_TYPES[name]);
  }
  expect(programTypeFacts(0)).toBeUndefined();
});

describe("sections", () => {
  test("a name is one type's, and every type has one", () => {
    const names = SECTIONS.map((row) => row.match);
    expect(new Set(names).size).toBe(names.length);
    expect(PROGRAM_TYPE_NAMES.filter((name) => PROGRAM_TYPES[name].sections.length === 0)).toEqual([]);
  });
  test("none is older than its type", () => {
    expect(SECTIONS.filter((row) => row.type !== "unspec" && older(row.since, PROGRAM_TYPES[row.type].since))).toEqual(
      [],
    );
  });
  test("attach types are the kernel's, without gaps", () => {
    expect(Object.values(AttachTypeId)).toEqual(Array.from({ length: 58 }, (_, i) => i));
  });
});

test("types whose context was measured to give packet pointers have packets, and no others", () => {
  const measured = new Set(CONTEXT_ROWS.filter((row) => /:pkt\b/.test(row[5])).map((row) => row[1]));
  const ours = PROGRAM_TYPE_NAMES.filter((name) => PROGRAM_TYPES[name].packet !== "none");
  const rows = new Set(CONTEXT_ROWS.map((row) => row[1]));
  expect(ours.map((name) => ProgramTypeId[name]).filter((id) => rows.has(id) && !measured.has(id))).toEqual([]);
  expect([...measured].filter((id) => programTypeFacts(id)?.packet === "none")).toEqual([]);
});
