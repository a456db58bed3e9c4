/** `ebpftsc load` and `doctor` as processes: real events until SIGINT, nothing left behind, clear answers otherwise. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { cli, cliPath } from "../harness/cli.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

const WATCH = join(root, "examples/mkdir-watch/mkdir-watch.ts");
const FIREWALL = join(root, "examples/firewall/firewall.ts");
const reason = kernelSkipReason();

describe.skipIf(announceSkip("cli/load", reason))("load", () => {
  test.each([
    ["--json", (path: string) => `"path":"${path}"`],
    [undefined, (path: string) => `"path":"${path}"`],
  ])("streams events until SIGINT (%s)", async (flag, shown) => {
    const dir = tempFolder();
    const load = spawn(process.execPath, [cliPath, "load", WATCH, ...(flag ? [flag] : [])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((done) => load.once("exit", (status) => done(status)));
    try {
      const attached = createInterface(load.stderr)[Symbol.asyncIterator]();
      expect((await attached.next()).value).toBe("mkdir: tracepoint syscalls/sys_enter_mkdir");
      expect((await attached.next()).value).toBe("mkdirat: tracepoint syscalls/sys_enter_mkdirat");
      const path = join(dir, `made-${basename(dir)}`);
      mkdirSync(path);
      for await (const line of createInterface(load.stdout)) {
        if (!line.includes(shown(path))) continue;
        const event: unknown = flag ? JSON.parse(line) : JSON.parse(line.replace(/^events /, ""));
        const fields = { pid: process.pid, path, ts: expect.stringMatching(/^\d+$/) };
        expect(event).toMatchObject(flag ? { map: "events", value: fields } : fields);
        break;
      }
    } finally {
      load.kill("SIGINT");
    }
    expect(await ended).toBe(0);
  });

  // Whether the callee submits depends on its argument, so nothing is said at the source.
  test("what the verifier refuses is explained from its log, on the TypeScript line", () => {
    const file = join(tempFolder(), "leak.ts");
    writeFileSync(
      file,
      `import { RingBuf, struct, type u32, type u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
@struct
export class Event {
  length!: u64;
}
export class P {
  static readonly events = new RingBuf<Event>(4096);
  @xdp static run(ctx: XdpContext): XdpAction {
    const event = P.events.reserve();
    if (!event) return XdpAction.Pass;
    P.finish(event, ctx.length);
    return XdpAction.Pass;
  }
  static finish(event: Event, length: u32): void {
    if (length <= 100) P.events.submit(event);
  }
}
`,
    );
    const { status, stderr } = cli(["load", file, "--attach", "xdp:lo"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: the kernel refuses program "run": /);
    expect(stderr).toContain("EB5011 (unreleased reference): `event`, which reserve acquired at line 9,");
    expect(stderr).toMatch(/leak\.ts:15 +if \(length <= 100\) P\.events\.submit\(event\);/);
  });

  test.each([
    ["a device that is not there", ["load", FIREWALL, "--attach", "xdp:absent0"], 2, /no network interface "absent0"/],
    ["an attach argument without meaning", ["load", FIREWALL, "--attach", "xpd:lo"], 2, /the forms are xdp:IF/],
    [
      "a program that is not there",
      ["load", FIREWALL, "--attach", "drop=xdp:lo"],
      2,
      /no xdp program "drop"; there are: filter/,
    ],
  ])("%s", (_name, args, status, message) => {
    const result = cli(args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split("\n").length).toBe(1);
    expect([result.status, result.stdout]).toEqual([status, ""]);
  });

  const noPrivileges = spawnSync("setpriv", ["--version"]).error ? "setpriv is not installed" : undefined;
  test.skipIf(announceSkip("cli/load without privileges", noPrivileges))("without privileges: one line, 3", () => {
    const flags = [
      "--bounding-set=-all",
      "--inh-caps=-all",
      "--no-new-privs",
      process.execPath,
      cliPath,
      "load",
      WATCH,
    ];
    const { status, stderr } = spawnSync("setpriv", flags, { encoding: "utf8" });
    expect([status, stderr.trim().split("\n").length]).toEqual([3, 1]);
    expect(stderr).toMatch(/^error: .*(EPERM|EACCES)/);
  });

  test("what the verifier refuses: the TypeScript line, 1", () => {
    const dir = tempFolder();
    writeFileSync(
      join(dir, "endless.ts"),
      `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
export class Endless {
  static n: number = 0;
  @xdp static run(_ctx: XdpContext): XdpAction {
    for (let i = 0; i < 2_000_000_000; i++) Endless.n += i ^ Endless.n;
    return XdpAction.Pass;
  }
}
`,
    );
    const { status, stderr } = cli(["load", "endless.ts", "--attach", "xdp:lo"], { cwd: dir });
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).toMatch(/endless\.ts/);
    expect(status).toBe(1);
  });
});

test.each([
  ["absent.o", 2, /absent\.o: no such file/],
  [".", 2, /is a folder/],
  ["package.json", 1, /OBJ_NOT_ELF/],
])("load %s", (file, status, message) => {
  expect(cli(["load", file])).toMatchObject({ status, stderr: expect.stringMatching(message), stdout: "" });
});

test("doctor", () => {
  const { status, stdout } = cli(["doctor", "--json"]);
  const rows: { name: string; ok: boolean; needed: string; detail: string; remedy?: string }[] = JSON.parse(stdout);
  expect(rows.map((r) => r.name)).toEqual(expect.arrayContaining(["Node.js", "LLVM addon", "libbpf", "kernel BTF"]));
  for (const row of rows) expect(row.ok || row.remedy !== undefined).toBe(true);
  expect(status).toBe(rows.some((r) => !r.ok && r.needed !== "some programs") ? 3 : 0);
  const text = cli(["doctor"]).stdout;
  for (const row of rows) expect(text).toContain(row.name);
});
