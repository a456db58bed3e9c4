/**
 * The packed package on a machine that has neither LLVM nor a compiler: packed, installed into an empty folder from the
 * tarball alone (its dependencies from npm's cache, no scripts), and run with a PATH that holds node and nothing else.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

interface PackedFile {
  readonly path: string;
}

function pack(into: string): { tarball: string; files: string[] } {
  const out = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const parsed: unknown = JSON.parse(out);
  // npm 12 keys the result by package name, older ones give a list.
  const [first] = Array.isArray(parsed) ? parsed : Object.values(parsed as object);
  const { filename, files } = first as { filename: string; files: PackedFile[] };
  return { tarball: join(into, filename), files: files.map((f) => f.path) };
}

/** Unpacks as npm does and links the dependencies that package.json names: npm without its network. */
function install(tarball: string, prefix: string): void {
  const home = join(prefix, "node_modules/ebpftsc");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"]);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(home, "package.json"), "utf8"),
  );
  const wanted = Object.keys(dependencies);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const target = join(prefix, "node_modules", name);
    if (existsSync(target)) continue;
    mkdirSync(join(target, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), target);
  }
}

test("packed, installed and run without clang and LLVM", () => {
  const dir = tempFolder();
  const { tarball, files } = pack(dir);
  expect(files).toContain("dist/compiler/cli/launch.cjs");
  expect(files).toContain("stdlib/index.ts");
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
