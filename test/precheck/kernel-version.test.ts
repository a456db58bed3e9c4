/** `--kernel`: what an older kernel lacks is refused with the version that brought it; what is not known is said so. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verify } from "../../compiler/precheck/explore/run.js";
import { type Kernel, precheck } from "../../compiler/precheck/index.js";
import { KFUNC_ROWS } from "../../compiler/precheck/tables/kfuncs.table.js";
import { kfuncSince, versionNumber } from "../../compiler/precheck/tables/since.js";
import type { Instruction } from "../../runtime/isa/index.js";
import { announceSkip } from "../kernel/support.js";
import { alu, call, exit, jump, jumpr, load, map, mov, movr, storer, subject } from "./assemble.js";

const on = (kernel: Kernel, insns: readonly Instruction[]): string => {
  const { rejection } = verify({ ...subject("xdp", insns), version: versionNumber(kernel) }, 2);
  return rejection === undefined ? "accept" : rejection.text;
};
const end = [mov(0, 0), exit];

describe("older kernels", () => {
  test("helpers", () => {
    const insns = [map(1, 0), mov(2, 0), mov(3, 0), mov(4, 0), mov(5, 0), call(195), ...end];
    expect(on("5.15", insns)).toBe("helper bpf_map_lookup_percpu_elem#195 exists since Linux 5.19");
    expect(on("6.1", insns)).not.toContain("exists since");
  });
  test("instructions", () => {
    const signed: Instruction = { slot: 0, opcode: 0x37, dst: 2, src: 0, off: 1, imm: 3 };
    expect(on("6.1", [mov(2, 9), signed, ...end])).toBe("signed division exists since Linux 6.6");
    expect(on("6.12", [mov(2, 9), signed, ...end])).toBe("accept");
  });
  test("stack that nothing wrote", () => {
    const insns = [storer(8, 10, -16, 1), load(8, 2, 10, -8), ...end];
    expect(on("5.15", insns)).toContain("invalid read from stack");
    expect(on("6.1", insns)).toBe("accept");
  });
  test("a lookup with a constant key", () => {
    const insns = [
      mov(1, 0),
      storer(4, 10, -4, 1),
      movr(2, 10),
      { ...jump(0, 2, -4, 0), opcode: 0x07 },
      map(1, 1),
      call(1),
      load(8, 1, 0, 0),
      ...end,
    ];
    expect(on("6.12", insns)).toContain("map_value_or_null");
    expect(on("6.18", insns)).toBe("accept");
  });
  test("packet pointers after a tail call that came back", () => {
    const head = [movr(6, 1), load(4, 7, 1, 0), load(4, 8, 1, 4), movr(2, 7), alu(0x00, 2, 4), jumpr(0x20, 2, 8, 6)];
    const insns = [...head, movr(1, 6), map(2, 3), mov(3, 0), call(12), load(4, 1, 7, 0), ...end];
    const said = (["6.1", "6.12", "6.18"] as const).map((kernel) => on(kernel, insns));
    expect(said).toEqual(["accept", "R7 invalid mem access 'scalar'", "accept"]);
  });
  test("kernel functions that no row names are not guessed", () => {
    const unknown = KFUNC_ROWS.map(([name]) => name).filter((name) => kfuncSince(name) === undefined);
    expect(unknown.length).toBeLessThan(60);
    const rows = new Set(KFUNC_ROWS.map(([name]) => name));
    expect(["bpf_throw", "bpf_iter_num_new", "bpf_rcu_read_lock"].every((name) => rows.has(name))).toBe(true);
    const insns: Instruction[] = [mov(1, 0), { slot: 0, opcode: 0x85, dst: 0, src: 2, off: 0, imm: 0 }, ...end];
    const judge = (name: string): string =>
      verify({ ...subject("xdp", insns), kfuncs: new Map([[1, name]]), version: versionNumber("6.12") }, 2).rejection
        ?.text ?? "accept";
    expect(judge(unknown[0] ?? "")).toContain("is not known");
    expect(judge("bpf_local_irq_save")).toBe("kernel function bpf_local_irq_save exists since Linux 6.14");
  });
});

const CLANG = "/usr/bin/clang-19";
const skipped = announceSkip("--kernel on objects", existsSync(CLANG) ? undefined : `${CLANG} is not installed`);
test.skipIf(skipped)("sections, and the note", () => {
  const folder = mkdtempSync(join(tmpdir(), "ebpftsc-kernel-"));
  try {
    const target = join(folder, "o.o");
    const source =
      '__attribute__((section("netfilter"), used)) int f(void *c) { return 1; } char l[] __attribute__((section("license"), used)) = "GPL";';
    execFileSync(CLANG, ["-O2", "-g", "-target", "bpf", "-x", "c", "-c", "-", "-o", target], { input: source });
    const object = new Uint8Array(readFileSync(target));
    const [old] = precheck(object, { kernel: "6.1" });
    expect(old?.message).toBe('section "netfilter" exists since Linux 6.4');
    const [newer] = precheck(object, { kernel: "6.12" });
    expect(newer?.verdict).toBe("accept");
    expect(newer?.note).toContain("as of Linux 6.12");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
