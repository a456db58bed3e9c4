/** C -> BPF object with clang, as a peer: for tests only. `missingClang` is the printed reason to skip without it. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
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

/** Compiles C with the usual headers before it; results are cached by content in the temporary folder. */
export function compileC(source: string, flags: readonly string[] = []): Uint8Array {
  const text = PRELUDE + source;
  const args = ["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu", ...flags];
  const key = createHash("sha256")
    .update(JSON.stringify([args, text]))
    .digest("hex")
    .slice(0, 24);
  const folder = join(tmpdir(), "ebpftsc-test-objects");
  const object = join(folder, `${key}.o`);
  if (!existsSync(object)) {
    mkdirSync(folder, { recursive: true });
    const input = join(folder, `${key}.${process.pid}.c`);
    writeFileSync(input, text);
    execFileSync(CLANG ?? "clang", [...args, "-c", input, "-o", `${input}.o`], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    renameSync(`${input}.o`, object);
  }
  return new Uint8Array(readFileSync(object));
}
