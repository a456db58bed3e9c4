/** Documentation is executed: paths exist, code compiles, commands and scripts are real, generated pages are current. */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../compiler/cli/main.js";
import { diagnosticsDocument } from "../../compiler/diagnostics/document.js";
import { filesBelow, read } from "../harness/files.js";
import { root } from "../harness/root.js";
import { compileText } from "../harness/snippet.js";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...filesBelow("docs", /\.md$/),
  ...filesBelow("examples", /\.md$/),
];
const GENERATED = "docs/diagnostics.md";
const TOP = /^(compiler|runtime|stdlib|native|examples|scripts|test|docs|\.ci)\//;

/** Fenced blocks of a page, by language. */
function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map((m) => m[1] ?? "");
}

/** `{a,b}` in a path stands for several. */
function expand(path: string): string[] {
  const braces = /^(.*)\{([^}]*)\}(.*)$/.exec(path);
  if (!braces) return [path];
  return (braces[2] ?? "").split(",").flatMap((part) => expand(`${braces[1]}${part.trim()}${braces[3]}`));
}

describe.each(pages)("%s", (page) => {
  const text = read(page);
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");

  test("paths exist", () => {
    const quoted = [...prose.matchAll(/`([^`\s]+)`/g)].map((m) => m[1] ?? "").filter((p) => TOP.test(p));
    const named = quoted.flatMap(expand).filter((p) => !/[*<>]|\.\.\./.test(p) && !p.includes("/dist/"));
    expect(named.filter((p) => !existsSync(join(root, p.replace(/[:#].*$/, ""))))).toEqual([]);
  });

  test("links lead somewhere", () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] ?? "").filter((l) => !/^(https?:|#)/.test(l));
    expect(links.filter((l) => !existsSync(join(root, normalize(join(dirname(page), l.replace(/#.*$/, ""))))))).toEqual(
      [],
    );
  });

  test("commands and scripts are real", async () => {
    const program = await createProgram([]);
    const commands = program.commands.map((c) => c.name());
    const shell = [
      ...blocks(page, "sh"),
      ...[...prose.matchAll(/`((?:npx )?ebpftsc [^`]+|npm (?:run )?[^`]+)`/g)].map((m) => m[1] ?? ""),
    ];
    const used = shell.flatMap((s) => [...s.matchAll(/\bebpftsc ([a-z]+)/g)].map((m) => m[1] ?? ""));
    expect(used.filter((c) => !commands.includes(c))).toEqual([]);
    const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
    const run = shell.flatMap((s) => [...s.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)].map((m) => m[1] ?? ""));
    expect(run.filter((s) => !scripts.includes(s))).toEqual([]);
  });

  test("options in shell blocks are real", async () => {
    const program = await createProgram([]);
    const unknown = blocks(page, "sh").flatMap((b) =>
      b.split("\n").flatMap((line) => {
        const found = /\bebpftsc ([a-z]+) ([^#|]*)/.exec(line);
        const command = program.commands.find((c) => c.name() === found?.[1]);
        const flags = [...(found?.[2] ?? "").matchAll(/(?<=\s|^)(--?[a-z][\w-]*)/g)].map((m) => m[1] ?? "");
        return command
          ? flags.filter((f) => f !== "--help" && !command.options.some((o) => o.short === f || o.long === f))
          : [];
      }),
    );
    expect(unknown).toEqual([]);
  });

  const code = page === GENERATED ? [] : blocks(page, "ts");
  test.skipIf(code.length === 0).each(code.map((c, i) => [i + 1, c] as const))(
    "code block %d compiles",
    (_i, source) => {
      expect(source).toMatch(/from "ebpftsc(\/\w+)?"/);
      if (/from "ebpftsc"/.test(source)) {
        expect(
          compileText(source)
            .diagnostics.all()
            .map((d) => `${d.code} ${d.message} (line ${d.span?.line})`),
        ).toEqual([]);
      }
    },
  );
});

test("CONTRIBUTING.md names every environment variable that is read, and no other", () => {
  const sources = ["compiler", "runtime", "stdlib", "native", "scripts", "test"].flatMap((f) =>
    filesBelow(f, /\.(ts|mjs|sh)$/),
  );
  const used = ["vitest.config.ts", ...sources].flatMap((f) => [
    ...read(f).matchAll(/(?:process\.env\["|= ")(EBPFTSC_[A-Z_]+)"/g),
  ]);
  const named = [...read("CONTRIBUTING.md").matchAll(/\bEBPFTSC_[A-Z_]+/g)].map(([name]) => name);
  expect([...new Set(named)].sort()).toEqual([...new Set(used.map((m) => m[1]))].sort());
});

test("docs/diagnostics.md is current (npm run docs)", () => {
  expect(read(GENERATED) === diagnosticsDocument()).toBe(true);
});

test("every diagnostic of the catalogue has a case file", async () => {
  const { catalogue } = await import("../../compiler/diagnostics/catalogue.js");
  const cases = filesBelow("test/diagnostics/cases", /\.ts$/).map((f) => f.replace(/^.*\/(EB\d{4}).*$/, "$1"));
  // What no program text can cause: a missing addon, unusable files and options, faults of the back end.
  const withoutText = Object.entries(catalogue)
    .filter(([, e]) => e.example === undefined)
    .map(([code]) => code);
  expect(Object.keys(catalogue).filter((c) => !cases.includes(c) && !withoutText.includes(c))).toEqual([]);
});
