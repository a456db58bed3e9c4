import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ObjectFormatError, readObject, sectionMeaning } from "../../runtime/elf/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { decode, imm64, validate } from "../../runtime/isa/index.js";
import { compileC, missingClang } from "../support/clang.js";
import { dataFolder, missingData } from "../support/data.js";

const SOURCE = `
struct value { __u64 packets; __u32 last; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, struct value); } stats SEC(".maps");
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } in0 SEC(".maps"), in1 SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 3); __type(key, __u32); __array(values, struct inner); }
  outer SEC(".maps") = { .values = { [0] = &in0, [2] = &in1 } };
int second(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __array(values, int(void *)); }
  tails SEC(".maps") = { .values = { [1] = (void *)&second } };
const volatile __u16 port = 7;
static volatile __u64 counter;
volatile int table[3] = { 1, 2, 3 };
extern int LINUX_KERNEL_VERSION __kconfig;
static __noinline int helper(__u32 x) { counter += x; return table[x % 3]; }
static __noinline int other(__u32 x) { return helper(x) + port; }
static long callback(__u32 i, void *data) { *(int *)data += i; return 0; }
SEC("xdp") int first(struct xdp_md *ctx) {
  __u32 key = 1; int sum = 0;
  struct value *v = bpf_map_lookup_elem(&stats, &key);
  if (v) v->packets++;
  bpf_loop(3, callback, &sum, 0);
  if (LINUX_KERNEL_VERSION > 1) sum++;
  return other(ctx->ingress_ifindex) + sum;
}
SEC("xdp") int second(struct xdp_md *ctx) { bpf_map_lookup_elem(&outer, &(__u32){0}); bpf_tail_call(ctx, &tails, 1); return helper(3); }
SEC("?tp/syscalls/sys_enter_mkdir") int third(void *ctx) { return 0; }
`;

describe.skipIf(missingClang)("an object of clang", () => {
  const object = missingClang ? undefined : readObject(compileC(SOURCE));
  if (object === undefined) return;
  const program = (name: string) => object.programs.find((p) => p.name === name);

  test("gives its programs with types", () => {
    expect(object.programs.map((p) => [p.name, p.section, p.autoload, p.meaning?.type, p.meaning?.detail])).toEqual([
      ["second", "xdp", true, "xdp", undefined],
      ["first", "xdp", true, "xdp", undefined],
      ["third", "tp/syscalls/sys_enter_mkdir", false, "tracepoint", "syscalls/sys_enter_mkdir"],
    ]);
    expect(object.license).toBe("GPL");
  });

  test("links the subprograms that each program needs, with valid code", () => {
    expect(
      program("first")
        ?.functions.map((f) => f.name)
        .sort(),
    ).toEqual(["callback", "first", "helper", "other"]);
    expect(program("second")?.functions.map((f) => f.name)).toEqual(["second", "helper"]);
    for (const p of object.programs) validate(decode(p.bytes));
    const insns = decode(program("first")?.bytes ?? new Uint8Array());
    const called = insns.filter((i) => i.opcode === 0x85 && i.src === 1).map((i) => i.slot + 1 + i.imm);
    const starts = program("first")?.functions.map((f) => f.start);
    for (const slot of called) expect(starts).toContain(slot);
    expect(called.length).toBe(2);
  });

  test("gives maps: attributes, inner maps, initial slots, data sections", () => {
    const map = (name: string) => object.maps.find((m) => m.name === name);
    expect(map("stats")).toMatchObject({
      type: MapTypeId.hash,
      keySize: 4,
      valueSize: 16,
      maxEntries: 64,
      initial: [],
    });
    expect(map("outer")?.inner).toMatchObject({ type: MapTypeId.array, valueSize: 4, maxEntries: 4 });
    expect(map("outer")?.initial).toEqual([
      { index: 0, target: { kind: "map", name: "in0" } },
      { index: 2, target: { kind: "map", name: "in1" } },
    ]);
    expect(map("tails")?.initial).toEqual([{ index: 1, target: { kind: "program", name: "second" } }]);
    expect(map(".rodata")?.data?.slice(0, 2)).toEqual(new Uint8Array([7, 0]));
    expect(map(".data")?.data).toEqual(new Uint8Array(new Uint32Array([1, 2, 3]).buffer));
    expect(map(".bss")?.data).toEqual(new Uint8Array(8));
    expect(object.kconfig).toMatchObject([{ name: "LINUX_KERNEL_VERSION", offset: 0, size: 4 }]);
    expect(map(".kconfig")?.valueSize).toBe(8);
  });

  test("resolves references to map indexes and value offsets", () => {
    const p = program("first");
    const insns = decode(p?.bytes ?? new Uint8Array());
    const names = p?.references.map((r) => (r.kind === "ksym" ? r.name : object.maps[r.map]?.name));
    expect(new Set(names)).toEqual(new Set(["stats", ".kconfig", ".bss", ".data", ".rodata"]));
    for (const r of p?.references ?? []) {
      const insn = insns.find((i) => i.slot === r.insn);
      if (r.kind === "value") expect(insn && imm64(insn)).toBe((BigInt(r.offset) << 32n) | BigInt(r.map));
    }
  });

  test("keeps lines with their text at the right slots", () => {
    const lines = program("first")?.lines ?? [];
    expect(lines.find((l) => l.text.includes("v->packets++"))?.insn).toBeGreaterThan(0);
    expect(lines.every((l) => l.line > 0 && l.file.endsWith(".c"))).toBe(true);
  });
});

test("section names as libbpf has them", () => {
  expect(sectionMeaning("kprobe/do_unlinkat")).toMatchObject({ type: "kprobe", detail: "do_unlinkat" });
  expect(sectionMeaning("?tcx/ingress")).toMatchObject({ type: "sched_cls", attach: 46 });
  expect(sectionMeaning("xdp.frags/devmap")).toMatchObject({ type: "xdp", attach: 33 });
  expect(sectionMeaning("xdp_prog1")).toMatchObject({ type: "xdp" });
  expect(sectionMeaning("fentry.s/vfs_open")).toMatchObject({ type: "tracing", sleepable: true, detail: "vfs_open" });
  expect(sectionMeaning("nonsense")).toBeUndefined();
});

describe.skipIf(missingData)("objects of other projects", () => {
  const root = `${dataFolder}/verifier-objects`;
  const files = missingData
    ? []
    : readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => /\.(o|elf)$/.test(f));

  test("all read, or are refused with a code and one line", () => {
    const refused: string[] = [];
    let programs = 0;
    for (const file of files) {
      try {
        programs += readObject(new Uint8Array(readFileSync(`${root}/${file}`))).programs.length;
      } catch (error) {
        if (!(error instanceof ObjectFormatError) || error.message.includes("\n")) throw error;
        refused.push(`${file}: ${error.message}`);
      }
    }
    expect(files.length).toBeGreaterThan(150);
    expect(programs).toBeGreaterThan(380);
    expect(refused.filter((line) => !/invalid|bad/.test(line))).toEqual([]);
  });
});
