/** Objects of clang: functions by their BTF and visibility, locks, frozen constants, source lines. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { precheck } from "../../compiler/precheck/index.js";

const CLANG = "/usr/bin/clang-19";

function compile(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "ebpftsc-precheck-"));
  try {
    writeFileSync(join(folder, "p.c"), source);
    execFileSync(CLANG, [
      "-O2",
      "-g",
      "-fno-builtin",
      "-Wno-everything",
      "-target",
      "bpf",
      "-c",
      join(folder, "p.c"),
      "-o",
      join(folder, "p.o"),
    ]);
    return new Uint8Array(readFileSync(join(folder, "p.o")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HEAD = `
#define SEC(n) __attribute__((section(n), used))
#define NI __attribute__((noinline))
typedef unsigned int u32; typedef unsigned long long u64;
struct xdp_md { u32 data, data_end, data_meta, a, b, c; };
struct bpf_spin_lock { u32 val; };
struct pair { u64 a, b; };
struct locked { struct bpf_spin_lock lock; u32 n; };
struct { int (*type)[2]; int (*max_entries)[4]; u32 *key; struct locked *value; } locks SEC(".maps");
static void *(*const lookup)(void *, const void *) = (void *) 1;
static long (*const lock)(struct bpf_spin_lock *) = (void *) 93;
static long (*const unlock)(struct bpf_spin_lock *) = (void *) 94;
static u32 (*const prandom)(void) = (void *) 7;
char LICENSE[] SEC("license") = "GPL";
`;
const verdict = (body: string) => precheck(compile(HEAD + body)).map((r) => r.code ?? r.verdict);

if (!existsSync(CLANG)) console.warn(`skipped: ${CLANG} is not installed`);

describe.skipIf(!existsSync(CLANG))("objects", () => {
  test("a global function must test its pointer, a hidden one need not", () => {
    const body = (attribute: string): string => `
      ${attribute} NI u64 sum(struct pair *p) { return p->a + p->b; }
      SEC("xdp") int run(struct xdp_md *c) { struct pair p = { prandom(), 2 }; return sum(&p) & 1; }`;
    expect(verdict(body(""))).toEqual(["EB5003"]);
    expect(verdict(body('__attribute__((visibility("hidden")))'))).toEqual(["accept"]);
    const tagged = body("").replace("struct pair *p)", 'struct pair *p __attribute__((btf_decl_tag("arg:nonnull"))))');
    expect(verdict(tagged)).toEqual(["accept"]);
  });
  test("a global function takes what its signature says", () => {
    const body = (argument: string): string => `
      NI u64 get(u64 *p) { asm volatile("" : "+r"(p)); return p ? *p : 0; }
      SEC("xdp") int run(struct xdp_md *c) { u64 v = 1; return get(${argument}) & 1; }`;
    expect(verdict(body("&v"))).toEqual(["accept"]);
    expect(verdict(body("(u64 *)(long)prandom()"))).toEqual(["EB5022"]);
  });
  test("locks are released, and nothing is called inside", () => {
    const body = (inside: string, after: string): string => `
      SEC("xdp") int run(struct xdp_md *c) {
        u32 key = 9; struct locked *v = lookup(&locks, &key); if (!v) return 1;
        lock(&v->lock); ${inside} ${after} return 2; }`;
    expect(verdict(body("v->n++;", "unlock(&v->lock);"))).toEqual(["accept"]);
    expect(verdict(body("v->n++;", ""))).toEqual(["EB5012"]);
    expect(verdict(body("v->n = prandom();", "unlock(&v->lock);"))).toEqual(["EB5012"]);
  });
  test("frozen constants are known, and the source line is told", () => {
    const source = `${HEAD}
      const volatile u32 chosen = 3; u64 table[4];
      SEC("xdp") int run(struct xdp_md *c) { return table[chosen] & 1; }`;
    expect(precheck(compile(source)).map((r) => r.verdict)).toEqual(["accept"]);
    const [bad] = precheck(compile(source.replace("chosen = 3", "chosen = 4")));
    expect(bad?.code).toBe("EB5001");
    expect(bad?.source?.text).toContain("table[chosen]");
  });
});
