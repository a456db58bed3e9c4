/** The C examples of the pre-check's codes: refused for exactly their reason and mended, by the pre-check and by the kernel. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { kernelVerdicts } from "../../compiler/cli/kernel-verdicts.js";
import { precheckCodes } from "../../compiler/diagnostics/precheck-codes.js";
import { PREAMBLE, precheckExamples } from "../../compiler/diagnostics/precheck-examples.js";
import { explainLog, precheck, reasonOf } from "../../compiler/precheck/index.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason, verdictsOf } from "../kernel/support.js";

const CLANG = "/usr/bin/clang-19";
const HEADERS = "/usr/include/bpf/bpf_helpers.h";
const missing = [CLANG, HEADERS].find((file) => !existsSync(file));
if (missing !== undefined) console.warn(`SKIPPED the pre-check's C examples: ${missing} is not installed`);
const skippedKernel = announceSkip("the pre-check's C examples in the kernel", kernelSkipReason());

function compile(source: string, license: string): Uint8Array {
  const file = join(tempFolder(), "example.c");
  writeFileSync(file, `${PREAMBLE}char LICENSE[] SEC("license") = "${license}";\n${source}\n`);
  const include = "-I/usr/include/x86_64-linux-gnu";
  execFileSync(CLANG, ["-O2", "-g", "-Wno-everything", "-target", "bpf", include, "-c", file, "-o", `${file}.o`]);
  return new Uint8Array(readFileSync(`${file}.o`));
}
const vmlinux = (): Uint8Array | undefined =>
  existsSync("/sys/kernel/btf/vmlinux") ? new Uint8Array(readFileSync("/sys/kernel/btf/vmlinux")) : undefined;

/** Tells only the kernel's BTF, which a machine may lack. */
const needsBtf = (code: string): boolean => code === "EB5023" && vmlinux() === undefined;

describe.skipIf(missing !== undefined).each(Object.entries(precheckExamples))("%s", (code, example) => {
  const { rejected, instead, license = "GPL" } = example;
  test.skipIf(needsBtf(code))("is told of the example, not of the mended one", () => {
    const judge = (source: string) => precheck(compile(source, license), { kernelBtf: vmlinux });
    const [bad, ...others] = judge(rejected);
    expect(others).toEqual([]);
    expect(bad?.code, bad?.message).toBe(code);
    expect(bad?.explanation?.code ?? code).toBe(code);
    const [good] = judge(instead);
    expect(good?.verdict, good?.message).toBe("accept");
  });
  test.skipIf(skippedKernel)(
    "the kernel says so too",
    async () => {
      const ask = async (source: string) => verdictsOf(code, await kernelVerdicts(compile(source, license)));
      for (const [, bad] of await ask(rejected)) {
        expect(bad.verdict).toBe("reject");
        expect(reasonOf(bad.message ?? ""), bad.message).toBe(code);
      }
      for (const [, good] of await ask(instead)) expect(good.verdict, good.message).toBe("accept");
    },
    120_000,
  ); // the log of a walk of a million instructions is long
});

test("every code has its example", () => {
  const without = Object.keys(precheckCodes).filter((code) => !Object.hasOwn(precheckExamples, code));
  // What the JIT or a fault of the kernel refuses, and what the pre-check cannot judge, is no mistake of the program.
  expect(without).toEqual(["EB5025", "EB5099"]);
  expect(explainLog("").explanation).toBeUndefined();
});
