/** Objects: judged beside the verdicts of a truth.json in their folder, or else of the running kernel. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { compileFile } from "../../compiler/pipeline.js";
import type { GivenTypes } from "../../compiler/precheck/given-types.js";
import { subjectsOf } from "../../compiler/precheck/object.js";
import type { Subject } from "../../compiler/precheck/program.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { ObjectFormatError } from "../../runtime/elf/index.js";
import { EncodingError } from "../../runtime/isa/index.js";
import { compileC } from "../support/clang.js";
import { BareLoader } from "./bare-loader.js";
import { KERNEL_FACTS } from "./kernel-btf.js";
import { appendsHandlers, fitted, kernelLabels, type Label } from "./kernel-labels.js";
import { type Labelled, notJudgedAs, type OnSkip } from "./labelled.js";

interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly last: string | null;
}
/** Verdicts by program that a file in the folder tells; undefined without one. */
function toldLabels(path: string): ReadonlyMap<string, Label> | undefined {
  const truth = join(dirname(path), "truth.json");
  if (!existsSync(truth)) return undefined;
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

const CPUS = ["v1", "v2", "v3", "v4"] as const;
const host = new ProgramHost();

/** A TypeScript program for every instruction set that takes it. */
function compiled(file: string, skip: OnSkip): { readonly name: string; readonly bytes: Uint8Array }[] {
  return CPUS.flatMap((cpu) => {
    const { object, diagnostics } = compileFile(file, { cpu }, host);
    if (object !== undefined) return [{ name: `${basename(file)}@${cpu}`, bytes: object }];
    skip(cpu, diagnostics.all()[0]?.message ?? "no object", "dropped");
    return [];
  });
}
const isProgram = (file: string): boolean =>
  !file.endsWith(".test.ts") &&
  /^\s*@(xdp|tc|tracepoint)|program\.(xdp|tc|tracepoint)/m.test(readFileSync(file, "utf8"));

/** Bytes of an object, or of a C program (with the headers beside it) that clang compiles. */
export function objectBytes(file: string): Uint8Array {
  if (!file.endsWith(".c")) return new Uint8Array(readFileSync(file));
  // Fragments that the tests put together.
  const shared = join(dirname(file), "foreign.h");
  if (existsSync(shared)) return compileC(`${readFileSync(shared, "utf8")}\n${readFileSync(file, "utf8")}`);
  const flags = ["-O2", "-g", "-fno-builtin", "-w", "-target", "bpf", "-mcpu=v3", "-D__TARGET_ARCH_x86"];
  flags.push("-I/usr/include/x86_64-linux-gnu");
  if (wantsVmlinux(file)) flags.push(`-I${vmlinuxFolder()}`);
  return new Uint8Array(execFileSync("clang-19", [...flags, "-c", file, "-o", "-"], { maxBuffer: 1 << 26 }));
}

/** How objects are asked about. */
interface Asking {
  readonly loader: BareLoader;
  readonly types: GivenTypes;
  readonly skip: OnSkip;
}

function* programsOf(file: string, asking: Asking): Generator<Labelled> {
  const objects = file.endsWith(".ts")
    ? compiled(file, asking.skip)
    : [{ name: basename(file), bytes: objectBytes(file) }];
  for (const { name, bytes } of objects) yield* judgedPrograms(file, name, bytes, asking);
}

function* judgedPrograms(
  file: string,
  name: string,
  bytes: Uint8Array,
  { loader, types: given, skip }: Asking,
): Generator<Labelled> {
  const { object, programs } = subjectsOf(bytes, KERNEL_FACTS, given);
  const told = toldLabels(file);
  const pinned = new Set(object.maps.filter((m) => m.pinByName).map((m) => m.name));
  const types = new Map(programs.map((p) => [p.program.name, [p.subject.type, p.subject.attachType] as const]));
  const byHand = new Set(programs.flatMap((p) => (given(p.program.section) === undefined ? [] : [p.program.name])));
  const asked = told ?? kernelLabels(bytes, { pinned, types, given: byHand });
  for (const { program, meaning, subject: own, missing } of programs) {
    const subject: Subject = told === undefined ? { ...own, maps: own.maps.map(fitted) } : own;
    const label =
      typeof asked !== "string"
        ? asked.get(program.name)
        : missing === undefined
          ? loader.label(subject)
          : { verdict: "unknown", message: asked };
    if (told === undefined && (subject.exceptionTags ?? 0) > 0 && !appendsHandlers()) {
      skip(program.name, "libbpf before 1.3 leaves handlers of exceptions out", "dropped");
      continue;
    }
    if (label === undefined || (label.verdict !== "accept" && label.verdict !== "reject")) {
      const why = label?.message ?? (typeof asked === "string" ? asked : "no verdict");
      const untyped = meaning === undefined;
      skip(program.name, untyped ? `${missing}; give one with --type` : why, untyped ? "dropped" : notJudgedAs(why));
      continue;
    }
    yield {
      name: `${name}:${program.name}`,
      subject: () => subject,
      missing,
      accept: label.verdict === "accept",
      last: label.message ?? "",
      kernelMs: label.ms ?? 0,
      processed: label.processed,
    };
  }
}

/** The object, C or TypeScript program at `path`, or every one below it. */
export function* labelledObjects(
  path: string,
  onSkip: OnSkip,
  types: GivenTypes = () => undefined,
): Generator<Labelled> {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(o|elf|c|ts)$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
        .map((name) => join(path, name))
        .filter((file) => !file.endsWith(".ts") || isProgram(file))
    : [path];
  using loader = new BareLoader();
  for (const file of files.sort()) {
    try {
      const skip: OnSkip = (program, why, as) => onSkip(`${file}:${program}`, why, as);
      yield* programsOf(file, { loader, types, skip });
    } catch (error) {
      // Anything else would be a mistake of ours.
      if (!(error instanceof ObjectFormatError || error instanceof EncodingError || isCompileError(error))) throw error;
      onSkip(file, error.message.split("\n")[0] ?? "", "dropped");
    }
  }
}

/** clang or bpftool refused. */
const isCompileError = (error: unknown): error is Error => error instanceof Error && "status" in error;
