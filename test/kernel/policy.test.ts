/**
 * Programs of types that some kernels refuse by policy, beside ones that every kernel judges: `verify --kernel-verifier` and
 * `verify:agreement` report the first as not judged, never as a verdict. Right on kernels with and without the policy.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { kernelVerdicts } from "../../compiler/cli/kernel-verdicts.js";
import { labelledObjects } from "../agreement/objects.js";
import { cliPath } from "../harness/cli.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "./support.js";

const SOURCE = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("fentry/do_nanosleep") int entry(void *c) { return 0; }
SEC("lsm/file_open") int hook(void *c) { return 0; }
SEC("iter/bpf_map_elem") int element(void *c) { return 0; }
SEC("xdp") int pass(void *c) { return 2; }
SEC("xdp") int past(void *c) { return *(int *)(c + 100); }`;

function compile(): string {
  const file = join(tempFolder(), "policy.c");
  writeFileSync(file, SOURCE);
  const flags = ["-O2", "-g", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu"];
  execFileSync("clang-19", [...flags, "-c", file, "-o", `${file}.o`]);
  return `${file}.o`;
}

const skipped = announceSkip("policy", kernelSkipReason());

describe.skipIf(skipped)("refused without the verifier's words", () => {
  const MAY_BE_FORBIDDEN = ["entry", "hook", "element"];

  test("verdicts", async () => {
    const verdicts = await kernelVerdicts(new Uint8Array(readFileSync(compile())));
    expect(verdicts.get("pass")).toEqual({ verdict: "accept" });
    expect(verdicts.get("past")).toEqual({ verdict: "reject", message: "invalid bpf_context access off=100 size=4" });
    for (const name of MAY_BE_FORBIDDEN) {
      const word = verdicts.get(name);
      if (word?.verdict === "accept") continue;
      expect(word).toEqual({ verdict: "unknown", message: "not judged: policy, EPERM" });
    }
  });

  test("the command: neither a verdict nor a disagreement", () => {
    const object = compile();
    const ask = (...more: string[]) =>
      spawnSync(process.execPath, [cliPath, "verify", object, "--kernel-verifier", ...more], {
        encoding: "utf8",
        cwd: join(object, ".."),
      });
    const rows = JSON.parse(ask("--json").stdout) as {
      program: string;
      kernel: { verdict: string };
      replay?: string;
    }[];
    expect(rows.filter((r) => r.replay !== undefined)).toEqual([]);
    const text = ask().stdout;
    const lines = text.split("\n").filter((line) => line.startsWith("  kernel: "));
    expect(lines).toEqual(
      rows.map(({ program, kernel }) =>
        program === "past"
          ? "  kernel: reject: invalid bpf_context access off=100 size=4"
          : kernel.verdict === "unknown"
            ? "  kernel: not judged: policy, EPERM"
            : "  kernel: accept",
      ),
    );
  });

  test("the agreement tool", () => {
    const skips: string[] = [];
    const rows = [...labelledObjects(compile(), (name, why) => skips.push(`${name.replace(/.*:/, "")}: ${why}`))];
    expect(rows.find((r) => r.name.endsWith(":past"))?.accept).toBe(false);
    expect(rows.find((r) => r.name.endsWith(":pass"))?.accept).toBe(true);
    expect(rows.filter((r) => !r.accept).map((r) => r.name.replace(/.*:/, ""))).toEqual(["past"]);
    for (const skip of skips) expect(skip).toMatch(/^(entry|hook|element): not judged: policy, EPERM$/);
    expect(rows.length + skips.length).toBe(5);
  });
});
