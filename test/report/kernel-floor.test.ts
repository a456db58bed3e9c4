/**
 * Kernel floors: what a program uses, each with the kernel that brought it; `build --kernel` judges by that kernel's rules; the stack that build
 * and pre-check report is one number. That floors up to 6.1 and 6.12 hold is asked of those kernels: `npm run verify:guest -- --floors`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { build, compile, precheck } from "../../compiler/index.js";
import { reportPrograms, withVerdicts } from "../../compiler/report/program.js";
import { readObject } from "../../runtime/elf/index.js";
import { helperTypeSince } from "../../runtime/facts/helpers/index.js";
import { kfuncSince } from "../../runtime/facts/kfuncs.js";
import { MAP_FLAGS } from "../../runtime/facts/maps/flags.js";
import { MapTypeId, mapTypeSince } from "../../runtime/facts/maps/index.js";
import { KERNELS, later, older, RULES, versionNumber } from "../../runtime/facts/versions.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { compileC, missingClang } from "../support/clang.js";

const floorsOf = (object: Uint8Array, cpu: 1 | 2 | 3 | 4 = 3): Record<string, string> => {
  const own = reportPrograms(readObject(object), cpu);
  const programs = withVerdicts(own, precheck(object, { explain: false }));
  return Object.fromEntries(programs.map((p) => [p.name, `${p.kernelFloor} ${p.kernelFloorFor}`]));
};

const MAP = (type: string, more = ""): string =>
  `struct { __uint(type, BPF_MAP_TYPE_${type}); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); ${more} } m SEC(".maps");
   SEC("xdp") int f(struct xdp_md *x) { __u32 k = 1; return bpf_map_lookup_elem(&m, &k) ? 1 : 2; }`;

// biome-ignore format: a table
const CASES: readonly (readonly [what: string, floor: string, source: string])[] = [
  ["nothing but jumps", "5.1 instruction set v3 (32-bit jumps)", `SEC("xdp") int f(struct xdp_md *x) { return x->rx_queue_index ? 1 : 2; }`],
  ["a loop", "5.3 loops", `SEC("xdp") int f(struct xdp_md *x) { int s = 0; for (__u32 i = 0; i < (x->rx_queue_index & 15); i++) { s += i; asm volatile("" : "+r"(s)); } return s & 1; }`],
  ["a helper", "5.8 bpf_ktime_get_boot_ns", `SEC("xdp") int f(struct xdp_md *x) { return bpf_ktime_get_boot_ns() & 1; }`],
  ["a helper of another type first", "6.18 bpf_get_current_comm in programs of this type", `SEC("xdp") int f(struct xdp_md *x) { char c[16]; return bpf_get_current_comm(c, 16) ? 1 : c[0]; }`],
  ["global data", "5.2 global data", `volatile int n; SEC("xdp") int f(struct xdp_md *x) { return n & 1; }`],
  ["a global function of numbers", "5.6 global functions", `__attribute__((noinline)) int g(int a) { asm volatile("" : "+r"(a)); return a; } SEC("xdp") int f(struct xdp_md *x) { return g(x->rx_queue_index) & 1; }`],
  ["a pointer argument", "5.12 pointers as arguments of global functions", `__attribute__((noinline)) int g(int *a) { asm volatile("" : "+r"(a)); return a ? *a : 0; } SEC("xdp") int f(struct xdp_md *x) { int v = x->rx_queue_index; return g(&v) & 1; }`],
  ["a tagged argument", "6.8 argument tags of global functions", `__attribute__((noinline)) int g(int *a __attribute__((btf_decl_tag("arg:nonnull")))) { asm volatile("" : "+r"(a)); return *a; } SEC("xdp") int f(struct xdp_md *x) { int v = x->rx_queue_index; return g(&v) & 1; }`],
  ["a callback", "5.17 bpf_loop", `static long each(__u32 i, void *c) { return 0; } SEC("xdp") int f(struct xdp_md *x) { return bpf_loop(4, each, 0, 0) & 1; }`],
  ["a map type", "5.16 maps of type bloom_filter", `struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 8); __type(value, __u32); } m SEC(".maps"); SEC("xdp") int f(struct xdp_md *x) { __u32 v = 1; return bpf_map_peek_elem(&m, &v) ? 1 : 2; }`],
  ["a map flag", "5.5 the map flag BPF_F_MMAPABLE", MAP("ARRAY", "__uint(map_flags, BPF_F_MMAPABLE);")],
  ["a map flag older than the rest", "5.1 instruction set v3 (32-bit jumps)", MAP("HASH", "__uint(map_flags, BPF_F_NO_PREALLOC);")],
  ["a field of the context", "5.16 the context's field at 184", `SEC("tc") int f(struct __sk_buff *s) { return s->hwtstamp & 1; }`],
  ["a kernel function", "6.4 bpf_dynptr_from_xdp", `struct bpf_dynptr; extern int bpf_dynptr_from_xdp(struct xdp_md *x, __u64 f, struct bpf_dynptr *p) __attribute__((section(".ksyms"))); SEC("xdp") int f(struct xdp_md *x) { struct bpf_dynptr p; return bpf_dynptr_from_xdp(x, 0, &p) & 1; }`],
  ["an atomic with a result", "5.12 atomic operations with a result", `__u64 n; SEC("xdp") int f(struct xdp_md *x) { return __sync_fetch_and_add(&n, 1) & 1; }`],
  ["a section", "6.4 programs of section \"netfilter\"", `SEC("netfilter") int f(void *c) { return 1; }`],
];

describe.skipIf(missingClang)("floors of bytecode", () => {
  test.each(CASES)("%s: %s", (_, floor, source) => expect(floorsOf(compileC(source))["f"]).toBe(floor));
});

const HEAD = `import { ArrayMap, global, struct, type u32, type u64, XdpAction, type XdpContext, xdp } from "ebpftsc";\n`;
const LOOP = `${HEAD}export class P {
  static readonly out = new ArrayMap<u64>(64);
  @xdp static run(ctx: XdpContext): XdpAction {
    const n = ctx.packet.length & 31;
    for (let i = 0; i < n; i++) P.out.update(i, 1n);
    // A constant key below the size: since 6.16 there is no other path.
    return P.out.lookup(1) === undefined ? XdpAction.Drop : XdpAction.Pass;
  }
}\n`;
const STRUCT = `${HEAD}@struct class Sums { a!: u64; b!: u64; }
export class P {
  @global static add(sums: Sums, by: u64): u64 { sums.a += by; return sums.a; }
  @xdp static run(ctx: XdpContext): XdpAction {
    const sums: Sums = { a: 1n, b: 2n };
    return P.add(sums, 4n) > 3n ? XdpAction.Pass : XdpAction.Drop;
  }
}\n`;

describe("floors of builds", () => {
  const source = (text: string): { file: string; outDir: string } => {
    const folder = tempFolder();
    const file = join(folder, "p.ts");
    writeFileSync(file, text);
    return { file, outDir: join(folder, "out") };
  };
  const buildOf = async (text: string, more: { kernel?: string; precheck?: boolean } = {}) => {
    const { file, outDir } = source(text);
    return build({ files: [file], outDir, ...more });
  };
  test.each([
    ["a loop", LOOP, "5.3"],
    ["a struct as argument of a global function", STRUCT, "6.8"],
  ])("%s", async (_, text, floor) => {
    const { objects, diagnostics } = await buildOf(text);
    expect(diagnostics).toEqual([]);
    expect(objects[0]?.programs.map((p) => p.kernelFloor)).toEqual([floor]);
    // The same without the walk.
    expect((await buildOf(text, { precheck: false })).objects[0]?.programs[0]?.kernelFloor).toBe(floor);
    expect((await buildOf(text, { kernel: floor })).diagnostics).toEqual([]);
    const refused = await buildOf(text, { kernel: "5.2" });
    expect(refused.objects).toEqual([]);
    expect(refused.diagnostics.map((d) => d.code)).toEqual(["EB4003"]);
    expect(refused.diagnostics[0]?.message).toMatch(new RegExp(`needs Linux ${floor} for .*, --kernel says 5.2`));
  });

  test("--kernel reaches the pre-check", async () => {
    const { objects } = await buildOf(LOOP, { kernel: "6.1" });
    expect(objects[0]?.programs[0]?.verifier?.verdict).toBe("accept");
    const { file } = source(LOOP);
    const { object } = compile(file);
    const walked = (kernel: string): number | undefined =>
      precheck(object ?? new Uint8Array(), { kernel })[0]?.processed;
    expect(objects[0]?.programs[0]?.verifier?.processed).toBe(walked("6.1"));
    expect(walked("6.18")).not.toBe(walked("6.1"));
  });

  test.each([
    "examples/firewall/firewall.ts",
    "examples/packet-counter/packet-counter.ts",
    "test/run/cases/functions.ts",
  ])("one account of stack: %s", (name) => {
    const { object, diagnostics } = compile(join(root, name));
    expect(diagnostics).toEqual([]);
    const bytes = object ?? new Uint8Array();
    const walked = precheck(bytes).map((r) => [r.program, r.stackBytes]);
    expect(reportPrograms(readObject(bytes), 3).map((p) => [p.name, p.stackBytes])).toEqual(walked);
  });
});

describe("the list of rules", () => {
  test("one comparison", () => {
    expect(older("6.1", "6.12")).toBe(true);
    expect(older("6.12", "6.2")).toBe(false);
    expect(older("v20.19.3", "20.19")).toBe(false);
    expect(older("4.20", "5.0")).toBe(true);
    expect(later("5.3", "5.15")).toBe("5.15");
    expect(versionNumber("6.18.44-fc-v657")).toBe(6018);
    expect([...KERNELS].sort((a, b) => versionNumber(a) - versionNumber(b))).toEqual([...KERNELS]);
  });
  test("each rule has a version, a name and a source; each map type a kernel", () => {
    for (const [name, rule] of Object.entries(RULES)) {
      expect(rule.since, name).toMatch(/^[3-7]\.\d+$/);
      expect(rule.source.length, name).toBeGreaterThan(3);
      expect(rule.what, name).not.toBe("");
    }
    const unknown = Object.keys(MapTypeId).filter((name) => name !== "unspec" && mapTypeSince(name) === undefined);
    expect(unknown).toEqual([]);
    expect(new Set(MAP_FLAGS.map(([bit]) => bit)).size).toBe(MAP_FLAGS.length);
    expect(kfuncSince("bpf_throw")).toBe("6.7");
    expect(helperTypeSince(16, 6, 37)).toBe("6.18");
    expect(helperTypeSince(16, 5, 0)).toBeUndefined();
    expect(helperTypeSince(14, 6, 37)).toBe("6.12");
  });
});
