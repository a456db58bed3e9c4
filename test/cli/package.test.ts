/**
 * The packed package on a machine that has neither LLVM nor a compiler: packed, installed into an empty folder from the
 * tarball alone (its dependencies from npm's cache, no scripts), and run with a PATH that holds node and nothing else.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { trackedFiles } from "../harness/files.js";
import { install, pack } from "../harness/packed.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

test("packed, installed and run without clang and LLVM", () => {
  const dir = tempFolder();
  const { tarball, files } = pack(dir);
  expect(files).toContain("dist/compiler/cli/launch.cjs");
  expect(files).toContain("stdlib/index.ts");
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "docs/language.md"])
    expect(files).toContain(file);
  for (const file of trackedFiles().filter((f) => /^(docs|examples)\//.test(f)))
    if (!/\.test\.ts$/.test(file)) expect(files).toContain(file);
  expect(files.filter((f) => /\.test\.|^test\/|node_modules|\.tsbuildinfo|\.cache/.test(f))).toEqual([]);

  const prefix = join(dir, "app");
  install(tarball, prefix);
  cpSync(join(root, "examples/firewall/firewall.ts"), join(prefix, "firewall.ts"));
  const bin = join(dir, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  const run = (...args: string[]) =>
    spawnSync(join(bin, "node"), args, { cwd: prefix, encoding: "utf8", env: { PATH: bin, HOME: dir } });

  const built = run("node_modules/ebpftsc/dist/compiler/cli/launch.cjs", "build", "firewall.ts");
  expect(built.stderr).toBe("");
  expect(built.status).toBe(0);
  expect(readdirSync(join(prefix, "dist")).sort()).toEqual([
    "firewall.bpf.o",
    "firewall.loader.d.ts",
    "firewall.loader.js",
  ]);

  // The installed package's own names work, and so does the object, in the installed software machine.
  writeFileSync(
    join(prefix, "use.mjs"),
    `import { readFileSync } from "node:fs";
     import { loadObject } from "ebpftsc/vm";
     import { XdpAction } from "ebpftsc";
     const machine = loadObject(readFileSync("dist/firewall.bpf.o"));
     const { result, fault } = machine.run("filter", { packet: new Uint8Array(64) });
     console.log(fault?.message ?? result === BigInt(XdpAction.Pass));
     const { Firewall } = await import("./dist/firewall.loader.js");
     console.log(typeof Firewall.open);`,
  );
  expect(run("use.mjs")).toMatchObject({ status: 0, stdout: "true\nfunction\n", stderr: "" });
});
