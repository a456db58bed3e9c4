import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ObjectFormatError, readElf, readObject } from "../../runtime/elf/index.js";
import { compileC, compileIn, missingClang } from "../support/clang.js";

const SOURCE = `
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } in0 SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 3); __type(key, __u32); __array(values, struct inner); }
  outer SEC(".maps") = { .values = { [0] = &in0 } };
static volatile __u64 counter = 3;
extern int LINUX_KERNEL_VERSION __kconfig;
static __noinline int helper(__u32 x) { return counter += x; }
SEC("xdp") int first(struct xdp_md *ctx) { bpf_map_lookup_elem(&outer, &(__u32){0}); return helper(ctx->ingress_ifindex) + LINUX_KERNEL_VERSION; }
`;

/** xorshift32: the same mutations in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function outcome(bytes: Uint8Array): string {
  try {
    readObject(bytes);
    return "read";
  } catch (error) {
    if (error instanceof ObjectFormatError && /^[^\p{Cc}\u202e]*$/u.test(error.message)) return error.code;
    throw error;
  }
}

describe.skipIf(missingClang)("corrupt objects", () => {
  const good = missingClang ? new Uint8Array() : compileC(SOURCE);

  test("4,000 mutations are read or refused with a code, nothing else", () => {
    const random = generator(0x2545f491);
    let read = 0;
    for (let round = 0; round < 4000; round++) {
      const bytes = good.slice();
      for (let n = random(4) + 1; n > 0; n--) {
        const at = random(bytes.length);
        bytes[at] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)] ?? 0;
      }
      if (outcome(random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes) === "read") read++;
    }
    // Bytes of debug info change nothing: some are read. Which codes come depends on the compiler's bytes; see below.
    expect(read).toBeGreaterThan(0);
  });

  test("mutations of every name: control characters, and whatever else a byte can be", () => {
    const strings = readElf(good).sections.filter((s) => s.name === ".strtab" || s.name === ".BTF");
    expect(strings.length).toBe(2);
    for (const { data } of strings) {
      const base = data.byteOffset - good.byteOffset;
      for (let at = 0; at < data.length; at++)
        for (const value of [0x0a, 0x1b, 0x9b]) {
          if (!/[A-Za-z_.]/.test(String.fromCharCode(data[at] ?? 0))) continue;
          outcome(Uint8Array.from(good, (b, i) => (i === base + at ? value : b)));
        }
    }
  });

  /** The object with bytes of a section, or of the words of its header, changed: independent of where a compiler puts it. */
  const changed = (name: string, change: (view: DataView, header: DataView) => void): Uint8Array => {
    const bytes = good.slice();
    const section = readElf(bytes).sections.find((s) => s.name === name);
    if (section === undefined) throw new Error(`no section ${name}`);
    const table = Number(new DataView(bytes.buffer).getBigUint64(40, true));
    change(
      new DataView(bytes.buffer, section.data.byteOffset, section.data.length),
      new DataView(bytes.buffer, table + section.index * 64, 64),
    );
    return bytes;
  };
  const text = (view: DataView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const replaced = (name: string, from: string, to: string): Uint8Array =>
    changed(name, (view) => {
      const bytes = text(view);
      const at = Buffer.from(bytes).indexOf(from);
      if (at < 0) throw new Error(`no ${from} in ${name}`);
      bytes.set(Buffer.from(to, "latin1"), at);
    });

  test.each([
    [
      "a section beyond the file",
      () => changed("xdp", (_, header) => header.setBigUint64(32, 1n << 30n, true)),
      "OBJ_TRUNCATED",
    ],
    ["type information of another magic", () => changed(".BTF", (view) => view.setUint16(0, 0, true)), "OBJ_BTF"],
    [
      "a relocation of a symbol that is not there",
      () => changed(".relxdp", (view) => view.setUint32(12, 60_000, true)),
      "OBJ_RELOCATION",
    ],
    ["an attribute of a map with a line break", () => replaced(".BTF", "max_entries", "\nax_entries"), "OBJ_MAP"],
    [
      "an attribute of a map that steers a terminal",
      () => replaced(".BTF", "max_entries", "\x1b[2Jentries"),
      "OBJ_MAP",
    ],
    [
      "code that is no multiple of 8 bytes",
      () => changed("xdp", (_, header) => header.setBigUint64(32, 12n, true)),
      "OBJ_CODE",
    ],
    [
      "a symbol name beyond the table",
      () =>
        changed(".symtab", (view) => {
          for (let at = 0; at < view.byteLength; at += 24) view.setUint32(at, 0x7fff_ffff, true);
        }),
      "OBJ_SYMBOL",
    ],
  ] as const)("refuses %s", (_name, bytes, code) => {
    expect(outcome(bytes())).toBe(code);
  }); // prettier-ignore

  test("the object of a source has the same bytes in any folder", () => {
    const made = ["plain", "with blank", "new\nline", "q'uote\"", "ümläut-\u202e"].map((name) => {
      const folder = join(mkdtempSync(join(tmpdir(), "ebpftsc-odd-")), name);
      mkdirSync(folder);
      try {
        compileIn(folder, SOURCE);
        return Buffer.from(readFileSync(join(folder, "program.o"))).toString("hex");
      } finally {
        rmSync(dirname(folder), { recursive: true });
      }
    });
    expect(new Set(made).size).toBe(1);
  });

  test.each([
    ["an empty file", new Uint8Array(), "OBJ_NOT_ELF"],
    ["a script", new TextEncoder().encode("#!/bin/sh\nexit 0\n"), "OBJ_NOT_ELF"],
    ["a header alone", good.subarray(0, 40), "OBJ_TRUNCATED"],
    ["another machine", Uint8Array.from(good, (b, i) => (i === 18 ? 62 : b)), "OBJ_NOT_BPF"],
    ["another byte order", Uint8Array.from(good, (b, i) => (i === 5 ? 2 : b)), "OBJ_NOT_BPF"],
  ])("refuses %s", (_name, bytes, code) => {
    expect(outcome(bytes)).toBe(code);
  });
});
