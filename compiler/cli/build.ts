/** `ebpftsc build FILE...`: writes objects and loaders, and reports what they cost. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { visible } from "../../runtime/facts/terminal.js";
import { renderJson } from "../diagnostics/render.js";
import type { BpfCpu, BuildRequest, BuildResult, BuiltObject, EmitKind, ProgramReport } from "../index.js";
import { exitCodeOfDiagnostics, usageError } from "./exit.js";
import { complain, printDiagnostics, printJson, printText, table } from "./output.js";

const EMIT_KINDS: readonly EmitKind[] = ["object", "loader", "hir", "ir", "asm", "btf"];
const CPUS: readonly BpfCpu[] = ["v1", "v2", "v3", "v4"];

interface BuildFlags {
  readonly outDir: string;
  readonly emit: ReadonlySet<EmitKind>;
  readonly cpu: BpfCpu;
  readonly kernel?: string;
  readonly precheck: boolean;
  readonly watch?: true;
  readonly json?: true;
}

export function register(program: Command): void {
  program
    .command("build")
    .description("compile TypeScript files to BPF objects and typed loaders")
    .argument("<file...>", "source files (.ts or .bpf.ts)")
    .option("-o, --out-dir <dir>", "folder to write to", "dist")
    .addOption(
      new Option("--emit <kinds>", `what to write, comma-separated: ${EMIT_KINDS.join(", ")}`)
        .default(new Set<EmitKind>(["object", "loader"]), "object,loader")
        .argParser(parseEmit),
    )
    .addOption(new Option("--cpu <version>", "BPF instruction set").choices(CPUS).default("v3"))
    .option("--kernel <version>", "oldest kernel the programs must run on, as 5.15", parseKernel)
    .option("--no-precheck", "do not predict the kernel verifier's verdict")
    .option(
      "-w, --watch",
      "build again when a file changes; files are written first, judged second, and taken back if refused",
    )
    .option("--json", "print the result as JSON on stdout")
    .action(run);
}

async function run(files: readonly string[], flags: BuildFlags): Promise<void> {
  refuseSameOutput(files);
  const request: BuildRequest = {
    files,
    outDir: flags.outDir,
    emit: flags.emit,
    cpu: flags.cpu,
    precheck: flags.precheck,
    ...(flags.kernel === undefined ? {} : { kernel: flags.kernel }),
  };
  const show = flags.json ? showJson : showText;
  if (flags.watch) {
    const { watch } = await import("./watch.js");
    await watch(request, show, { write: complain });
    return;
  }
  // On another core while this one loads the type checker. Without the addon the compile itself says so.
  const { prepareCompile } = await import("../backend.js");
  prepareCompile();
  const { build } = await import("../index.js");
  const result = await build(request);
  show(result);
  process.exitCode = exitCodeOfDiagnostics(result.diagnostics);
}

/** Two sources of one base name would write the same object. */
function refuseSameOutput(files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const base = file.replace(/^.*\//, "").replace(/(\.bpf)?\.[cm]?ts$/, "");
    const other = seen.get(base);
    if (other === file) throw usageError(`${file} is named twice`);
    if (other !== undefined) throw usageError(`${other} and ${file} would both write ${base}.bpf.o; build them apart`);
    seen.set(base, file);
  }
}

function parseEmit(text: string): ReadonlySet<EmitKind> {
  const kinds = text.split(",").map((k) => k.trim());
  const unknown = kinds.find((k) => !EMIT_KINDS.some((known) => known === k));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is not one of ${EMIT_KINDS.join(", ")}.`);
  return new Set(EMIT_KINDS.filter((known) => kinds.includes(known)));
}

function parseKernel(text: string): string {
  const found = /^v?(\d{1,3}\.\d{1,3})(\.\d+)?$/.exec(text)?.[1];
  if (found === undefined) throw new InvalidArgumentError("Give a version such as 5.15.");
  return found;
}

function showJson(result: BuildResult): void {
  printJson({ diagnostics: renderJson(result.diagnostics), objects: result.objects });
}

function showText(result: BuildResult): void {
  printDiagnostics(result.diagnostics);
  for (const object of result.objects) printText(describe(visible(object)));
}

/** How much of the verifier's budget the program takes. */
function verifierBudget({ verifier }: ProgramReport): string {
  if (verifier === undefined) return "";
  if (verifier.verdict === "undecided") return "not judged: ask `verify`";
  return `verifier: ${verifier.processed.toLocaleString("en")} of 1,000,000 instructions, ${verifier.states.toLocaleString("en")} states`;
}

/** What was written, and for each program what it costs and needs. */
function describe({ source, object, loader, programs }: BuiltObject): string {
  const written = [object, loader].filter((path) => path !== "").join(", ");
  const rows = programs.map((p) => [
    p.name,
    p.section,
    `${p.insns} instructions`,
    `${p.stackBytes} bytes of stack`,
    `Linux ${p.kernelFloor}`,
    verifierBudget(p),
  ]);
  return `${source} -> ${written === "" ? "nothing" : written}\n${table(rows, "  ")}\n`;
}
