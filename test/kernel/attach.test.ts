/** Attachment for real: XDP and TC on a veth pair in namespaces of our own, tracepoints on a real mkdir. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Link } from "../../runtime/kernel/attach/link.js";
import { attachTc } from "../../runtime/kernel/attach/tc.js";
import { attachTracepoint } from "../../runtime/kernel/attach/tracepoint.js";
import { attachXdp, xdpProgramId } from "../../runtime/kernel/attach/xdp.js";
import { programInfo } from "../../runtime/kernel/info.js";
import type { ArrayMap } from "../../runtime/kernel/maps/array-map.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { Tracefs } from "../../runtime/kernel/tracefs.js";
import { announceSkip, compileFixture, kernelSkipReason, VethPair } from "./support.js";

const reason = kernelSkipReason() ?? (spawnSync("ip", ["-V"]).error ? "iproute2 is not installed" : undefined);
const skip = announceSkip("kernel/attach", reason);

describe.skipIf(skip)("attach", () => {
  let object: LoadedObject;
  let veth: VethPair;
  beforeAll(() => {
    object = new OpenObject(compileFixture("everything.c")).load();
    veth = new VethPair();
  });
  afterAll(() => {
    object?.close();
    veth?.[Symbol.dispose]();
  });
  const count = (index: number): bigint => (object.map("counters") as ArrayMap<bigint>).get(index);
  const place = () => ({ interface: veth.nearInterface, netns: veth.near });

  test.each(["native", "generic"] as const)("xdp %s sees real packets, and none after detach", (mode) => {
    const fd = object.programFd("xdp_count");
    const link = attachXdp(fd, { ...place(), mode });
    expect(link.description).toContain(mode);
    expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(programInfo(fd).id);
    const shown = execFileSync("ip", ["-n", veth.near, "link", "show", veth.nearInterface], { encoding: "utf8" });
    expect(shown).toContain(mode === "native" ? " xdp " : " xdpgeneric ");
    const before = count(0);
    veth.send(10);
    expect(count(0) - before).toBeGreaterThanOrEqual(10n);
    expect(() => attachXdp(fd, { ...place(), mode })).toThrow(expect.objectContaining({ errnoName: "EBUSY" }));
    link.detach();
    link.detach();
    expect(link.attached).toBe(false);
    const after = count(0);
    veth.send(3);
    expect(count(0)).toBe(after);
    expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(0);
  });

  test("xdp auto takes native where the driver has it; netlink too detaches", () => {
    const fd = object.programFd("xdp_count");
    {
      using link = attachXdp(fd, place());
      expect(link.description).toContain("native");
      expect(link).toBeInstanceOf(Link);
      if (link instanceof Link) expect(link.info()).toMatchObject({ type: 6, programId: programInfo(fd).id });
    }
    {
      using _netlink = attachXdp(fd, { ...place(), via: "netlink" });
      expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(programInfo(fd).id);
    }
    expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(0);
  });

  test.each([
    ["tcx", "ingress"],
    ["tcx", "egress"],
    ["clsact", "ingress"],
    ["clsact", "egress"],
  ] as const)("tc by %s, %s", (hook, direction) => {
    const attachment = attachTc(object.programFd("tc_count"), direction, { ...place(), hook });
    expect(attachment.description).toContain(`${hook} ${direction}`);
    const before = count(1);
    veth.send(5, direction === "ingress" ? "far" : "near");
    expect(count(1) - before).toBeGreaterThanOrEqual(5n);
    attachment.detach();
    const after = count(1); // read after detach: stray frames of the stack may still have come before it
    veth.send(2, direction === "ingress" ? "far" : "near");
    expect(count(1)).toBe(after);
    const qdiscs = execFileSync("tc", ["-n", veth.near, "qdisc", "show", "dev", veth.nearInterface], {
      encoding: "utf8",
    });
    expect(qdiscs).not.toContain("clsact");
  });

  test("closing the object detaches what it owns", () => {
    const other = new OpenObject(compileFixture("everything.c")).load();
    const link = other.own(attachXdp(other.programFd("xdp_count"), place()));
    other.close();
    expect(link.attached).toBe(false);
    expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(0);
  });

  test("a process that dies leaves nothing attached", () => {
    const script = `
      import { OpenObject } from "${new URL("../../dist/runtime/kernel/object/open-object.js", import.meta.url)}";
      import { attachXdp } from "${new URL("../../dist/runtime/kernel/attach/xdp.js", import.meta.url)}";
      const object = new OpenObject(Buffer.from(process.argv[1], "base64")).load();
      const link = attachXdp(object.programFd("xdp_count"), ${JSON.stringify(place())});
      console.log(link.description);
      process.kill(process.pid, "SIGKILL");`;
    const object64 = Buffer.from(compileFixture("everything.c")).toString("base64");
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script, object64], { encoding: "utf8" });
    expect(child.stdout, child.stderr).toContain("xdp native");
    expect(child.signal).toBe("SIGKILL");
    expect(xdpProgramId(veth.nearInterface, veth.near)).toBe(0);
  });

  test("missing interfaces and namespaces are named", () => {
    const fd = object.programFd("xdp_count");
    expect(() => attachXdp(fd, { interface: "nope0" })).toThrow('no network interface "nope0"');
    expect(() => attachXdp(fd, { interface: "lo", netns: "nope" })).toThrow('no network namespace "nope"');
  });

  test("a tracepoint fires on a real mkdir, whether or not tracefs is mounted", () => {
    const dir = mkdtempSync(join(tmpdir(), "ebpftsc-mkdir-"));
    try {
      const mounted = existsSync("/sys/kernel/tracing/events");
      {
        using _a = attachTracepoint(object.programFd("on_mkdir"), { category: "syscalls", name: "sys_enter_mkdir" });
        using _b = attachTracepoint(object.programFd("on_mkdirat"), {
          category: "syscalls",
          name: "sys_enter_mkdirat",
        });
        const before = count(2) + count(3);
        mkdirSync(join(dir, "a"));
        expect(count(2) + count(3)).toBeGreaterThan(before);
      }
      const after = count(2) + count(3);
      mkdirSync(join(dir, "b"));
      expect(count(2) + count(3)).toBe(after);
      expect(existsSync("/sys/kernel/tracing/events")).toBe(mounted); // nothing was mounted for us
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("tracepoints: format text, and a clear error for a missing one", () => {
    using tracefs = new Tracefs();
    expect(tracefs.tracepointFormat("syscalls", "sys_enter_mkdirat")).toContain("field:const char * pathname;");
    expect(() => attachTracepoint(object.programFd("on_mkdir"), { category: "x", name: "y" })).toThrow(
      expect.objectContaining({ code: "UNKNOWN_NAME", message: "this kernel has no tracepoint x/y" }),
    );
  });
});
