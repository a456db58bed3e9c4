/** The helper and kernel function tables are whole, and docs/testing.md says what they say. */
import { describe, expect, test } from "vitest";
import { ABSENT } from "../../runtime/facts/helpers/absent.js";
import { allHelpers } from "../../runtime/facts/helpers/index.js";
import { implementedHelpers, implementedKfuncs } from "../../runtime/vm/index.js";
import { read } from "../harness/files.js";

describe("helpers", () => {
  test("every helper of Linux has an answer", () => {
    // Tail calls are the engines' business.
    const missing = allHelpers()
      .map((h) => h.name)
      .filter((name) => !implementedHelpers.includes(name));
    expect(missing).toEqual(["bpf_tail_call"]);
    expect(allHelpers().length).toBe(211);
  });
});

test("docs/testing.md lists what is absent and which kernel functions run", () => {
  const page = read("docs/testing.md");
  const rows = new Map<string, string[]>();
  for (const [name, [error, why]] of Object.entries(ABSENT))
    rows.set(`${why} | \`${error}\``, [...(rows.get(`${why} | \`${error}\``) ?? []), `\`${name}\``]);
  const table = [
    "| why | error | helpers |",
    "|---|---|---|",
    ...[...rows].map(([why, names]) => `| ${why} | ${names.join(", ")} |`),
  ];
  expect(page).toContain(table.join("\n"));
  expect(page).toContain(implementedKfuncs.map((name) => `\`${name}\``).join(", "));
});
