/** The packed package, and an empty folder with it installed: npm without its network. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.js";

interface PackedFile {
  readonly path: string;
}

/** `npm pack` into a folder: the tarball and what is in it. */
export function pack(into: string): { tarball: string; files: string[] } {
  const out = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const parsed: unknown = JSON.parse(out);
  // npm 12 keys the result by package name, older ones give a list.
  const [first] = Array.isArray(parsed) ? parsed : Object.values(parsed as object);
  const { filename, files } = first as { filename: string; files: PackedFile[] };
  return { tarball: join(into, filename), files: files.map((f) => f.path) };
}

/** Unpacks as npm does and links the dependencies that package.json names, and `more` that the user installs beside it. */
export function install(tarball: string, prefix: string, more: readonly string[] = []): void {
  const home = join(prefix, "node_modules/ebpftsc");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"]);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(home, "package.json"), "utf8"),
  );
  const wanted = [...Object.keys(dependencies), ...more];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const target = join(prefix, "node_modules", name);
    if (existsSync(target)) continue;
    mkdirSync(join(target, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), target);
  }
}
