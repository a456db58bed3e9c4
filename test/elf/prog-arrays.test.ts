/** Which programs may share a prog array: every pair of sections below, by the kernel, the pre-check and the machine. */
import { describe, expect, test } from "vitest";
import { precheck } from "../../compiler/precheck/index.js";
import { progArrayConflicts, readObject } from "../../runtime/elf/index.js";
import { SyscallError } from "../../runtime/kernel/errors.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { loadObject } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";

const noKernel = announceSkip("test/elf/prog-arrays on the kernel", kernelSkipReason()) || missingClang;
const SECTIONS = [
  "tc",
  "classifier",
  "xdp",
  "xdp.frags",
  "socket",
  "cgroup_skb/ingress",
  "cgroup_skb/egress",
  "raw_tp/sys_enter",
  "tp/syscalls/sys_enter_mkdir",
  "sk_skb",
]; // prettier-ignore

/** Two programs: both jump, or the second is a target only. */
const object = (first: string, second: string, jumps: boolean): Uint8Array =>
  compileC(`
int b(void *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __array(values, int(void *)); }
  jumps SEC(".maps") = { .values = { ${jumps ? "" : "[1] = (void *)&b"} } };
SEC("${first}") int a(void *ctx) { bpf_tail_call(ctx, &jumps, 0); return 0; }
SEC("${second}") int b(void *ctx) { ${jumps ? "bpf_tail_call(ctx, &jumps, 1);" : ""} return 1; }`);

/** Whether the kernel loads both. */
function loads(bytes: Uint8Array): boolean {
  try {
    using _loaded = new OpenObject(bytes).load();
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errnoName !== "EINVAL") throw error;
    // After a complete walk of the verifier: its log has no word against the program.
    if (/after the verifier walked \d+ instructions and found no fault/.test(error.notJudged ?? "")) return false;
    // A slot that libbpf fills after all programs are loaded.
    if (error.operation === "load jumps") return false;
    throw error;
  }
}

describe.skipIf(missingClang)("a prog array", () => {
  const pairs = SECTIONS.flatMap((a, i) => SECTIONS.slice(i).map((b) => [a, b] as const));
  test.each(pairs)("of %s and %s", (first, second) => {
    for (const jumps of [true, false]) {
      const bytes = object(first, second, jumps);
      const conflicts = progArrayConflicts(readObject(bytes));
      const together = conflicts.length === 0;
      if (!noKernel) expect(together, `${jumps ? "both jump" : "a target"}`).toBe(loads(bytes));
      const refused = precheck(bytes).filter((r) => r.verdict !== "accept");
      expect(refused.map((r) => [r.program, r.verdict, r.code, r.besideOthers])).toEqual(
        conflicts.map((c) => [c.program, "reject", "EB5010", true]),
      );
      expect(precheck(bytes, { apart: true }).every((r) => r.verdict === "accept")).toBe(true);
      const load = () => loadObject(bytes);
      // Which attach type a program gets is the loader's choice: the machine has none.
      if (conflicts.some((c) => !c.attachOnly)) expect(load).toThrow(/prog array belongs to programs of one kind/);
      else load();
    }
  });
});
