/** C -> BPF object with clang, as a peer: for tests only. `missingClang` is the printed reason to skip without it. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLANG = ["clang-19", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
export const missingClang: string | false = CLANG === undefined ? "clang is not installed" : false;
if (missingClang) console.warn(`SKIPPED what needs clang: ${missingClang}`);

const PRELUDE = `
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
char LICENSE[] SEC("license") = "GPL";
`;

/**
 * Compiles C with the usual headers before it; results are cached by content in the temporary folder. The bytes depend
 * on source, flags and compiler only: no folder and no process number is in the debug info.
 */
export function compileC(source: string, flags: readonly string[] = []): Uint8Array {
  const folder = join(tmpdir(), "ebpftsc-test-objects");
  const args = [...ARGUMENTS, ...flags];
  const key = createHash("sha256")
    .update(JSON.stringify([args, PRELUDE + source]))
    .digest("hex")
    .slice(0, 24);
  const object = join(folder, `${key}.o`);
  if (!existsSync(object)) {
    mkdirSync(folder, { recursive: true });
    const work = mkdtempSync(join(folder, "work-"));
    try {
      compileIn(work, source, flags);
      renameSync(join(work, "program.o"), object);
    } finally {
      rmSync(work, { recursive: true });
    }
  }
  return new Uint8Array(readFileSync(object));
}

const ARGUMENTS = [
  "-O2",
  "-g",
  "-target",
  "bpf",
  "-mcpu=v3",
  "-I/usr/include/x86_64-linux-gnu",
  "-fdebug-compilation-dir=.",
];

/** Compiles in a folder: `program.c` to `program.o`. */
export function compileIn(folder: string, source: string, flags: readonly string[] = []): void {
  writeFileSync(join(folder, "program.c"), PRELUDE + source);
  execFileSync(CLANG ?? "clang", [...ARGUMENTS, ...flags, "-c", "program.c", "-o", "program.o"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
