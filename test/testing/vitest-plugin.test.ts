/** `ebpftsc/vitest`: decorators run whatever tsconfig.json says, and where another plugin prevents that, a sentence says so. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ebpftsc } from "../../runtime/testing/vitest-plugin.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

const PROGRAM = `import { XdpAction, type XdpContext, xdp } from "ebpftsc";
export class Filter {
  @xdp static drop(_: XdpContext): XdpAction { return XdpAction.Drop; }
}`;
const TEST = `import { expect, test } from "vitest";
import { Filter } from "./filter.js";
test("is a class", () => { expect(typeof Filter.drop).toBe("function"); });`;

/** Runs vitest in a package that has the built ebpftsc. */
function vitest(files: Readonly<Record<string, string>>): { status: number | null; text: string } {
  const dir = tempFolder();
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(root, join(dir, "node_modules/ebpftsc"));
  symlinkSync(join(root, "node_modules/vitest"), join(dir, "node_modules/vitest"));
  const all = { "package.json": '{"type":"module"}', "filter.ts": PROGRAM, "filter.test.ts": TEST, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(dir, name), text);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run"],
    {
      cwd: dir,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: dir, NO_COLOR: "1" },
    },
  );
  return { status, text: stdout + stderr };
}

const config = (plugins: string): string =>
  `import { ebpftsc } from "ebpftsc/vitest";\nexport default { plugins: [${plugins}] };`;
const OFF = '{ name: "off", enforce: "post", config: () => ({ oxc: { decorator: { legacy: false } } }) }';

test("without the plugin vitest's own error is bare (which is why there is one)", () => {
  const { status, text } = vitest({});
  expect(status).toBe(1);
  expect(text).toContain("SyntaxError");
});

test.each([
  ["no tsconfig.json", {}],
  ["experimentalDecorators off", { "tsconfig.json": '{"compilerOptions":{"experimentalDecorators":false}}' }],
  ["experimentalDecorators on", { "tsconfig.json": '{"compilerOptions":{"experimentalDecorators":true}}' }],
])("with the plugin, %s: the class runs", (_, files) => {
  const { status, text } = vitest({ "vitest.config.mjs": config("ebpftsc()"), ...files });
  expect(status, text).toBe(0);
});

test("a plugin that switches the lowering off: the file is named, and what to do", () => {
  const { status, text } = vitest({ "vitest.config.mjs": config(`ebpftsc(), ${OFF}`) });
  expect(status).toBe(1);
  expect(text).toMatch(/\/filter\.ts still has decorators, which Node cannot run: set "experimentalDecorators": true/);
  expect(text).not.toContain("SyntaxError");
});

test("older Vite transforms with esbuild: told by its own option", () => {
  const own = { test: { testTimeout: 7 } };
  expect(ebpftsc().config.call({ meta: {} })).toHaveProperty("test.testTimeout", 60_000);
  expect(ebpftsc().config.call({ meta: {} }, own)).toEqual({
    esbuild: { tsconfigRaw: { compilerOptions: { experimentalDecorators: true } } },
  });
  expect(ebpftsc().config.call(undefined)).toHaveProperty("esbuild");
  expect(ebpftsc().config.call({ meta: { rolldownVersion: "1.0.0" } }, own)).toEqual({
    oxc: { decorator: { legacy: true } },
  });
});
