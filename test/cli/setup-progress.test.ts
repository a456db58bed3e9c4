/** The set-up's long steps say that they are alive, and give the command's own result. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

function step(command: string): { status: number | null; stderr: string; stdout: string } {
  const dir = tempFolder();
  writeFileSync(join(dir, "step.sh"), command);
  return spawnSync("bash", ["-c", `. scripts/progress.sh; long "building it" ${dir}/log bash ${dir}/step.sh`], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PROGRESS_SECONDS: "1" },
  });
}

test("a long step says how long it has taken and its last words", () => {
  const { status, stderr, stdout } = step("echo first; sleep 2.7; echo second");
  expect(status).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^setup: building it\nsetup: building it: \d+ s; first\n/);
});

test("a short step is one line, and its exit code is kept", () => {
  expect(step("exit 7")).toMatchObject({ status: 7, stderr: "setup: building it\n" });
});
