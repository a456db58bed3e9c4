/**
 * C programs for every rule: the name says the verdict (`_good`, `_bad`). The pre-check says so, and the running kernel does.
 * Programs that read kernel structs need the kernel's BTF.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { kernelConfig } from "../../compiler/cli/kernel-config.js";
import { kernelVerdicts } from "../../compiler/cli/kernel-verdicts.js";
import { precheck } from "../../compiler/precheck/index.js";
import { announceSkip, kernelSkipReason, verdictsOf } from "../kernel/support.js";

const CLANG = "/usr/bin/clang-19";
const BTF = "/sys/kernel/btf/vmlinux";
const folder = join(import.meta.dirname, "programs");
const out = mkdtempSync(join(tmpdir(), "ebpftsc-programs-"));
afterAll(() => rmSync(out, { recursive: true }));

/** What the libbpf of the test machine cannot load, and why. */
const UNLOADABLE: Readonly<Record<string, string>> = {
  "arena.c": "libbpf before 1.4 cannot give an arena its address",
  "exception.c": "libbpf before 1.3 leaves handlers of exceptions out",
};

const lacking = [CLANG, BTF].filter((file) => !existsSync(file));
const skipped = announceSkip(
  "precheck: C programs",
  lacking.length === 0 ? undefined : `${lacking.join(" and ")} is not there`,
);
const noKernel = announceSkip("precheck: C programs beside the kernel", kernelSkipReason());

function compile(name: string): Uint8Array {
  const target = join(out, name.replace(/c$/, "o"));
  execFileSync(CLANG, [
    "-O2",
    "-g",
    "-fno-builtin",
    "-w",
    "-target",
    "bpf",
    "-mcpu=v3",
    "-c",
    join(folder, name),
    "-o",
    target,
  ]);
  return new Uint8Array(readFileSync(target));
}
const said = (name: string): string => (name.endsWith("_good") ? "accept" : "reject");

describe.skipIf(skipped)("programs", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".c"));
  let kernelBtf: Uint8Array | undefined;
  const readBtf = (): Uint8Array => {
    kernelBtf ??= new Uint8Array(readFileSync(BTF));
    return kernelBtf;
  };
  test.each(files)(
    "%s",
    async (file) => {
      const object = compile(file);
      const results = precheck(object, { kernelBtf: readBtf, kernelConfig: kernelConfig(undefined) });
      expect(results.length).toBeGreaterThan(0);
      const wrong = results.flatMap((r) =>
        r.verdict === said(r.program) ? [] : [`${r.program}: ${r.verdict} ${r.code ?? ""} ${r.message ?? ""}`],
      );
      expect(wrong).toEqual([]);
      if (noKernel || announceSkip(`the kernel's word on ${file}`, UNLOADABLE[file])) return;
      const judged = verdictsOf(file, await kernelVerdicts(object));
      const kernel = judged.flatMap(([program, { verdict, message }]) =>
        verdict === said(program) ? [] : [`${program}: the kernel says ${verdict} ${message ?? ""}`],
      );
      // Policies forbid a program type or two; a kernel that judges less than half judges nothing.
      expect(judged.length).toBeGreaterThan(results.length / 2);
      expect(kernel).toEqual([]);
    },
    60_000,
  );
});
