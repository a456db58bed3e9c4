/** Objects: judged beside the verdicts of a truth.json in their folder, or else of the running kernel. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { kernelVerdicts } from "../../compiler/cli/kernel-verdicts.js";
import { subjectsOf } from "../../compiler/precheck/object.js";
import { ObjectFormatError } from "../../runtime/elf/index.js";
import { KERNEL } from "./kernel-btf.js";
import type { Labelled } from "./labelled.js";

interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly last: string | null;
}
type Labels = ReadonlyMap<string, { readonly verdict: string; readonly message?: string | null | undefined }>;

/** Verdicts by program; from the file if the folder has one. */
async function labelsOf(path: string, bytes: Uint8Array): Promise<Labels> {
  const truth = join(dirname(path), "truth.json");
  if (!existsSync(truth)) return kernelVerdicts(bytes);
  const rows = JSON.parse(readFileSync(truth, "utf8")) as readonly Truth[];
  return new Map(
    rows
      .filter((t) => t.object === basename(path).replace(/\.c$/, ".o"))
      .map((t) => [t.program, { verdict: t.verdict, message: t.last }]),
  );
}

/** Kernel functions that programs call and that bpftool before 7.5 leaves out of its dump. */
const PROTOTYPES = `
extern int bpf_dynptr_from_skb(struct __sk_buff *s, u64 flags, struct bpf_dynptr *ptr) __attribute__((section(".ksyms"), weak));
extern int bpf_dynptr_from_xdp(struct xdp_md *x, u64 flags, struct bpf_dynptr *ptr) __attribute__((section(".ksyms"), weak));
`;

let kernelHeaders: string | undefined;

/** A folder with the running kernel's types as vmlinux.h, made once; removed when the process ends. */
function vmlinuxFolder(): string {
  if (kernelHeaders !== undefined) return kernelHeaders;
  const folder = mkdtempSync(join(tmpdir(), "ebpftsc-vmlinux-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const dump = ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"];
  const types = execFileSync("bpftool", dump, { maxBuffer: 1 << 28, encoding: "utf8" });
  writeFileSync(join(folder, "vmlinux.h"), `${types}${/\bbpf_dynptr_from_skb\(/.test(types) ? "" : PROTOTYPES}`);
  kernelHeaders = folder;
  return folder;
}

/** Programs or headers of their folder that want the kernel's types. */
const wantsVmlinux = (file: string): boolean =>
  readdirSync(dirname(file)).some(
    (name) =>
      /\.[ch]$/.test(name) && /#include [<"]vmlinux\.h[>"]/.test(readFileSync(join(dirname(file), name), "utf8")),
  );

/** Bytes of an object, or of a C program (with the headers beside it) that clang compiles. */
function objectBytes(file: string): Uint8Array {
  if (!file.endsWith(".c")) return new Uint8Array(readFileSync(file));
  const flags = ["-O2", "-g", "-fno-builtin", "-w", "-target", "bpf", "-mcpu=v3", "-D__TARGET_ARCH_x86"];
  flags.push("-I/usr/include/x86_64-linux-gnu");
  if (wantsVmlinux(file)) flags.push(`-I${vmlinuxFolder()}`);
  return new Uint8Array(execFileSync("clang-19", [...flags, "-c", file, "-o", "-"], { maxBuffer: 1 << 26 }));
}

/** The object or C program at `path`, or every one below it. Programs without a verdict are told on stderr, with the reason. */
export async function* labelledObjects(path: string): AsyncGenerator<Labelled> {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(o|elf|c)$/.test(name))
        .map((name) => join(path, name))
    : [path];
  for (const file of files.sort()) {
    let programs: ReturnType<typeof subjectsOf>["programs"];
    let labels: Labels;
    try {
      const bytes = objectBytes(file);
      programs = subjectsOf(bytes, KERNEL).programs;
      labels = await labelsOf(file, bytes);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      console.error(
        `skipped ${file}: ${error instanceof ObjectFormatError ? error.message : error.message.split("\n")[0]}`,
      );
      continue;
    }
    for (const { program, subject, missing } of programs) {
      const label = labels.get(program.name);
      if (label === undefined || (label.verdict !== "accept" && label.verdict !== "reject")) {
        console.error(`skipped ${file}:${program.name}: ${label?.message ?? "no verdict"}`);
        continue;
      }
      yield {
        name: `${basename(file)}:${program.name}`,
        subject: () => subject,
        missing,
        accept: label.verdict === "accept",
        last: label.message ?? "",
        kernelMs: 0,
      };
    }
  }
}
