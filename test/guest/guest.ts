/**
 * Another kernel's verifier, in a guest: boots a kernel image under qemu (software emulation) with one process, which loads
 * every program of some objects and prints the verdicts. Input: an image as Debian's linux-image packages hold it, objects.
 * Output: verdicts, and the kernel's BTF, taken out of the image. Nothing of the host is touched.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface GuestVerdict {
  readonly object: string;
  readonly program: string;
  /** "unknown" where it was not the verifier that refused. */
  readonly verdict: "accept" | "reject" | "unknown";
  /** Instructions walked; -1 where the verifier did not begin. */
  readonly walked: number;
  readonly message: string;
}

/** What the host lacks for guests, each with the Debian package that has it. */
export function missingTools(): string[] {
  const wanted = {
    "/usr/bin/qemu-system-x86_64": "qemu-system-x86",
    "/usr/bin/cpio": "cpio",
    "/usr/bin/lz4": "lz4",
    "/usr/bin/zstd": "zstd",
    "/usr/lib/x86_64-linux-gnu/libbpf.a": "libbpf-dev",
    "/usr/lib/x86_64-linux-gnu/libelf.a": "libelf-dev",
    "/usr/bin/cc": "gcc",
  };
  return Object.entries(wanted).flatMap(([file, name]) => (existsSync(file) ? [] : [name]));
}

/** The kernel's ELF out of a bzImage: the set-up header says where it lies (Documentation/arch/x86/boot.rst, payload_offset). */
function unpackedKernel(image: Buffer): Buffer {
  const setup = (image[0x1f1] || 4) + 1;
  const start = setup * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const magic = payload.readUInt32LE(0);
  if ((magic & 0xffff) === 0x8b1f) return gunzipSync(payload);
  const decompress = { 407642370: "lz4", 4247762216: "zstd", 1484404733: "xz" }[magic];
  if (decompress === undefined) throw new Error(`a kernel packed in an unknown way (${magic.toString(16)})`);
  // The last four bytes are the size, which the tools take for rubbish after the end.
  const input = payload.subarray(0, payload.length - 4);
  return execFileSync(decompress, ["-dc"], { input, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "ignore"] });
}

/** The types of the kernel in an image, as /sys/kernel/btf/vmlinux has them. */
export function kernelTypes(image: string): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), "ebpftsc-kernel-"));
  try {
    const elf = join(work, "vmlinux");
    writeFileSync(elf, unpackedKernel(readFileSync(image)));
    execFileSync("objcopy", ["--dump-section", `.BTF=${elf}.btf`, elf, "/dev/null"], { stdio: "pipe" });
    return new Uint8Array(readFileSync(`${elf}.btf`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Boots `image` and judges the objects. @throws Error when the guest does not end by itself within `seconds` */
export function judgeInGuest(image: string, objects: readonly string[], seconds = 600): GuestVerdict[] {
  const put = (root: string): void => {
    mkdirSync(join(root, "objects"), { recursive: true });
    for (const object of objects) copyFileSync(object, join(root, "objects", basename(object)));
  };
  return boot(image, "judge.c", put, seconds);
}

/** Judges bare programs (format: judge-raw.c); `object` of a verdict is the program's index. @throws Error as judgeInGuest */
export function judgeRawInGuest(image: string, programs: Uint8Array, seconds = 600): GuestVerdict[] {
  return boot(image, "judge-raw.c", (root) => writeFileSync(join(root, "programs"), programs), seconds);
}

function boot(image: string, init: string, put: (root: string) => void, seconds: number): GuestVerdict[] {
  const work = mkdtempSync(join(tmpdir(), "ebpftsc-guest-"));
  try {
    const root = join(work, "root");
    mkdirSync(root);
    const judge = join(import.meta.dirname, init).replace("/dist/test/", "/test/");
    execFileSync("cc", ["-O1", "-static", "-o", join(root, "init"), judge, "-lbpf", "-lelf", "-lz"]);
    put(root);
    const initrd = join(work, "initrd");
    const files = execFileSync("find", ["."], { cwd: root });
    writeFileSync(
      initrd,
      execFileSync("cpio", ["-o", "-H", "newc", "--quiet"], { cwd: root, input: files, maxBuffer: 1 << 28 }),
    );
    const machine = ["-accel", "tcg", "-M", "q35", "-cpu", "qemu64", "-m", "512", "-nodefaults", "-no-user-config"];
    const append = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr lsm=bpf";
    const kernel = ["-kernel", image, "-initrd", initrd, "-append", append];
    const output = execFileSync(
      "timeout",
      [`${seconds}`, "qemu-system-x86_64", ...machine, ...kernel, "-display", "none", "-serial", "stdio", "-no-reboot"],
      { encoding: "latin1", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] },
    );
    return verdictsOf(output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function verdictsOf(console_: string): GuestVerdict[] {
  const lines = console_.split(/\r?\n/);
  if (!lines.some((line) => line.startsWith("done\t"))) throw new Error("the guest did not come to its end");
  return lines.flatMap((line): GuestVerdict[] => {
    const [kind, object = "", program = "", verdict, walked, message = ""] = line.split("\t");
    if (kind === "skipped") console.error(`skipped ${object}: ${program}`);
    if (kind !== "verdict" || (verdict !== "accept" && verdict !== "reject" && verdict !== "unknown")) return [];
    return [{ object, program, verdict, walked: Number(walked), message }];
  });
}
