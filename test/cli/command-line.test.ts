import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, cliPath } from "../harness/cli.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

const PASS = `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
export class Pass { @xdp static run(_ctx: XdpContext): XdpAction { return XdpAction.Pass; } }
`;
const BROKEN = PASS.replace("return XdpAction.Pass", "throw 1");

describe("usage", () => {
  test.each([
    [["bild"], /unknown command 'bild'\n\(Did you mean build\?\)/],
    [["build"], /missing required argument 'file'/],
    [["build", "--cpu", "v9", "a.ts"], /Allowed choices are v1, v2, v3, v4/],
    [["build", "--emit", "object,exe", "a.ts"], /"exe" is not one of object, loader, hir, ir, asm, btf/],
    [["build", "--kernel", "new", "a.ts"], /Give a version such as 5\.15/],
    [["build", "--frobnicate", "a.ts"], /unknown option '--frobnicate'/],
    [["build", "a/fw.ts", "b/fw.ts"], /would both write fw\.bpf\.o/],
    [["build", "absent.ts"], /EB6002.*absent\.ts/],
    [["build", "package.json"], /EB6002.*not a TypeScript file/],
    [["explain"], /missing required argument 'code'/],
    [["explain", "EB1999"], /there is no diagnostic EB1999; there are EB1001 to/],
    [[], /Usage: ebpftsc/],
  ])("%j ends with 2", (args, message) => {
    const { status, stderr, stdout } = cli(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([status, stdout]).toEqual([2, ""]);
  });

  test("help and version end with 0", () => {
    expect(cli(["--help"]).stdout).toContain("build [options] <file...>");
    expect(cli(["build", "--help"]).status).toBe(0);
    expect(cli(["--version"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("build", () => {
  test("writes what it says, and says it as JSON", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "pass.bpf.ts"), PASS);
    const { status, stdout } = cli(["build", "pass.bpf.ts", "-o", "out", "--emit", "object,hir,ir,asm,btf", "--json"], {
      cwd: dir,
    });
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toEqual({
      diagnostics: [],
      objects: [
        {
          source: "pass.bpf.ts",
          object: "out/pass.bpf.o",
          loader: "",
          programs: [
            {
              name: "run",
              section: "xdp",
              type: "xdp",
              insns: 2,
              stackBytes: 0,
              kernelFloor: "5.1",
              verifier: { verdict: "accept", processed: 2, states: 0 },
            },
          ],
          maps: [],
        },
      ],
    });
    expect(readFileSync(join(dir, "out/pass.bpf.o")).subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(readFileSync(join(dir, "out/pass.ll"), "utf8")).toContain("define");
    expect(readFileSync(join(dir, "out/pass.hir.txt"), "utf8")).toMatch(/^module:\n[\s\S]*name: "run"\n/);
    expect(readFileSync(join(dir, "out/pass.s"), "utf8")).toContain("exit");
    expect(Array.isArray(JSON.parse(readFileSync(join(dir, "out/pass.btf.json"), "utf8")))).toBe(true);
  });

  test("a mistake in the program: 1, frame on stderr, nothing written", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "broken.ts"), BROKEN);
    const { status, stdout, stderr } = cli(["build", "broken.ts"], { cwd: dir });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^broken\.ts:2:\d+ - error EB1002: /);
    expect(stderr).toMatch(/\n2 export class.*\n {2,}~+\n/);
    expect(stderr).toContain("Found 1 error.");
    expect(() => readFileSync(join(dir, "dist/broken.bpf.o"))).toThrow(/ENOENT/);
  });

  test("a mistake as JSON goes to stdout", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "broken.ts"), BROKEN);
    const { status, stdout, stderr } = cli(["build", "--json", "broken.ts"], { cwd: dir });
    expect([status, stderr]).toEqual([1, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      objects: [],
      diagnostics: [{ code: "EB1002", severity: "error", line: 2, endLine: 2, file: join(dir, "broken.ts") }],
    });
  });

  test("an output folder that is a file", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "pass.ts"), PASS);
    writeFileSync(join(dir, "out"), "");
    const { status, stderr } = cli(["build", "pass.ts", "-o", "out"], { cwd: dir });
    expect(stderr).toMatch(/EB6002: cannot write to out/);
    expect(status).toBe(2);
  });

  test("files of other names are of no interest to a folder named like a source", () => {
    const dir = tempFolder();
    mkdirSync(join(dir, "folder.ts"));
    expect(cli(["build", "folder.ts"], { cwd: dir })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/EB6002/),
    });
  });
});

test("check writes nothing", () => {
  const dir = tempFolder();
  writeFileSync(join(dir, "pass.ts"), PASS);
  writeFileSync(join(dir, "broken.ts"), BROKEN);
  expect(cli(["check", "pass.ts"], { cwd: dir })).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(cli(["check", "pass.ts", "broken.ts"], { cwd: dir }).status).toBe(1);
  const { status, stdout } = cli(["check", "--json", "broken.ts"], { cwd: dir });
  expect([status, JSON.parse(stdout).diagnostics[0].code]).toEqual([1, "EB1002"]);
});

test("explain", () => {
  expect(cli(["explain", "eb1008"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^EB1008 error: var\n[\s\S]*Rejected:[\s\S]*var n = 1;[\s\S]*Instead:[\s\S]*const n = 1;/,
    ),
  });
  expect(JSON.parse(cli(["explain", "--json", "EB1008"]).stdout)).toMatchObject({ code: "EB1008", severity: "error" });
});

test("a reader that leaves early is no error", () => {
  const shell = `'${process.execPath}' '${cliPath}' explain EB5006 | head -c 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", shell], { encoding: "utf8" });
  expect(stdout).toMatch(/^E0\n$/);
  expect(stderr).toBe("");
});

test("our own faults: one line and 70; the stack only for us", () => {
  const dir = tempFolder();
  const script = join(dir, "fault.mjs");
  writeFileSync(
    script,
    `import { main } from ${JSON.stringify(join(cliPath, "../main.js"))};
     Object.defineProperty(process.stdout, "write", { value() { throw new RangeError("broken\\nsecond line"); } });
     process.exitCode = await main(["explain", "EB1001"]);`,
  );
  const run = (debug: string) =>
    spawnSync(process.execPath, [script], { encoding: "utf8", env: { ...process.env, EBPFTSC_DEBUG: debug } });
  expect(run("")).toMatchObject({ status: 70, stderr: "internal error: RangeError: broken, please report\n" });
  expect(run("1").stderr).toMatch(/please report\n[\s\S]*\n\s+at /);
});

test.each([
  ["is not there", "absent.btf", /absent\.btf: no such file or folder/],
  ["is no BTF", "hello.btf", /hello\.btf is no BTF: /],
])("verify --btf: a file that %s is told, whether or not a program needs it", (_name, name, message) => {
  const folder = tempFolder();
  writeFileSync(join(folder, "hello.btf"), "hello");
  const { status, stdout, stderr } = cli([
    "verify",
    join(root, "examples/xdp-drop/xdp-drop.ts"),
    "--btf",
    join(folder, name),
  ]);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect([status, stdout]).toEqual([2, ""]);
});
