/**
 * Before any test: `dist/` is what the sources say, because tests of the command line and of the packed package run the
 * built files. Incremental, and skipped when no source is newer than the last build.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesBelow } from "./files.js";
import { root } from "./root.js";

/** The stamp of scripts/setup.sh: what that built need not be built again. */
const stamp = join(root, "node_modules/.ebpftsc/dist");
const sources = ["compiler", "runtime", "stdlib", "native", "test/bench", "test/fuzz"];

const modified = (path: string): number => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};

export function setup(): void {
  const built = modified(stamp);
  const entry = modified(join(root, "dist/compiler/cli/launch.cjs"));
  const stale = sources.some((s) => filesBelow(s, /\.ts$/).some((f) => modified(join(root, f)) > built));
  if (!stale && entry > 0) return;
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  execFileSync(process.execPath, [join(root, "scripts/bundle.mjs")], { cwd: root, stdio: "inherit" });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
}
