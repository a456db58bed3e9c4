import { describe, expect, test } from "vitest";
import { CodecError, type CodecErrorCode, codecFor } from "../../runtime/btf/index.js";
import { readObject } from "../../runtime/elf/index.js";
import { compileC, missingClang } from "../support/clang.js";

const SOURCE = `
typedef __u32 be32; typedef __u16 be16; typedef __u64 be64;
enum color { RED = 1, BLUE = 5 };
struct point { __s16 x; __u8 tag; };
struct all {
  __u8 a; __s8 b; __u16 c; __s32 d; __u64 e; __s64 f; _Bool yes;
  be32 addr; be16 port; be64 wide; __be32 kaddr;
  char name[8]; unsigned char mac[6]; __u16 list[3]; struct point points[2];
  enum color color; void *ptr;
  __u32 lo:4, mid:13, hi:15; __s32 neg:5;
  union { __u32 word; __u8 bytes[4]; };
  struct { __u32 inner_a; __u32 inner_b; };
};
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __type(key, __u32); __type(value, struct all); } m SEC(".maps");
SEC("xdp") int p(void *ctx) { return bpf_map_lookup_elem(&m, &(__u32){0}) != 0; }
`;

const VALUE = {
  a: 255,
  b: -128,
  c: 65535,
  d: -2147483648,
  e: 0xffff_ffff_ffff_ffffn,
  f: -1n,
  yes: true,
  addr: 0x0a000001,
  port: 443,
  wide: 0x0102030405060708n,
  kaddr: 0xc0a80001,
  name: "bash",
  mac: new Uint8Array([1, 2, 3, 4, 5, 6]),
  list: [1, 2, 65535],
  points: [
    { x: -1, tag: 7 },
    { x: 300, tag: 0 },
  ],
  color: 5,
  ptr: 0xffff_8880_0000_1000n,
  lo: 15,
  mid: 4097,
  hi: 32767,
  neg: -16,
  inner_a: 1,
  inner_b: 2,
}; // prettier-ignore

describe.skipIf(missingClang)("codec of a C struct", () => {
  if (missingClang) return;
  const { btf } = readObject(compileC(SOURCE));
  const id = btf?.find("all", "struct")?.id ?? 0;
  if (btf === undefined) throw new Error("no BTF");
  const codec = codecFor(btf, id);
  const full = { ...VALUE, word: 0x04030201 };

  test("gives back what it was given, unions through every member", () => {
    const bytes = new Uint8Array(codec.size + 4).fill(0xaa);
    codec.encode(full, bytes, 2);
    expect(codec.decode(bytes, 2)).toEqual({ ...full, bytes: new Uint8Array([1, 2, 3, 4]) });
    expect([bytes[0], bytes[1], bytes[codec.size + 2], bytes[codec.size + 3]]).toEqual([0xaa, 0xaa, 0xaa, 0xaa]);
    codec.encode({ ...VALUE, bytes: [1, 2, 3, 4] }, bytes, 2);
    expect(codec.decode(bytes, 2)).toMatchObject({ word: 0x04030201 });
  });

  test("lays values out as C does, padding zeroed, be types in network order", () => {
    const bytes = new Uint8Array(codec.size).fill(0xff);
    codec.encode(full, bytes, 0);
    const type = btf.get(id);
    const offset = (name: string): number =>
      type.kind === "struct" ? (type.members.find((m) => m.name === name)?.bitOffset ?? 0) / 8 : 0;
    expect([...bytes.subarray(offset("addr"), offset("addr") + 4)]).toEqual([10, 0, 0, 1]);
    expect([...bytes.subarray(offset("port"), offset("port") + 2)]).toEqual([1, 187]);
    expect([...bytes.subarray(offset("name"), offset("name") + 8)]).toEqual([98, 97, 115, 104, 0, 0, 0, 0]);
    expect(bytes[offset("yes") + 1]).toBe(0);
  });

  test.each<[string, object, CodecErrorCode, RegExp]>([
    ["too large", { c: 65536 }, "CODEC_RANGE", /c: expected .*0 to 65535\), got 65536/],
    ["a fraction", { d: 1.5 }, "CODEC_RANGE", /d: /],
    ["bigint for 32 bits", { d: 1n }, "CODEC_TYPE", /d: .*got 1n/],
    ["a string for a number", { e: "1" }, "CODEC_TYPE", /e: /],
    [
      "a nested field",
      {
        points: [
          { x: 1, tag: 2 },
          { x: 40000, tag: 2 },
        ],
      },
      "CODEC_RANGE",
      /points\[1\]\.x: /,
    ],
    ["a long string", { name: "much too long" }, "CODEC_LENGTH", /name: expected at most 8 bytes, got 13 bytes/],
    ["a short array", { list: [1] }, "CODEC_LENGTH", /list: expected 3 elements/],
    ["a wide bit-field", { mid: 8192 }, "CODEC_RANGE", /mid: .*0 to 8191/],
    ["an unknown field", { nope: 1 }, "CODEC_FIELD", /nope: /],
    ["a missing field", { inner_b: undefined }, "CODEC_FIELD", /inner_b: /],
    ["a number for bool", { yes: 1 }, "CODEC_TYPE", /yes: expected a boolean/],
  ])("refuses %s", (_name, change, code, message) => {
    const attempt = (): void => codec.encode({ ...full, ...change }, new Uint8Array(codec.size), 0);
    expect(attempt).toThrow(CodecError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(new RegExp(code));
  });

  test("refuses a buffer that is too small", () => {
    expect(() => codec.decode(new Uint8Array(codec.size - 1), 0)).toThrow(/CODEC_BOUNDS/);
  });
});
