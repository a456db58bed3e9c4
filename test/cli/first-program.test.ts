/**
 * The README's first program from an empty folder with the packed tarball: its test, its build and its loader, as the README
 * prints them and in the order in which it names them, in packages of both module systems.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { read } from "../harness/files.js";
import { install, pack } from "../harness/packed.js";
import { root } from "../harness/root.js";
import { announceSkip, kernelSkipReason, VethPair } from "../kernel/support.js";

const readme = read("README.md");
/** Blocks of the README that begin with a file's name. */
const files = new Map(
  [...readme.matchAll(/^```\w+\n\/\/ (\S+)\n([\s\S]*?)^```/gm)].map((m) => [m[1] ?? "", m[2] ?? ""] as const),
);
/** Packages that the README has its reader install. */
const installed = [...readme.matchAll(/^npm install (.*)$/gm)].flatMap((m) =>
  (m[1] ?? "").split(" ").filter((word) => !word.startsWith("-")),
);
const COMMONJS_LINE = /^import .*; \/\/ CommonJS: (.*)$/m;

const folder = mkdtempSync(join(tmpdir(), "ebpftsc-first-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { tarball } = pack(folder);

const skip = announceSkip("test/cli/first-program: attaching", kernelSkipReason());

test("the README has all of it", () => {
  expect([...files.keys()]).toEqual(["filter.ts", "vitest.config.mjs", "filter.test.ts", "watch.mjs"]);
  expect(installed).toEqual(["ebpftsc", "vitest", "fast-check"]);
  expect(files.get("watch.mjs")).toMatch(COMMONJS_LINE);
});

/** Prints what a command said where it failed. */
function good({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  expect(status, stdout + stderr).toBe(0);
  return stdout;
}

describe.each([
  ["no type", {}],
  ["commonjs", { type: "commonjs" }],
  ["module", { type: "module" }],
])("a package of %s", (kind, type) => {
  const home = join(folder, kind.replace(" ", "-"));
  const run = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, args, {
      cwd: home,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1" },
    });

  test("test, build, loader", async () => {
    mkdirSync(home);
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "app", version: "1.0.0", ...type }));
    install(
      tarball,
      home,
      installed.filter((name) => name !== "ebpftsc"),
    );
    for (const [name, text] of files) writeFileSync(join(home, name), text);

    expect(good(run("node_modules/vitest/vitest.mjs", "run"))).toMatch(/Tests +1 passed/);
    good(run("node_modules/ebpftsc/dist/compiler/cli/launch.cjs", "build", "filter.ts"));

    // Either module system loads it, whatever the package is, and Node has nothing to warn of.
    const path = '"./dist/filter.loader.js"';
    writeFileSync(join(home, "es.mjs"), `import { Filter } from ${path}; console.log(typeof Filter.open);`);
    writeFileSync(join(home, "cjs.cjs"), `const { Filter } = require(${path}); console.log(typeof Filter.open);`);
    for (const file of ["es.mjs", "cjs.cjs"]) expect(run(file)).toMatchObject({ status: 0, stdout: "function\n" });
    expect(run("es.mjs").stderr).toBe("");
  });

  test("types: lib es2022, no @types/node, declarations checked", () => {
    const use = `import { Filter } from "./dist/filter.loader.js";
      export async function main(): Promise<bigint | undefined> {
        const filter = await Filter.open({ maxEntries: { seen: 16 } }).load();
        const link = filter.noIpv6.attach({ interface: "lo" });
        link.detach();
        return filter.seen.get(0x800);
      }`;
    const wrong = `import { Filter } from "./dist/filter.loader.js";\nFilter.open({ maxEntries: { sen: 1 } });`;
    for (const extension of ["ts", "mts", "cts"]) {
      writeFileSync(join(home, `use.${extension}`), use);
      writeFileSync(join(home, `wrong.${extension}`), wrong);
    }
    const check = (module: string, resolution: string): string => {
      const options = { strict: true, noEmit: true, target: "es2022", lib: ["es2022"], types: [], skipLibCheck: false };
      writeFileSync(
        join(home, "tsconfig.json"),
        JSON.stringify({
          compilerOptions: { ...options, module, moduleResolution: resolution },
          files: ["use.ts", "use.mts", "use.cts", "wrong.ts", "wrong.mts", "wrong.cts"],
        }),
      );
      return run(join(root, "node_modules/typescript/bin/tsc"), "-p", ".").stdout.replace(
        /: error (TS\d+): .*/g,
        " $1",
      );
    };
    const expected = "wrong.cts(2,29) TS2561\nwrong.mts(2,29) TS2561\nwrong.ts(2,29) TS2561\n";
    const sorted = (text: string): string => `${text.trim().split("\n").sort().join("\n")}\n`;
    expect(sorted(check("nodenext", "nodenext"))).toBe(expected);
    expect(sorted(check("esnext", "bundler"))).toBe(expected);
    rmSync(join(home, "tsconfig.json"));
  });

  test.skipIf(skip)("the loader's program attaches, counts and leaves nothing", async () => {
    using pair = new VethPair();
    const watch = files.get("watch.mjs") ?? "";
    expect(watch).toContain("setTimeout(resolve, 5000)");
    const shorter = watch.replace("setTimeout(resolve, 5000)", "setTimeout(resolve, 1500)");
    writeFileSync(join(home, "watch.mjs"), shorter);
    writeFileSync(join(home, "watch.cjs"), shorter.replace(COMMONJS_LINE, "$1"));
    for (const file of ["watch.mjs", "watch.cjs"]) {
      const child = spawn("ip", ["netns", "exec", pair.near, process.execPath, file, pair.nearInterface], {
        cwd: home,
      });
      let text = "";
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (part: string) => {
        errors += part;
      });
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        if (text === "") pair.send(7);
        text += part;
      });
      const status = await new Promise((resolve) => child.on("close", resolve));
      expect(status, errors).toBe(0);
      expect(text).toMatch(/^xdp native on veth0: five seconds\n/);
      expect(text).toMatch(/^0x800: ([7-9]|\d\d)$/m);
      const left = spawnSync("ip", ["-n", pair.near, "link", "show", "dev", pair.nearInterface], { encoding: "utf8" });
      expect(left.stdout).toContain(pair.nearInterface);
      expect(left.stdout).not.toContain("prog/xdp");
    }
  });
});
