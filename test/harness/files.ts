/** The repository's own files, for tests about them. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.js";

const OUTSIDE = new Set(["node_modules", "dist", "prebuilt", ".git", ".vitest"]);
/** node-gyp's output. */
const NATIVE_BUILD = /^native\/[^/]+\/build$/;

/** Files below `folder` (relative to the repository), depth first; generated folders are left out. */
export function filesBelow(folder: string, matches: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return OUTSIDE.has(entry.name) || NATIVE_BUILD.test(path) ? [] : filesBelow(path, matches);
    return matches.test(entry.name) ? [path] : [];
  });
}

/** Files that git tracks or would track (ignored ones are left out), relative to the repository. */
export function trackedFiles(): string[] {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  return list
    .toString()
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)));
}

export const read = (path: string): string => readFileSync(join(root, path), "utf8");
