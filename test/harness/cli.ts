/** Runs the built command line in a process of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.js";

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `bin` of package.json names: the launcher of the bundle. */
export const cliPath: string = join(root, "dist/compiler/cli/launch.cjs");

export function cli(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliPath, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, EBPFTSC_DEBUG: undefined, ...options.env },
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}
