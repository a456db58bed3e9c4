/** The demo runs from beginning to end, and says why when the kernel's part is skipped. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../harness/root.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

const demo = (...prefix: string[]) => {
  const [command = process.execPath, ...args] = [...prefix, process.execPath, join(root, "scripts/demo.mjs")];
  return spawnSync(command, args, { cwd: root, encoding: "utf8" });
};

const skip = announceSkip("cli/demo", kernelSkipReason());

test.skipIf(skip)("builds, filters the capture, filters live traffic, leaves nothing behind", () => {
  const { status, stdout, stderr } = demo();
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/VLAN 200, VLAN 300, UDP to port 22\s+drop: blocked port/);
  expect(stdout).toMatch(/113 packets, 25 dropped/);
  expect(stdout).toMatch(/attached: xdp native on veth0/);
  expect(stdout).toMatch(/event {2}\d+\.\d+ s {2}drop: blocked port {2}TCP from fd99::2 to port 22/);
  expect(stdout).toMatch(/stats {2}\d+ packets passed, \d+ dropped/);
  expect(stdout).toMatch(/^ {2}10\.99\.0\.66 .*\d+ +\d+ +[1-9]\d*$/m);
  expect(execFileSync("ip", ["netns", "list"], { encoding: "utf8" })).not.toContain("ebpftsc-demo");
});

const drop = spawnSync("setpriv", ["--version"]).error ? "setpriv is not installed" : undefined;
test.skipIf(announceSkip("cli/demo without privileges", drop ?? kernelSkipReason()))(
  "without privileges it says why",
  () => {
    const { status, stdout } = demo("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs");
    expect(status).toBe(0);
    expect(stdout).toMatch(/113 packets, 25 dropped/);
    expect(stdout).toMatch(/ {2}skipped: .*(EPERM|root|permitted)/);
  },
);
