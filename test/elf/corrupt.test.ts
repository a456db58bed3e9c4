import { describe, expect, test } from "vitest";
import { ObjectFormatError, readObject } from "../../runtime/elf/index.js";
import { compileC, missingClang } from "../support/clang.js";

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
    if (error instanceof ObjectFormatError && !error.message.includes("\n")) return error.code;
    throw error;
  }
}

describe.skipIf(missingClang)("corrupt objects", () => {
  const good = missingClang ? new Uint8Array() : compileC(SOURCE);

  test("4,000 mutations are read or refused with a code, nothing else", () => {
    const random = generator(0x2545f491);
    const seen = new Map<string, number>();
    for (let round = 0; round < 4000; round++) {
      const bytes = good.slice();
      for (let n = random(4) + 1; n > 0; n--) {
        const at = random(bytes.length);
        bytes[at] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)] ?? 0;
      }
      const code = outcome(random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    expect(seen.get("read")).toBeGreaterThan(100);
    for (const code of ["OBJ_TRUNCATED", "OBJ_BTF", "OBJ_RELOCATION", "OBJ_MAP"])
      expect(seen.get(code), code).toBeGreaterThan(0);
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
