/** What `load` and `doctor` are made of: attach arguments, merged output, a session on real traffic, the machine's report. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type AttachSpec, parseAttachSpec } from "../../runtime/kernel/attach-spec.js";
import { diagnose } from "../../runtime/kernel/doctor.js";
import { toJsonValue } from "../../runtime/kernel/json-value.js";
import { mergeStreams } from "../../runtime/kernel/merge-streams.js";
import { inNetns } from "../../runtime/kernel/netns.js";
import { LoadSession, type SessionOutput } from "../../runtime/kernel/session.js";
import { Tracefs } from "../../runtime/kernel/tracefs.js";
import { announceSkip, compileFixture, kernelSkipReason, VethPair } from "./support.js";

test.each<[string, AttachSpec]>([
  ["xdp:eth0", { kind: "xdp", interface: "eth0", mode: "auto" }],
  ["xdp:eth0:generic", { kind: "xdp", interface: "eth0", mode: "generic" }],
  ["filter=xdp:br-lan", { kind: "xdp", program: "filter", interface: "br-lan", mode: "auto" }],
  ["tc:eth0", { kind: "tc", interface: "eth0", hook: "auto" }],
  ["tc:eth0.5:egress:clsact", { kind: "tc", interface: "eth0.5", direction: "egress", hook: "clsact" }],
  ["tracepoint:a/b", { kind: "tracepoint", event: { category: "a", name: "b" } }],
])("--attach %s", (text, spec) => {
  expect(parseAttachSpec(text)).toEqual(spec);
});

test.each([
  "",
  "xdp",
  "xdp:",
  "xdp:eth0:fast",
  "xdp:eth0:native:x",
  "tc:eth0:up",
  "kprobe:x",
  "xdp:a/b",
  "tracepoint:x",
  "xdp:name-far-too-long-for-linux",
])("--attach %s is refused with the forms", (text) => {
  expect(() => parseAttachSpec(text)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  expect(() => parseAttachSpec(text)).toThrow(/xdp:IF/);
});

test("values become JSON without loss", () => {
  expect(toJsonValue({ a: 1n << 63n, b: [1, "x", true], c: Uint8Array.of(1, 255) })).toEqual({
    a: "9223372036854775808",
    b: [1, "x", true],
    c: "01ff",
  });
});

test("merged streams give every value, end together, and pass errors on", async () => {
  async function* numbers(from: number, count: number) {
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield from + i;
    }
  }
  const all: number[] = [];
  for await (const n of mergeStreams([numbers(0, 5), numbers(100, 3), numbers(0, 0)])) all.push(n);
  expect(all.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 100, 101, 102]);
  async function* failing() {
    yield 1;
    throw new Error("broken");
  }
  await expect(
    (async () => {
      for await (const _ of mergeStreams([failing(), numbers(0, 100)]));
    })(),
  ).rejects.toThrow("broken");
});

test("doctor's rows are complete: a remedy exactly where something is missing", () => {
  const rows = diagnose();
  expect(rows.map((r) => r.name)).toEqual(expect.arrayContaining(["Node.js", "LLVM addon", "libbpf", "tracefs"]));
  for (const row of rows) {
    expect(row.detail).toMatch(/^[^\n]+$/);
    expect(row.remedy !== undefined).toBe(!row.ok);
  }
  expect(rows.find((r) => r.name === "Node.js")?.ok).toBe(true);
});

const skip = announceSkip("kernel/session", kernelSkipReason());
describe.skipIf(skip)("session", () => {
  test("as root, doctor finds what the kernel tests use", () => {
    for (const name of ["bpf addon", "libbpf", "create maps", "load XDP and TC"]) {
      expect(diagnose().find((r) => r.name === name)).toMatchObject({ ok: true });
    }
  });

  test("attaches, streams decoded events, and detaches on close", async () => {
    using veth = new VethPair();
    const bytes = compileFixture("everything.c");
    const start = () => new LoadSession(bytes, [parseAttachSpec(`xdp:${veth.nearInterface}:generic`)]);
    const session = inNetns(veth.near, start);
    const output: SessionOutput[] = [];
    try {
      expect(session.attachments.map((a) => a.description)).toEqual([
        "xdp generic on veth0",
        "tracepoint syscalls/sys_enter_mkdir",
        "tracepoint syscalls/sys_enter_mkdirat",
      ]);
      expect(session.idle).toEqual(["tc_count"]);
      expect(session.ringBuffers).toEqual(["events"]);
      const abort = new AbortController();
      veth.send(3);
      for await (const line of session.output(abort.signal)) {
        output.push(line);
        if (output.length === 3) abort.abort();
      }
    } finally {
      session.close();
    }
    for (const line of output)
      expect(line).toMatchObject({ kind: "event", map: "events", value: { comm: expect.any(String) } });
    const shown = spawnSync("ip", ["-n", veth.near, "link", "show", veth.nearInterface], { encoding: "utf8" });
    expect(shown.stdout).not.toContain("xdp");
  });

  test("a specification that fits no program, or several, says so, and nothing stays attached", () => {
    const bytes = compileFixture("everything.c");
    const refuse = (text: string, code: string) =>
      expect(() => new LoadSession(bytes, [parseAttachSpec(text)])).toThrow(expect.objectContaining({ code }));
    refuse("nope=xdp:lo", "UNKNOWN_NAME");
    refuse("tracepoint:syscalls/sys_enter_mkdir", "ARGUMENT");
    refuse("xdp:nope0", "UNKNOWN_NAME");
  });

  test("lines of bpf_trace_printk come out", async ({ skip: skipTest }) => {
    using tracefs = new Tracefs();
    if (!tracefs.recording) {
      console.warn("SKIPPED kernel/session, printed lines: tracing is off on this machine (tracing_on is 0)");
      skipTest();
    }
    const session = new LoadSession(compileFixture("printing.c"), []);
    const marker = `ebpftsc-${process.pid}`;
    const lines: string[] = [];
    const abort = new AbortController();
    const timer = setInterval(() => spawnSync("mkdir", [`/nonexistent-${marker}/x`]), 20);
    try {
      for await (const line of session.output(abort.signal)) {
        if (line.kind === "print") lines.push(line.line);
        if (lines.some((text) => text.includes(marker))) abort.abort();
      }
    } finally {
      clearInterval(timer);
      session.close();
    }
    expect(lines.find((l) => l.includes(marker))).toBe(`made /nonexistent-${marker}/x`);
  });
});
