/** C programs in the shapes of production agents, right and wrong ones: the pre-check says what the running kernel says. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { kernelVerdicts } from "../../compiler/cli/kernel-verdicts.js";
import { precheck } from "../../compiler/precheck/index.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason, verdictsOf } from "../kernel/support.js";

const CLANG = "/usr/bin/clang-19";

function compile(name: string): Uint8Array {
  const object = join(tempFolder(), `${name}.o`);
  const source = join(root, "test/oracle/shapes", `${name}.c`);
  const flags = ["-O2", "-g", "-fno-builtin", "-Wno-everything", "-target", "bpf", "-mcpu=v3"];
  execFileSync(CLANG, [...flags, "-c", source, "-o", object]);
  return new Uint8Array(readFileSync(object));
}

const skipped = announceSkip("shapes", existsSync(CLANG) ? kernelSkipReason() : `${CLANG} is not installed`);

describe.skipIf(skipped)("shapes of production", () => {
  test.each(["balancer", "datapath", "tracer"])("%s", async (name) => {
    const object = compile(name);
    const kernel = verdictsOf(name, await kernelVerdicts(object)).map(([program, { verdict }]) => [program, verdict]);
    const ours = new Map(precheck(object).map((r) => [r.program, r.verdict]));
    expect(kernel.length).toBeGreaterThan(ours.size / 2);
    expect(kernel.map(([program]) => [program, ours.get(program ?? "")])).toEqual(kernel);
  });
});
