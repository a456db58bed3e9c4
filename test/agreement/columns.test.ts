/**
 * What the agreement tool does not compare is printed in three columns by reason, and programs of sections that no loader knows are judged
 * with a type given by hand, as `ebpftsc verify --type` judges them.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GivenTypeError, givenTypes } from "../../compiler/precheck/index.js";
import { cli } from "../harness/cli.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { labelledObjects } from "./objects.js";
import { tables } from "./tables.js";
import { count, countSkipped, newTally } from "./tally.js";

/** Tail calls by numbered sections, as loaders of their own have them; one program reads a context that only xdp has. */
const SOURCE = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(key_size, 4); __uint(value_size, 4); __uint(max_entries, 4); } calls SEC(".maps");
SEC("tc") int known(struct __sk_buff *s) { bpf_tail_call(s, &calls, 1); return 0; }
SEC("2/1") int numbered(struct __sk_buff *s) { bpf_tail_call(s, &calls, 2); return s->mark; }
SEC("2/2") int numbered_past(struct __sk_buff *s) { return *(int *)((char *)s + 4096); }
SEC("3/1") int other(struct xdp_md *x) { return x->rx_queue_index ? XDP_DROP : XDP_PASS; }
SEC("fentry/do_nanosleep") int entry(void *c) { return 0; }`;

function compile(): string {
  const file = join(tempFolder(), "numbered.c");
  writeFileSync(file, SOURCE);
  const flags = ["-O2", "-g", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu"];
  execFileSync("clang-19", [...flags, "-c", file, "-o", `${file}.o`]);
  return `${file}.o`;
}

describe("types given by hand", () => {
  test.each([
    [["tc"], "2/7", "sched_cls"],
    [["sched_cls"], "2/7", "sched_cls"],
    [["cgroup/connect4"], "2/7", "cgroup_sock_addr"],
    [["kprobe"], "2/7", "kprobe"],
    [["2/7=xdp"], "2/7", "xdp"],
    [["2/8=xdp"], "2/7", undefined],
    [["tc", "2/7=xdp"], "2/7", "xdp"],
    // A section that says its type keeps it, unless it is named.
    [["tc"], "xdp", undefined],
    [["xdp=tc"], "xdp", "sched_cls"],
    [[], "2/7", undefined],
  ] as const)("%j for %s: %s", (texts, section, type) => expect(givenTypes(texts)(section)?.type).toBe(type));
  test.each([[["nonsense"]], [["2/7="]], [["xdp_nonsense"]], [["tc", "xdp"]], [["2/7=tc", "2/7=xdp"]]])(
    "%j is refused",
    (texts) => expect(() => givenTypes(texts)).toThrow(GivenTypeError),
  );
});

const skipped = announceSkip("agreement: columns", kernelSkipReason());
describe.skipIf(skipped)("beside the kernel", () => {
  const TYPES = ["tc", "3/1=xdp"];
  test("the command", () => {
    const object = compile();
    const rows = (...types: string[]) => {
      const args = ["verify", object, "--json", "--kernel-verifier", ...types.flatMap((t) => ["--type", t])];
      const { stdout } = cli(args, { cwd: join(object, "..") });
      return (
        JSON.parse(stdout) as { program: string; type: string; verdict: string; kernel?: { verdict: string } }[]
      ).filter((r) => r.program !== "entry");
    };
    expect(rows().map((r) => r.verdict)).toEqual(["accept", "undecided", "undecided", "undecided"]);
    expect(rows(...TYPES).map((r) => [r.program, r.type, r.verdict, r.kernel?.verdict])).toEqual([
      ["known", "sched_cls", "accept", "accept"],
      ["numbered", "sched_cls", "accept", "accept"],
      ["numbered_past", "sched_cls", "reject", "reject"],
      ["other", "xdp", "accept", "accept"],
    ]);
    const wrong = cli(["verify", object, "--type", "nonsense"]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^error: --type: "nonsense" is no program type;.*\n$/);
  });

  const tallied = (object: string, types: readonly string[]) => {
    const tally = newTally();
    const skip = (_: string, why: string, as: "dropped" | "policy") => countSkipped(tally, why, as);
    for (const row of labelledObjects(object, skip, givenTypes(types))) count(tally, row, undefined);
    return tally;
  };

  test("the tool: dropped, policy-refused and undecided are apart", () => {
    const object = compile();
    const without = tallied(object, []);
    expect(without.dropped).toEqual(new Map([["section … names no program type; give one with --type", 3]]));
    const tally = tallied(object, TYPES);
    expect([...tally.dropped]).toEqual([]);
    expect(tally.counts).toMatchObject({ bothAccept: 3 + (tally.policy.size === 0 ? 1 : 0), bothReject: 1 });
    expect(tally.counts).toMatchObject({ falseAccept: 0, falseReject: 0, undecidedAccept: 0, undecidedReject: 0 });
    expect(tally.programs + tally.notLoaded).toBe(5);
    const printed = tables(new Map([["numbered.o", without]]));
    expect(printed).toMatch(/undecided +policy-refused +dropped/);
    expect(printed).toMatch(/dropped +section … names no program type; give one with --type +3/);
  });
});
