/** Import directions are data: an edge that the table does not allow fails, and so does any cycle. */
import { describe, expect, test } from "vitest";
import { cycles, type Import, importsOf, modules } from "./import-graph.js";

/** For each part (longest prefix wins): what it may import, and what only lazily. Its own folder is always allowed. */
const directions: Readonly<Record<string, { readonly may: readonly string[]; readonly lazily?: readonly string[] }>> = {
  "runtime/facts": { may: [] },
  "runtime/isa": { may: ["runtime/facts"] },
  "runtime/btf": { may: ["runtime/facts"] },
  "runtime/elf": { may: ["runtime/facts", "runtime/isa", "runtime/btf"] },
  "runtime/vm": { may: ["runtime/facts", "runtime/isa", "runtime/btf", "runtime/elf"] },
  "runtime/testing": {
    may: ["runtime/facts", "runtime/isa", "runtime/btf", "runtime/elf", "runtime/vm", "stdlib"],
    lazily: ["compiler/index.ts", "runtime/kernel", "runtime/index.ts"],
  },
  "runtime/kernel": {
    may: ["runtime/facts", "runtime/isa", "runtime/btf", "runtime/elf", "native/bpf", "native/addon-file.ts"],
  },
  "runtime/index.ts": {
    may: ["runtime/facts", "runtime/isa", "runtime/btf", "runtime/elf", "runtime/kernel", "native/bpf"],
  },
  stdlib: { may: [] },
  "native/llvm": { may: ["native/addon-file.ts"] },
  "native/bpf": { may: ["native/addon-file.ts"] },
  "native/addon-file.ts": { may: [] },
  compiler: {
    may: [
      "runtime/facts",
      "runtime/isa",
      "runtime/btf",
      "runtime/elf",
      "native/llvm",
      "native/addon-file.ts",
      "stdlib",
    ],
  },
  "compiler/cli": {
    may: ["compiler", "runtime/facts", "runtime/isa", "runtime/btf", "runtime/elf"],
    lazily: ["runtime/vm", "runtime/kernel", "runtime/index.ts", "runtime/testing"],
  },
  examples: { may: ["stdlib", "runtime", "compiler/index.ts"] },
  scripts: { may: ["compiler", "runtime", "stdlib", "native", "test/harness"] },
  test: { may: ["compiler", "runtime", "stdlib", "native", "examples", "scripts"] },
};

/** Packages that only some folders may touch: `typescript` stays replaceable, commander stays in the command line. */
const packages: Readonly<Record<string, readonly string[]>> = {
  typescript: ["compiler/source", "compiler/check", "compiler/hir/build", "test"],
  commander: ["compiler/cli", "test"],
  chokidar: ["compiler/cli"],
  picocolors: ["compiler/cli", "compiler/diagnostics", "runtime/testing", "scripts"],
  "fast-check": ["runtime/testing", "test", "examples"],
  vitest: ["test", "examples", "runtime/testing/vitest.ts"],
};

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const partOf = (path: string): string | undefined =>
  Object.keys(directions)
    .filter((p) => within(path, p))
    .sort((a, b) => b.length - a.length)[0];

const all = modules();
const edges = all.flatMap((m) => importsOf(m));
const inside = (to: string): boolean => all.includes(to);

function complaint({ from, to, lazy, typeOnly }: Import): string | undefined {
  const part = partOf(from);
  if (part === undefined) return `${from} belongs to no part of the table`;
  if (within(to, part) && partOf(to) === part) return undefined;
  const rule = directions[part];
  if (rule?.may.some((p) => within(to, p))) return undefined;
  if ((lazy || typeOnly) && rule?.lazily?.some((p) => within(to, p))) return undefined;
  return `${from} imports ${to}: ${part} may not`;
}

describe("directions", () => {
  test("there is a graph to look at", () => {
    expect(all.length).toBeGreaterThan(80);
    expect(edges.filter((e) => inside(e.to)).length).toBeGreaterThan(150);
  });

  test("every import inside the repository is allowed by the table", () => {
    expect(edges.filter((e) => inside(e.to)).flatMap((e) => complaint(e) ?? [])).toEqual([]);
  });

  test("every relative import leads to a module", () => {
    const lost = edges.filter(
      (e) => /^(compiler|runtime|stdlib|native|examples|scripts|test)\//.test(e.to) && !inside(e.to),
    );
    expect(lost.filter((e) => !e.to.includes("/dist/")).map((e) => `${e.from} -> ${e.to}`)).toEqual([]);
  });

  test("packages stay where the table puts them", () => {
    const wrong = edges.filter((e) => {
      const allowed = packages[e.to];
      const programText = within(e.from, "compiler") && e.typeOnly && e.to === "typescript";
      return allowed !== undefined && !programText && !allowed.some((folder) => within(e.from, folder));
    });
    expect(wrong.map((e) => `${e.from} imports ${e.to}`)).toEqual([]);
  });

  test("the type checker is loaded by no command that does not need it", () => {
    const eager = new Map<string, string[]>();
    for (const e of edges) if (!e.lazy && !e.typeOnly) eager.set(e.from, [...(eager.get(e.from) ?? []), e.to]);
    const reached = new Set<string>();
    const walk = (m: string): void => {
      if (reached.has(m)) return;
      reached.add(m);
      for (const to of eager.get(m) ?? []) walk(to);
    };
    for (const entry of all.filter((m) => within(m, "compiler/cli"))) walk(entry);
    expect([...reached].filter((m) => m === "typescript" || within(m, "native"))).toEqual([]);
  });
});

test("no cycle among imports that exist at run time", () => {
  expect(cycles(edges.filter((e) => !e.typeOnly && !e.lazy && inside(e.to)))).toEqual([]);
});

describe("the graph's own reading", () => {
  const read = (text: string): Import[] => importsOf("compiler/x.ts", text);
  test.each([
    ['import type { A } from "./a.js";', { to: "compiler/a.ts", typeOnly: true, lazy: false }],
    ['import { type A, type B } from "./a.js";', { to: "compiler/a.ts", typeOnly: true, lazy: false }],
    ['import { type A, b } from "./a.js";', { to: "compiler/a.ts", typeOnly: false, lazy: false }],
    ['import "../side.js";', { to: "side.ts", typeOnly: false, lazy: false }],
    ['export * from "./a.js";', { to: "compiler/a.ts", typeOnly: false, lazy: false }],
    ['export type { A } from "./a.js";', { to: "compiler/a.ts", typeOnly: true, lazy: false }],
    ['const a = await import("ebpftsc/vm");', { to: "runtime/vm/index.ts", typeOnly: false, lazy: true }],
    ['let a: import("typescript").Node;', { to: "typescript", typeOnly: true, lazy: false }],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual([{ from: "compiler/x.ts", ...expected }]);
  });

  test("finds cycles", () => {
    const edge = (from: string, to: string): Import => ({ from, to, typeOnly: false, lazy: false });
    expect(cycles([edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "d"), edge("e", "e")])).toEqual([
      ["a", "b", "c"],
      ["e"],
    ]);
    expect(cycles([edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")])).toEqual([]);
  });
});
