/**
 * Tail calls out of functions against the kernel: random chains and trees of programs whose functions jump to each other
 * from any depth, share the 33 tail calls of a run, and come back to their callers with the target's result.
 * EBPFTSC_PROGRAMS sets how many objects (default 12), EBPFTSC_SEED the seed.
 */
import { describe, expect, test } from "vitest";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { loadObject } from "../../runtime/vm/index.js";
import { Random } from "../harness/random.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";

const skip = announceSkip("test/vm/tail-calls-kernel", kernelSkipReason());
const OBJECTS = Number(process.env["EBPFTSC_PROGRAMS"] ?? 12);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);
const SLOTS = 6;

/** A tail call, perhaps to a slot that is empty or beyond the array; perhaps twice: then a tree grows. */
const jump = (random: Random): string => `bpf_tail_call(ctx, &jumps, ${random.below(SLOTS + 2)});`;

/** A function of depth `depth` that calls the next one, jumps, or both. */
function functions(random: Random, program: number): { readonly text: string; readonly entry: string } {
  const depth = random.below(4);
  const out: string[] = [];
  for (let d = depth; d >= 0; d--) {
    const name = `f${program}_${d}`;
    const calls =
      d === depth
        ? ""
        : `r += f${program}_${d + 1}(ctx);${random.oneIn(3) ? ` r += f${program}_${d + 1}(ctx) * 2;` : ""}`;
    const jumps = d === depth || random.oneIn(3) ? jump(random) : "";
    // The stack of what is above a tail call is limited to 256 bytes in all.
    const local = `volatile int keep = ${random.below(100)};`;
    out.push(
      `static __noinline int ${name}(CTX *ctx) { int r = ++count; ${local} ${calls} ${jumps} return r * 3 + keep + ${program}; }`,
    );
  }
  return { text: out.join("\n"), entry: `f${program}_0` };
}

function object(random: Random, section: "tc" | "xdp"): { readonly source: string; readonly names: string[] } {
  const count = 2 + random.below(3);
  const names = Array.from({ length: count }, (_, i) => `p${i}`);
  const parts = names.map((_, i) => functions(random, i));
  const slots = Array.from({ length: SLOTS }, (_, i) =>
    random.oneIn(4) ? "" : `[${i}] = (void *)&p${random.below(count)},`,
  );
  const source = `
typedef struct ${section === "tc" ? "__sk_buff" : "xdp_md"} CTX;
${names.map((n) => `int ${n}(CTX *ctx);`).join("\n")}
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, ${SLOTS}); __uint(key_size, 4); __array(values, int(CTX *)); }
  jumps SEC(".maps") = { .values = { ${slots.join(" ")} } };
int count = 0;
${parts.map((p) => p.text).join("\n")}
${names
  .map(
    (n, i) =>
      `SEC("${section}") int ${n}(CTX *ctx) { count += 1000; int a = ${parts[i]?.entry}(ctx); int b = count; ${
        random.oneIn(2) ? `a += ${parts[i]?.entry}(ctx) * 7;` : ""
      } ${random.oneIn(3) ? jump(random) : ""} return (a * 31 + b) & 0xffffff; }`,
  )
  .join("\n")}`;
  return { source, names };
}

describe.skipIf(skip || missingClang)("tail calls out of functions", () => {
  test(`${OBJECTS} objects give the kernel's results`, () => {
    let deepest = 0;
    for (let n = 0; n < OBJECTS; n++) {
      const { source, names } = object(new Random(SEED * 7919 + n), n % 2 === 0 ? "tc" : "xdp");
      const bytes = compileC(source);
      using loaded = new OpenObject(bytes).load();
      const inKernel = names.flatMap((name) => {
        const fd = loaded.programFd(name);
        return [0, 1].map(() => [testRun(fd, { data: new Uint8Array(64) }).retval, loaded.variable("count")]);
      });
      for (const engine of ["interp", "wasm"] as const) {
        const machine = loadObject(bytes, { engine });
        const ours = names.flatMap((name) =>
          [0, 1].map(() => {
            const { result, fault } = machine.run(name, { packet: new Uint8Array(64) });
            expect(fault, `${engine} ${SEED} ${n} ${name}`).toBeUndefined();
            return [
              Number(result),
              new DataView(machine.map(".bss").dump()[0]?.[1].slice().buffer as ArrayBuffer).getInt32(0, true),
            ];
          }),
        );
        expect(ours, `${engine}, seed ${SEED}, object ${n}:\n${source}`).toEqual(inKernel);
      }
      deepest = Math.max(deepest, ...inKernel.map(([, count]) => Number(count)));
    }
    // 33 jumps, each counted a thousand.
    expect(deepest).toBeGreaterThan(33_000);
  });

  test("from eight calls deep, 33 times", () => {
    const nest = Array.from(
      { length: 6 },
      (_, i) =>
        `static __noinline int d${i}(CTX *ctx) { volatile int k = ${i}; return ${i === 0 ? "leaf" : `d${i - 1}`}(ctx) + k; }`,
    ).join("\n");
    const bytes = compileC(`
typedef struct __sk_buff CTX;
int run(CTX *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __array(values, int(CTX *)); }
  jumps SEC(".maps") = { .values = { [0] = (void *)&run } };
int count = 0;
static __noinline int leaf(CTX *ctx) { bpf_tail_call(ctx, &jumps, 0); return 5; }
${nest}
SEC("tc") int run(CTX *ctx) { count++; return d5(ctx) + count * 1000; }`);
    using loaded = new OpenObject(bytes).load();
    const want = testRun(loaded.programFd("run"), { data: new Uint8Array(64) }).retval;
    for (const engine of ["interp", "wasm"] as const)
      expect(loadObject(bytes, { engine }).run("run", { packet: new Uint8Array(64) }), engine).toMatchObject({
        result: BigInt(want),
      });
  });
});
