/** `ebpftsc run`, `vm`, `disasm`: shapes that scripts rely on, and one line for every mistake. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writePcap } from "../../runtime/testing/index.js";
import { cli } from "../harness/cli.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";

const noKernel = announceSkip("test/cli/run on the kernel", kernelSkipReason()) || missingClang !== false;

const drop = "examples/xdp-drop/xdp-drop.ts";
const frame = "ffffffffffff0200000000010800450000140000000040110000";
const PRINTS = `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
export class P {
  @xdp static speak(ctx: XdpContext): XdpAction { console.log(\`length \${ctx.length}\`); return XdpAction.Tx; }
  @xdp static other(_ctx: XdpContext): XdpAction { return XdpAction.Drop; }
}
`;

describe("run", () => {
  test("--json has the shape of the contract", () => {
    const { status, stdout } = cli(["run", drop, "--packet", frame, "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      program: "drop",
      engine: "interp",
      result: "1",
      action: "drop",
      packet: frame,
      maps: { dropped: [[0, ["1", "0"]]] },
      output: [],
      insns: expect.any(Number),
    });
  });

  test("an object runs like its source, output lines included", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "p.ts"), PRINTS);
    expect(cli(["build", "p.ts", "-o", "."], { cwd: dir }).status).toBe(0);
    const { stdout } = cli(["run", "p.bpf.o", "--program", "speak", "--packet", "-", "--json"], { cwd: dir });
    expect(stdout).toBe("");
    const run = (file: string): string =>
      cli(["run", file, "--program", "speak", "--packet", frame], { cwd: dir }).stdout;
    expect(run("p.bpf.o")).toMatch(/^speak: tx \(3\), \d+ insns\n/);
    expect(run("p.bpf.o")).toContain("output: length 26");
    expect(run("p.ts")).toBe(run("p.bpf.o"));
    const traced = cli(["run", "p.ts", "--program", "other", "--trace"], { cwd: dir });
    expect(traced.stderr).toMatch(/other\s+0: w0 = 1\nother\s+1: exit\n/);
  });

  test("a capture gives a verdict for each packet and sums", () => {
    const dir = tempFolder();
    const bytes = Buffer.from(frame, "hex");
    writeFileSync(join(dir, "c.pcap"), writePcap([1n, 2n, 3n].map((timestamp) => ({ bytes, timestamp }))));
    const text = cli(["run", drop, "--pcap", join(dir, "c.pcap")]).stdout;
    expect(text).toContain("drop: 3 packets: 3 drop");
    const json = JSON.parse(cli(["run", drop, "--pcap", join(dir, "c.pcap"), "--json"]).stdout);
    expect(json.packets.map((p: { result: string }) => p.result)).toEqual(["1", "1", "1"]);
    writeFileSync(join(dir, "cut.pcap"), readFileSync(join(dir, "c.pcap")).subarray(0, 50));
    const cut = cli(["run", drop, "--pcap", join(dir, "cut.pcap")]);
    expect([cut.status, cut.stdout, cut.stderr.split("\n").length]).toEqual([2, "", 2]);
    expect(cut.stderr).toMatch(/PCAP_TRUNCATED: packet 1 at byte 24/);
  });

  test("--coverage counts lines", () => {
    const dir = tempFolder();
    const source = `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
export class C {
  @xdp static run(ctx: XdpContext): XdpAction {
    if (ctx.length > 100) {
      console.log("long");
    }
    return XdpAction.Pass;
  }
}
`;
    writeFileSync(join(dir, "c.ts"), source);
    const run = (packet: string, ...more: string[]): { line: number; count: number }[] =>
      JSON.parse(cli(["run", "c.ts", "--packet", packet, "--coverage", "--json", ...more], { cwd: dir }).stdout)
        .coverage;
    const count = (lines: { line: number; count: number }[], line: number) => lines.find((l) => l.line === line)?.count;
    const [short, long] = [run(frame), run("00".repeat(101))];
    expect(run(frame, "--engine", "wasm")).toEqual(short);
    expect([count(short, 4), count(short, 5), count(short, 7)]).toEqual([1, 0, 1]);
    expect([count(long, 4), count(long, 5), count(long, 7)]).toEqual([1, 1, 1]);
    expect(cli(["run", "c.ts", "--packet", frame, "--coverage"], { cwd: dir }).stdout).toMatch(
      /coverage: \d+ of \d+ lines\n/,
    );
  });

  test("--break prints the state at a line, and the run goes on to its end", () => {
    const dir = tempFolder();
    const lines = [
      'import { xdp, XdpAction, type XdpContext } from "ebpftsc";',
      "export class C {",
      "  @xdp static run(ctx: XdpContext): XdpAction {",
      "    if (ctx.length > 100) {",
      '      console.log("long");',
      "    }",
      "    return XdpAction.Pass;",
      "  }",
      "}",
    ];
    writeFileSync(join(dir, "c.ts"), lines.join("\n"));
    const stopped = cli(["run", "c.ts", "--packet", "00".repeat(101), "--break", "5"], { cwd: dir });
    expect(stopped).toMatchObject({ status: 0, stdout: /^run: pass \(2\), \d+ insns\n/ });
    expect(stopped.stderr).toMatch(/c\.ts:5: console\.log\("long"\); \(instruction \d+, \d+ executed\)\n {2}r0 0x/);
    expect(cli(["run", "c.ts", "--packet", frame, "--break", "5"], { cwd: dir }).stderr).toBe("");
    expect(cli(["run", "c.ts", "--break", "2"], { cwd: dir })).toMatchObject({
      status: 2,
      stderr: /no code at line 2/,
    });
    expect(cli(["run", "c.ts", "--break", "x"], { cwd: dir })).toMatchObject({ status: 2, stderr: /no line number/ });
    expect(cli(["run", "c.ts", "--break", "5", "--trace"], { cwd: dir }).status).toBe(2);
  });

  test("a fault is exit code 1, with code, place and message", () => {
    const bad = cli(["vm", "--insns", "79000000000000009500000000000000"]);
    expect(bad).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "error: fault VM_POINTER at instruction 0: read of 8 bytes through NULL\n",
    });
  });

  test.each<[readonly string[], number, RegExp]>([
    [["run", drop, "--packet", "12"], 2, /VM_INPUT: a packet of 1 bytes/],
    [["run", drop, "--packet", "1"], 2, /--packet: an even number of hex digits/],
    [["run", drop, "--ctx", "{"], 2, /--ctx: /],
    [["run", drop, "--ctx", '{"mark": 1}'], 2, /no field mark/],
    [["run", drop, "--program", "nope"], 2, /there is no program nope; there are: drop/],
    [["run", drop, "--pcap", "absent.pcap"], 2, /absent\.pcap: no such file/],
    [["run", drop, "--pcap", "package.json"], 2, /neither pcap nor pcapng/],
    [["run", "package.json"], 1, /OBJ_NOT_ELF/],
    [["run", "absent.o"], 2, /absent\.o: no such file/],
    [["disasm", drop, "--program", "nope"], 2, /no program nope; there are: drop/],
    [["vm"], 2, /--insns or --vectors is needed/],
    [["vm", "--insns", "0700010001000000"], 1, /ISA_FIELD: instruction 0: add64 \(0x07\) cannot have off = 1/],
    [["vm", "--vectors", "package.json"], 2, /an array of \{name, kind, insns, mem, expected\}/],
  ])("%j ends with %i", (args, code, message) => {
    const { status, stderr, stdout } = cli(args, { cwd: root });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([status, stdout, stderr.trimEnd().split("\n").length]).toEqual([code, "", 1]);
  });
});

describe("vm", () => {
  test("prints r0 as hex", () => {
    expect(cli(["vm", "--insns", "b7000000070000009500000000000000"]).stdout).toBe("0x7\n");
    expect(cli(["vm", "--insns", "79100000000000009500000000000000", "--mem", "0102030405060708"]).stdout).toBe(
      "0x807060504030201\n",
    );
  });

  test("vectors: what differs, and how many pass", () => {
    const dir = tempFolder();
    const insns = "b7000000070000009500000000000000";
    const vectors = [
      { name: "good", kind: "positive", insns, mem: "", expected: "0x7" },
      { name: "bad", kind: "positive", insns, mem: "", expected: "0x8" },
      { name: "refused", kind: "negative", insns: "0700010001000000", mem: "", expected: "error" },
      { name: "not refused", kind: "negative", insns, mem: "", expected: "error" },
    ];
    writeFileSync(join(dir, "v.json"), JSON.stringify(vectors));
    expect(cli(["vm", "--vectors", "v.json"], { cwd: dir })).toMatchObject({
      status: 1,
      stdout: "bad: expected 0x8, got 0x7\nnot refused: expected error, got 0x7\n2 of 4 pass\n",
    });
    expect(JSON.parse(cli(["vm", "--vectors", "v.json", "--json"], { cwd: dir }).stdout)).toEqual([
      { name: "good", expected: "0x7", got: "0x7", pass: true },
      { name: "bad", expected: "0x8", got: "0x7", pass: false },
      { name: "refused", expected: "error", got: "error", pass: true },
      { name: "not refused", expected: "error", got: "0x7", pass: false },
    ]);
  });
});

test("disasm shows the TypeScript lines between", () => {
  const { stdout, status } = cli(["disasm", drop]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Program drop, section xdp, type xdp\ndrop:\n; .*@ xdp-drop\.ts:\d+\n\s+0: /);
  expect(stdout).toContain("; return XdpAction.Drop;");
  expect(stdout).toMatch(/call bpf_map_lookup_elem#1/);
});

test.skipIf(noKernel)(
  "the kernel loads only the program asked for, in sections that libbpf does not know, and pins nothing",
  () => {
    const dir = tempFolder();
    const object = join(dir, "k.o");
    const map = `ebpftsc_test_${process.pid}`;
    writeFileSync(
      object,
      compileC(`
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); __uint(pinning, LIBBPF_PIN_BY_NAME); } ${map} SEC(".maps");
int second(struct __sk_buff *s);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __array(values, int(struct __sk_buff *)); } jt SEC(".maps") = { .values = { [0] = (void *)&second } };
SEC("classifier/ingress/x") int entry(struct __sk_buff *s) { __u32 k = 3, v = 0; bpf_map_update_elem(&${map}, &k, &v, 0); bpf_tail_call(s, &jt, 0); return 1; }
SEC("classifier/second") int second(struct __sk_buff *s) { return 7; }
SEC("xdp") int refused(struct xdp_md *c) { return *(char *)(long)c->data; }`),
    );
    for (const engine of ["interp", "wasm", "kernel"]) {
      const { status, stdout, stderr } = cli(["run", object, "--program", "entry", "--engine", engine]);
      expect([status, stderr], engine).toEqual([0, ""]);
      expect(stdout, engine).toMatch(/^entry: redirect \(7\)/);
      // A value of zero was put there: it is shown.
      expect(stdout, engine).toContain(`${map}:\n  3  0\n`);
    }
    expect(existsSync(`/sys/fs/bpf/${map}`)).toBe(false);
  },
);

test.skipIf(missingClang)(
  "maps larger than the machine grow with their entries, and socket filters give their packet back",
  () => {
    const dir = tempFolder();
    const object = join(dir, "big.o");
    writeFileSync(
      object,
      compileC(`
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 100000000); __type(key, __u64); __type(value, __u64[16]); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 50000000); __type(key, __u64); __type(value, __u64[8]); } seen SEC(".maps");
SEC("socket") int run(struct __sk_buff *s) { __u64 k = s->hash, v[16] = { s->len }; bpf_map_update_elem(&flows, &k, v, 0); bpf_map_update_elem(&seen, &k, v, 0); return s->len; }`),
    );
    const packet = `${"00".repeat(12)}0800${"45".repeat(50)}`;
    const { status, stdout, stderr } = cli(["run", object, "--packet", packet, "--ctx", '{"hash": 77}', "--json"]);
    expect([status, stderr]).toEqual([0, ""]);
    const result = JSON.parse(stdout) as { result: string; packet: string; maps: Record<string, [string, unknown][]> };
    expect(result.result).toBe("50");
    expect(result.packet).toBe("00".repeat(14) + "45".repeat(50));
    expect(result.maps["flows"]?.map(([key]) => key)).toEqual(["77"]);
    expect(cli(["run", object, "--memory", "3"]).status).toBe(2);
    expect(cli(["run", object, "--memory", "1M"]).stderr).toMatch(/^(error: VM_MEMORY.*\n)?$/);
  },
);
