/** The same logic twice: an example of ours, and the C beside this file compiled by clang. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../compiler/index.js";

/** The repository: this file is in test/bench, or in dist/test/bench once compiled. */
export const root: string = ["../../", "../../../"]
  .map((up) => new URL(up, import.meta.url).pathname)
  .find((path) => existsSync(join(path, "package.json"))) as string;

export interface Pair {
  readonly name: string;
  readonly source: string;
  readonly c: string;
  /** Name of the ring buffer, made large enough that it never fills while measuring. */
  readonly ring?: string;
}

const example = (name: string, folder = name): Omit<Pair, "ring"> => ({
  name,
  source: join(root, `examples/${folder}/${name}.ts`),
  c: join(root, `test/bench/c/${name}.bpf.c`),
});

export const pairs: readonly Pair[] = [
  { ...example("firewall"), ring: "events" },
  example("xdp-drop"),
  example("packet-counter"),
  { ...example("mkdir-watch"), ring: "events" },
  example("hello", "mkdir-watch"),
];

export const CLANG = "clang-19";

/** clang's version as peer name, or undefined when there is no clang. */
export function clangName(): string | undefined {
  try {
    return `clang ${/version (\S+)/.exec(execFileSync(CLANG, ["--version"], { encoding: "utf8" }))?.[1] ?? "?"} -O2`;
  } catch {
    return undefined;
  }
}

/** Arguments that C programmers for BPF use; the asm/ headers of Debian live in a folder per architecture. */
export const clangArguments = (source: string, object: string): string[] => [
  ...[
    "-O2",
    "-g",
    "-target",
    "bpf",
    "-mcpu=v3",
    `-I/usr/include/${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu`,
  ],
  ...["-c", source, "-o", object],
];

export function compileC(source: string): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-bench-"));
  try {
    const object = join(dir, "peer.o");
    execFileSync(CLANG, clangArguments(source, object), { stdio: ["ignore", "ignore", "inherit"] });
    return readFileSync(object);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function compileOurs(source: string): Uint8Array {
  const { object, diagnostics } = compile(source);
  if (!object) throw new Error(`${source}: ${diagnostics.map((d) => `${d.code} ${d.message}`).join("; ")}`);
  return object;
}
