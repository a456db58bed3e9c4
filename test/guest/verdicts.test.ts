/**
 * Programs that the host's kernel cannot load (fentry, fexit, fmod_ret, LSM hooks, probes): the pre-check says of them what
 * Linux 6.1.192 and 6.12.117 said in a guest (verdicts.json, made with `npm run verify:guest`). Types come from kernel.c.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Kernel, precheck } from "../../compiler/precheck/index.js";
import { readElf } from "../../runtime/elf/elf.js";
import { announceSkip } from "../kernel/support.js";

const CLANG = "/usr/bin/clang-19";
const skipped = announceSkip("what guests' kernels say", existsSync(CLANG) ? undefined : `${CLANG} is not there`);

const compile = (name: string): Uint8Array => {
  const flags = ["-O2", "-g", "-fno-builtin", "-w", "-target", "bpf", "-mcpu=v3"];
  return new Uint8Array(execFileSync(CLANG, [...flags, "-c", join(import.meta.dirname, name), "-o", "-"]));
};
const measured = JSON.parse(readFileSync(join(import.meta.dirname, "verdicts.json"), "utf8")) as Readonly<
  Record<string, Partial<Record<Kernel, "accept" | "reject" | "unknown">>>
>;

describe.skipIf(skipped).each(["tracing", "lsm", "probe"])("%s.c", (name) => {
  test.each(["6.1", "6.12"] as const)("as Linux %s", (kernel) => {
    const types = readElf(compile("kernel.c")).sections.find((s) => s.name === ".BTF")?.data;
    const ours = precheck(compile(`programs/${name}.c`), { kernel, kernelBtf: () => types, cpus: 1, explain: false });
    const said = (program: string): string | undefined => measured[`${name}.${program}`]?.[kernel];
    // What libbpf itself does not take has no verdict.
    const judged = ours.filter(({ program }) => said(program) === "accept" || said(program) === "reject");
    expect(judged.length).toBeGreaterThan(20);
    expect(judged.map((r) => `${r.program} ${r.verdict}`)).toEqual(
      judged.map((r) => `${r.program} ${said(r.program)}`),
    );
  });
});
