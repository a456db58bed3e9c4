/** What the loader says when something is refused: the place that is taken, the path, the field, the packet, the option. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { Link } from "../../runtime/kernel/attach/link.js";
import { attachTc } from "../../runtime/kernel/attach/tc.js";
import { attachTracepoint } from "../../runtime/kernel/attach/tracepoint.js";
import { attachXdp } from "../../runtime/kernel/attach/xdp.js";
import { BusyError } from "../../runtime/kernel/busy.js";
import { ENOTSUPP, errnoName, UnsupportedFeatureError, withErrnoNames } from "../../runtime/kernel/errors.js";
import { programInfo } from "../../runtime/kernel/info.js";
import { defineLoader } from "../../runtime/kernel/loader.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { openPinned } from "../../runtime/kernel/pin.js";
import { TcProgram, TracepointProgram, XdpProgram } from "../../runtime/kernel/programs.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { root } from "../harness/root.js";
import { announceSkip, compileFixture, kernelSkipReason, VethPair } from "./support.js";

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    expect(text).not.toContain("\n");
    return text;
  }
  throw new Error("nothing was thrown");
}

test("ENOTSUPP has its name wherever libbpf or the C library print a number for it", () => {
  expect(errnoName(ENOTSUPP)).toBe("ENOTSUPP");
  for (const text of [
    "ERROR: strerror_r(-524)=22",
    "ERROR: strerror_r(524)=22",
    "Unknown error 524",
    "unknown error (-524)",
  ])
    expect(withErrnoNames(`prog 'x': BPF program load failed: ${text}`)).toBe(
      "prog 'x': BPF program load failed: ENOTSUPP",
    );
  expect(withErrnoNames("Unknown error 1")).toBe("EPERM");
});

const skip = announceSkip(
  "kernel/words",
  kernelSkipReason() ?? (spawnSync("ip", ["-V"]).error ? "iproute2 is not installed" : undefined),
);

describe.skipIf(skip)("in the kernel", () => {
  const object64 = skip ? "" : Buffer.from(compileFixture("everything.c")).toString("base64");
  let object: LoadedObject;
  let veth: VethPair;
  beforeAll(() => {
    object = new OpenObject(Buffer.from(object64, "base64")).load();
    veth = new VethPair();
  });
  afterAll(() => {
    object?.close();
    veth?.[Symbol.dispose]();
  });
  const place = (): { interface: string; netns: string } => ({ interface: veth.nearInterface, netns: veth.near });
  const xdp = (): number => object.programFd("xdp_count");

  describe("a busy device", () => {
    test.each([
      ["native", "native"],
      ["generic", "generic"],
      ["native", "generic"],
      ["generic", "native"],
    ] as const)("%s is attached by this process, %s is asked for", (there, asked) => {
      using _ = attachXdp(xdp(), { ...place(), mode: there });
      const { id } = programInfo(xdp());
      const text = messageOf(() => attachXdp(xdp(), { ...place(), mode: asked }));
      expect(text).toMatch(
        new RegExp(
          `^attach xdp to veth0: (EBUSY|EEXIST); program ${id} "xdp_count" is attached there by link \\d+, held by this process \\(${process.pid}\\): detach it first`,
        ),
      );
    });

    test("another process holds it: its number and name, and both remedies work", async () => {
      const script = `
        import { OpenObject } from ${JSON.stringify(`${root}dist/runtime/kernel/object/open-object.js`)};
        import { attachXdp } from ${JSON.stringify(`${root}dist/runtime/kernel/attach/xdp.js`)};
        const object = new OpenObject(Buffer.from(process.argv[1], "base64")).load();
        attachXdp(object.programFd("xdp_count"), ${JSON.stringify(place())});
        console.log("attached");
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, object64], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      let caught: unknown;
      try {
        attachXdp(xdp(), place());
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(BusyError);
      if (!(caught instanceof BusyError)) throw new Error("not busy");
      expect(caught.holder).toMatchObject({ name: "xdp_count", processes: [{ pid: child.pid }] });
      expect(caught.message).toMatch(
        new RegExp(
          `held by process ${child.pid} \\(.+\\): end that process \\(kill ${child.pid}\\), or: bpftool link detach id \\d+$`,
        ),
      );
      const command = /or: (bpftool .*)$/.exec(caught.message)?.[1] ?? "";
      expect(spawnSync("bash", ["-c", command], { encoding: "utf8" })).toMatchObject({ status: 0 });
      attachXdp(xdp(), place()).detach();
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
    });

    test.each(["native", "generic"] as const)(
      "attached by netlink, %s: the command that is given detaches it",
      (mode) => {
        attachXdp(xdp(), { ...place(), mode, via: "netlink" });
        const text = messageOf(() => attachXdp(xdp(), place()));
        const command = /is attached there without a link: detach it with: (ip -n .*)$/.exec(text)?.[1] ?? text;
        expect(spawnSync("bash", ["-c", command], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
        attachXdp(xdp(), place()).detach();
      },
    );

    test("tcx takes a program once", () => {
      const fd = object.programFd("tc_count");
      using _ = attachTc(fd, "ingress", { ...place(), hook: "tcx" });
      expect(messageOf(() => attachTc(fd, "ingress", { ...place(), hook: "tcx" }))).toMatch(
        /^attach tcx to veth0 ingress: EEXIST; program \d+ "tc_count" is attached there by link \d+, held by this process/,
      );
    });
  });

  describe("pins", () => {
    const outside = mkdtempSync(join(tmpdir(), "ebpftsc-pin-"));
    const inside = join(outside, "bpf");
    afterAll(() => {
      rmSync(outside, { recursive: true, force: true });
    });

    test.each([
      [
        "a folder of another file system",
        () => `${outside}/map`,
        /map counters cannot be pinned at \S+: \S+ is not in a bpf file system; use a path below \/sys\/fs\/bpf/,
      ],
      ["a folder that is not there", () => `${outside}/a/b/c`, /is not in a bpf file system/],
      ["no text", () => "", /map counters is pinned at a path of a bpf file system, "\/sys\/fs\/bpf\/NAME"/],
      ["a relative path", () => "counters", /is not in a bpf file system/],
    ])("%s", (_, path, message) => {
      expect(messageOf(() => object.map("counters").pin(path()))).toMatch(message);
      using open = new OpenObject(Buffer.from(object64, "base64"));
      expect(messageOf(() => open.setPinPath("counters", path()))).toMatch(message);
    });

    test("inside: a dot, a missing folder, a name that is taken, nothing there", () => {
      mkdirSync(inside);
      expect(spawnSync("mount", ["-t", "bpf", "bpf", inside]).status).toBe(0);
      try {
        const map = object.map("counters");
        expect(messageOf(() => map.pin(`${inside}/a.b`))).toContain("names in a bpf file system have no dots");
        expect(messageOf(() => map.pin(`${inside}/deep/x`))).toContain(
          `make the folder first: mkdir -p ${inside}/deep`,
        );
        map.pin(`${inside}/x`);
        expect(messageOf(() => map.pin(`${inside}/x`))).toContain("EEXIST; something is pinned there");
        expect(messageOf(() => openPinned(`${inside}/y`))).toContain("ENOENT; nothing is pinned there");
        closeSync(openPinned(`${inside}/x`));

        // What only a pin holds has no process: the pin is what has to go.
        const link = attachXdp(xdp(), place());
        if (!(link instanceof Link)) throw new Error("no link");
        link.pin(`${inside}/link`);
        link.detach();
        expect(messageOf(() => attachXdp(xdp(), place()))).toMatch(
          /is attached there by link \d+, which is pinned: remove the pin, or: bpftool link detach id \d+$/,
        );
        rmSync(`${inside}/link`);
        attachXdp(xdp(), place()).detach();
      } finally {
        spawnSync("umount", [inside]);
      }
      writeFileSync(`${outside}/file`, "");
      expect(messageOf(() => openPinned(`${outside}/file`))).toContain("not in a bpf file system");
    });
  });

  describe("test runs", () => {
    test.each(["xdp_count", "tc_count"])("%s: frames below 14 bytes are named, from 14 on they run", (program) => {
      const fd = object.programFd(program);
      for (let bytes = 0; bytes < 14; bytes++)
        expect(messageOf(() => testRun(fd, { data: new Uint8Array(bytes) }))).toBe(
          `test run: EINVAL; the packet has ${bytes} bytes, and the kernel runs this type of program on frames of at least 14 (an Ethernet header)`,
        );
      expect(messageOf(() => testRun(fd))).toContain("the packet has 0 bytes");
      expect(testRun(fd, { data: new Uint8Array(14) }).durationNs).toBeGreaterThanOrEqual(0);
    });

    test("types that have none", () => {
      const fd = object.programFd("on_mkdir");
      expect(() => testRun(fd)).toThrow(UnsupportedFeatureError);
      expect(messageOf(() => testRun(fd))).toBe(
        "test run of a tracepoint program: ENOTSUPP; no kernel has it: attach it, or run it in the software machine (ebpftsc/testing)",
      );
    });
  });

  describe("options", () => {
    const programs = () => ({
      xdp: new XdpProgram(object, "xdp_count"),
      tc: new TcProgram(object, "tc_count"),
      tracepoint: new TracepointProgram(object, "on_mkdir"),
    });
    // As a JavaScript file calls it.
    const call = (kind: "xdp" | "tc" | "tracepoint", ...args: unknown[]): string =>
      messageOf(() => (programs()[kind].attach as (...a: unknown[]) => unknown).call(programs()[kind], ...args));

    test.each([
      ["xdp", [], 'attach of an XDP program wants an object, as { interface: "eth0" }, not undefined'],
      ["xdp", ["eth0"], 'attach of an XDP program wants an object, as { interface: "eth0" }, not "eth0"'],
      ["xdp", [{}], 'attach of an XDP program wants interface, as { interface: "eth0" }'],
      ["xdp", [{ interface: 2 }], "attach of an XDP program: interface is 2, not a string"],
      [
        "xdp",
        [{ interface: "lo", iface: "x" }],
        'no option of attach of an XDP program "iface"; there are: interface, mode, via, netns',
      ],
      [
        "tc",
        [],
        'attach of a TC program wants an object, as { interface: "eth0", direction: "ingress" }, not undefined',
      ],
      ["tc", [{ interface: "lo", direction: "up" }], 'tc direction "up" is neither ingress nor egress'],
      [
        "tc",
        [{ interface: "lo", dir: "ingress" }],
        'no option of attach of a TC program "dir"; there are: interface, direction, hook, priority, netns',
      ],
      ["tc", [{ interface: "lo" }], 'tc_count: say direction "ingress" or "egress"'],
      ["tracepoint", [], 'on_mkdir: say which tracepoint: attach({ category: "syscalls", name: "sys_enter_mkdirat" })'],
      [
        "tracepoint",
        [{ category: "syscalls" }],
        'attach of a tracepoint program wants name, as { category: "syscalls", name: "sys_enter_mkdirat" }',
      ],
    ] as const)("%s.attach(%j)", (kind, args, message) => {
      expect(call(kind, ...args)).toBe(message);
    });

    test("the functions say the same as the methods", () => {
      const none = undefined as never;
      expect(messageOf(() => attachXdp(xdp(), none))).toContain("wants an object");
      expect(messageOf(() => attachTc(xdp(), "ingress", none))).toContain("wants an object");
      expect(messageOf(() => attachTracepoint(xdp(), none))).toContain("wants an object");
      expect(messageOf(() => testRun(xdp(), { packet: new Uint8Array(64) } as never))).toBe(
        'no option of testRun "packet"; there are: data, context, repeat, flags, outputBytes',
      );
    });
  });

  describe("open({…})", () => {
    const TYPES = {
      u8: [8, false],
      u16: [16, false],
      u32: [32, false],
      i16: [16, true],
      i32: [32, true],
      u64: [64, false],
      i64: [64, true],
    } as const;
    const names = Object.keys(TYPES) as (keyof typeof TYPES)[];
    const source = join(mkdtempSync(join(tmpdir(), "ebpftsc-config-")), "settings.ts");
    let loader: ReturnType<typeof defineLoader>;
    beforeAll(() => {
      const fields = names.map((t) => `  @config static readonly c_${t}: ${t} = ${t.endsWith("64") ? "1n" : "1"};\n`);
      const used = names.map((t) => (t.endsWith("64") ? `Settings.c_${t} === 5n` : `Settings.c_${t} === 5`));
      writeFileSync(
        source,
        `import { config, ${names.map((t) => `type ${t}`).join(", ")}, XdpAction, type XdpContext, xdp } from "ebpftsc";
export class Settings {
${fields.join("")}  @config static readonly c_bool: boolean = true;
  @xdp static run(ctx: XdpContext): XdpAction {
    return Settings.c_bool && (${used.join(" || ")}) && ctx.length > 5 ? XdpAction.Drop : XdpAction.Pass;
  }
}
`,
      );
      const { object: bytes, model, diagnostics } = compile(source);
      if (bytes === undefined) throw new Error(diagnostics.map((d) => d.message).join());
      const config = Object.fromEntries(model?.classes[0]?.config.map((v) => [v.name, v.elfName]) ?? []);
      expect(Object.keys(config)).toHaveLength(names.length + 1);
      loader = defineLoader({ object: bytes, programs: {}, maps: {}, config, globals: {} });
    });
    afterAll(() => rmSync(join(source, ".."), { recursive: true }));

    test("any wrong value names its field, its TypeScript type and what was given; any right one is taken", () => {
      const wrong = fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.double({ noInteger: true }),
        fc.constant(null),
        fc.boolean(),
        fc.constant({}),
      );
      const property = fc.property(
        fc.constantFrom(...names),
        fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }),
        wrong,
        (type, big, other) => {
          const [bits, signed] = TYPES[type];
          const tsType = bits === 64 ? "bigint" : "number";
          const fits = signed ? BigInt.asIntN(bits, big) === big : BigInt.asUintN(bits, big) === big;
          const given = bits === 64 ? big : Number(big);
          const open = (value: unknown): void => loader.open({ config: { [`c_${type}`]: value } })[Symbol.dispose]();
          const field = new RegExp(
            `^CODEC_(TYPE|RANGE): config\\.c_${type}: expected a ${tsType} \\(${type}, .*\\), got `,
          );
          if (fits) open(given);
          else expect(messageOf(() => open(given))).toMatch(field);
          expect(messageOf(() => open(other))).toMatch(field);
        },
      );
      fc.assert(property, { seed: 15, numRuns: Number(process.env["EBPFTSC_RUNS"] ?? 300) });
      expect(messageOf(() => loader.open({ config: { c_bool: 1 } }))).toBe(
        "CODEC_TYPE: config.c_bool: expected a boolean, got 1",
      );
    });

    test.each([
      [{ confg: {} }, 'no option of open "confg"; there are: config, maxEntries, skip, pin'],
      [{ config: { c_u9: 1 } }, /^no config value "c_u9"; there are: c_u8, /],
      [{ config: 5 }, "open: config is 5, not an object"],
      [{ skip: "run" }, 'open: skip is "run", not an array'],
      [{ maxEntries: { table: 1 } }, 'no map "table"; there is none'],
      [5, "open wants an object, as { config: { limit: 5 } }, not 5"],
    ])("%j", (configuration, message) => {
      const text = messageOf(() => loader.open(configuration as never));
      if (typeof message === "string") expect(text).toBe(message);
      else expect(text).toMatch(message);
    });
  });
});
