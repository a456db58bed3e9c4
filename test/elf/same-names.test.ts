/**
 * Sections are told apart by index: objects with several data sections of one name (as LLVM makes them of strings that
 * it may merge), of several names, and with code sections of one name. Expected is what libbpf and the kernel make of
 * the same bytes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { precheck } from "../../compiler/precheck/index.js";
import { readObject } from "../../runtime/elf/index.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { loadObject } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";

const noKernel = announceSkip("test/elf/same-names on the kernel", kernelSkipReason()) || missingClang;

/** Assembles an object whose sections have the names that the text says, each `unique` one apart. */
function assemble(text: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "ebpftsc-asm-"));
  try {
    writeFileSync(join(folder, "in.s"), text);
    execFileSync("clang-19", ["-target", "bpf", "-mcpu=v3", "-c", join(folder, "in.s"), "-o", join(folder, "out.o")]);
    return new Uint8Array(readFileSync(join(folder, "out.o")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program that adds the first words of the named variables. */
function adding(
  sections: readonly { readonly header: string; readonly name: string; readonly value: number }[],
): string {
  return `
.section xdp,"ax",@progbits
.globl run
.type run,@function
run:
  r0 = 0
${sections.map((s) => `  r1 = ${s.name} ll\n  r2 = *(u32 *)(r1 + 0)\n  r0 *= 10\n  r0 += r2`).join("\n")}
  exit
.size run, .-run
.section license,"aw",@progbits
.asciz "GPL"
${sections
  .map(
    (s) => `.section ${s.header}
.type ${s.name},@object
${s.header.includes("nobits") ? `${s.name}: .zero 4` : `${s.name}: .long ${s.value}`}
.size ${s.name}, 4`,
  )
  .join("\n")}
`;
}

const CASES: readonly (readonly [string, readonly { header: string; name: string; value: number }[]])[] = [
  [
    "two .rodata, the strings first",
    [
      { header: '.rodata,"aMS",@progbits,1,unique,1', name: "text", value: 1 },
      { header: '.rodata,"a",@progbits', name: "table", value: 2 },
    ],
  ],
  [
    "three .rodata, two .data, two .bss",
    [
      { header: '.rodata,"a",@progbits', name: "a", value: 1 },
      { header: '.rodata,"aM",@progbits,4,unique,1', name: "b", value: 2 },
      { header: '.rodata,"a",@progbits,unique,2', name: "c", value: 3 },
      { header: '.data,"aw",@progbits', name: "d", value: 4 },
      { header: '.data,"aw",@progbits,unique,3', name: "e", value: 5 },
      { header: '.bss,"aw",@nobits', name: "f", value: 0 },
      { header: '.bss,"aw",@nobits,unique,4', name: "g", value: 0 },
    ],
  ],
  [
    "several .rodata.*, .data.*, .bss.*",
    [
      { header: '.rodata.str1.1,"aMS",@progbits,1', name: "a", value: 5 },
      { header: '.rodata.cst16,"aM",@progbits,16', name: "b", value: 6 },
      { header: '.rodata,"a",@progbits', name: "c", value: 7 },
      { header: '.data.first,"aw",@progbits', name: "d", value: 8 },
      { header: '.data.second,"aw",@progbits', name: "e", value: 9 },
      { header: '.bss.one,"aw",@nobits', name: "f", value: 0 },
      { header: '.bss.two,"aw",@nobits', name: "g", value: 0 },
    ],
  ],
];

describe.skipIf(missingClang)("data sections by index", () => {
  test.each(CASES)("%s", (_name, sections) => {
    const object = assemble(adding(sections));
    const want = sections.reduce((sum, s) => sum * 10 + s.value, 0);
    const maps = readObject(object).maps;
    expect(maps.map((m) => m.section)).toEqual(sections.map((s) => s.header.split(",")[0]));
    expect(new Set(maps.map((m) => m.name)).size).toBe(sections.length);
    for (const engine of ["interp", "wasm"] as const)
      expect(loadObject(object, { engine }).run("run", { packet: new Uint8Array(64) })).toMatchObject({
        result: BigInt(want),
      });
    expect(precheck(object).map((r) => [r.program, r.verdict])).toEqual([["run", "accept"]]);
    if (noKernel) return;
    using loaded = new OpenObject(object).load();
    expect(testRun(loaded.programFd("run"), { data: new Uint8Array(64) }).retval).toBe(want);
    expect(new Set(loaded.maps.map((m) => m.name)).size).toBe(sections.length);
  });
});

const LOG = `
const volatile __u32 limit = 3;
volatile __u32 last = 9;
__u32 seen;
SEC("xdp") int run(struct xdp_md *ctx) { bpf_printk("limit %u", limit); last += limit; seen += last; return limit; }
`;

/** Compiles C by way of LLVM's text, which `patch` changes: for sections that C cannot ask for. */
function throughText(source: string, patch: (ll: string) => string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "ebpftsc-ll-"));
  const [c, ll, o] = ["in.c", "in.ll", "out.o"].map((name) => join(folder, name)) as [string, string, string];
  const args = ["-O2", "-g", "-target", "bpf", "-mcpu=v3"];
  try {
    writeFileSync(
      c,
      `#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nchar LICENSE[] SEC("license") = "GPL";${source}`,
    );
    execFileSync("clang-19", [...args, "-I/usr/include/x86_64-linux-gnu", "-S", "-emit-llvm", c, "-o", ll]);
    const before = readFileSync(ll, "utf8");
    const after = patch(before);
    expect(after).not.toBe(before);
    writeFileSync(ll, after);
    execFileSync("clang-19", [...args, "-c", ll, "-o", o]);
    return new Uint8Array(readFileSync(o));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What LLVM makes of a format that it may merge: its own .rodata of the same name. */
const mergeable = (): Uint8Array =>
  throughText(LOG, (ll) =>
    ll.replace(/(@run\.____fmt = internal )(constant .*?)(, align 1)/, '$1unnamed_addr $2, section ".rodata"$3'),
  );

describe.skipIf(missingClang)("variables of sections of one name", () => {
  test("are set and read where they are, on the machine and by the loader", () => {
    const object = mergeable();
    const { maps } = readObject(object);
    expect(maps.filter((m) => m.section === ".rodata").length).toBe(2);
    for (const engine of ["interp", "wasm"] as const) {
      const machine = loadObject(object, { engine, config: { limit: 5 } });
      expect(machine.run("run", { packet: new Uint8Array(64) })).toMatchObject({ result: 5n, output: ["limit 5"] });
    }
    if (noKernel) return;
    using loaded = new OpenObject(object).setVariable("limit", 5).load();
    expect(testRun(loaded.programFd("run"), { data: new Uint8Array(64) }).retval).toBe(5);
    expect([loaded.variable("limit"), loaded.variable("last"), loaded.variable("seen")]).toEqual([5, 14, 14]);
  });

  test("a static map is refused in words that say what to do", () => {
    const object = compileC(
      'static struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } counts SEC(".maps");\n' +
        'SEC("xdp") int run(struct xdp_md *ctx) { return bpf_map_lookup_elem(&counts, &(__u32){0}) != 0; }',
    );
    expect(() => readObject(object)).toThrow(/static.*remove "static"/);
  });
});

test.skipIf(missingClang)("code sections of one name keep their own lines and functions", () => {
  const object = throughText(
    `
SEC("xdp") int first(struct xdp_md *ctx) {
  return 1; }
SEC("xdp") int second(struct xdp_md *ctx) {
  return 2; }
`,
    // A group makes a second section "xdp".
    (ll) =>
      ll
        .replace(/(define dso_local .*@second\(.*?)section "xdp"/, '$1section "xdp" comdat($second)')
        .replace("\ndefine ", "\n$second = comdat any\n\ndefine "),
  );
  const { elf, programs } = readObject(object);
  expect(elf.sections.filter((s) => s.name === "xdp").length).toBe(2);
  expect(
    programs.map((p) => [p.name, p.bytes.length, p.funcs.length, p.lines.map((l) => l.text.trim()).join(" ")]),
  ).toEqual([
    ["first", 16, 1, "return 1; }"],
    ["second", 16, 1, "return 2; }"],
  ]);
});
