/**
 * `ebpftsc/compiler`: build and check TypeScript programs. Input: file names; output: diagnostics as values and, when
 * there is no error, objects and loaders on disk or in memory. Nothing is thrown for a mistake in the user's program.
 */

import { basename, join, resolve } from "node:path";
import { type BpfCpu, bpfCpus } from "../native/llvm/index.js";
import { readObject } from "../runtime/elf/index.js";
import { oneLine } from "../runtime/facts/terminal.js";
import { older } from "../runtime/facts/versions.js";
import { type Diagnostic, Diagnostics } from "./diagnostics/diagnostic.js";
import { dumpHir } from "./hir/dump.js";
import { generateLoader } from "./loadergen/generate.js";
import type { LoaderModel } from "./loadergen/model.js";
import { moduleSystemOf } from "./loadergen/module-system.js";
import { type OutputFile, Outputs } from "./outputs.js";
import { type Compiled, compileFile } from "./pipeline.js";
import { type PrecheckResult, precheck } from "./precheck/index.js";
import { raiseFloors } from "./report/floor-by-walk.js";
import { loaderModel } from "./report/loader-model.js";
import { reportPrecheck, unreported } from "./report/precheck.js";
import {
  type CostedProgram,
  type MapReport,
  type ProgramReport,
  reported,
  reportMaps,
  reportPrograms,
  withVerdicts,
} from "./report/program.js";
import { ProgramHost } from "./source/program.js";
import { saveTypeScriptCache } from "./source/typescript.js";

export type { BpfCpu } from "../native/llvm/index.js";
export type { Diagnostic, RelatedSpan, Span } from "./diagnostics/diagnostic.js";
export {
  explainLog,
  type LogExplanation,
  type PrecheckOptions,
  type PrecheckResult,
  precheck,
} from "./precheck/index.js";
export type { MapReport, ProgramReport } from "./report/program.js";

/** What a build writes. */
export type EmitKind = "object" | "loader" | "hir" | "ir" | "asm" | "btf";

export interface BuildRequest {
  readonly files: readonly string[];
  /** Default "dist". */
  readonly outDir?: string;
  /** Default: object and loader. */
  readonly emit?: ReadonlySet<EmitKind>;
  /** Instruction set; default "v3". */
  readonly cpu?: BpfCpu;
  /** Oldest kernel that the program must load on, "5.15": what needs a newer one is an error. */
  readonly kernel?: string;
  /** Judge the object by the kernel verifier's rules before it is written; default true. */
  readonly precheck?: boolean;
  /**
   * Write first and judge second: called when everything is written, nothing judged. The files of a program that is then
   * refused are taken back: what was there before is there again. For sessions, where the next run waits for the files.
   */
  readonly onWritten?: (written: readonly BuiltObject[]) => void;
}

/** One built object, as `ebpftsc build --json` prints it. */
export interface BuiltObject {
  /** The source as it was named. */
  readonly source: string;
  /** Path of the object, "" when it was not asked for. */
  readonly object: string;
  /** Path of the loader, "" when it was not asked for. */
  readonly loader: string;
  readonly programs: readonly ProgramReport[];
  readonly maps: readonly MapReport[];
}

export interface BuildResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly objects: readonly BuiltObject[];
  /** Files that the result depends on, for `--watch`. */
  readonly dependencies: readonly string[];
}

/** A compiled file in memory. */
export interface CompiledObject {
  readonly diagnostics: readonly Diagnostic[];
  readonly object?: Uint8Array;
  readonly ir?: string;
  readonly model?: LoaderModel;
  readonly timing: Readonly<Record<string, number>>;
}

const DEFAULT_CPU: BpfCpu = "v3";

/** Builds again and again with what is already parsed. */
export interface Builder {
  build(request: BuildRequest): Promise<BuildResult>;
}

/** "firewall" for firewall.ts and firewall.bpf.ts. */
const baseOf = (file: string): string => basename(file).replace(/(\.bpf)?\.[cm]?ts$/, "");

export function createBuilder(): Builder {
  const host = new ProgramHost();
  return { build: (request) => buildWith(host, request) };
}

/**
 * Compiles files and writes objects and loaders.
 * @example const { diagnostics, objects } = await build({ files: ["firewall.ts"], outDir: "dist" });
 */
export function build(request: BuildRequest): Promise<BuildResult> {
  return createBuilder().build(request);
}

/** One source on its way: compiled, and written unless there were mistakes. */
interface Job {
  /** With what needs each floor. */
  costs?: readonly CostedProgram[];
  readonly file: string;
  readonly compiled: Compiled;
  readonly outputs: Outputs;
  built: BuiltObject | undefined;
}

async function buildWith(host: ProgramHost, request: BuildRequest): Promise<BuildResult> {
  const diagnostics: Diagnostic[] = [];
  const dependencies = new Set<string>();
  const jobs: (Job | Diagnostic)[] = request.files.map((file) => {
    const missing = unreadable(file);
    if (missing) return missing;
    const options = { cpu: request.cpu ?? DEFAULT_CPU, asm: request.emit?.has("asm") ?? false };
    const compiled = compileFile(resolve(file), options, host);
    for (const d of compiled.dependencies) dependencies.add(d);
    if (process.env["EBPFTSC_TIMING"] === "1") printTiming(file, compiled.timing);
    const job: Job = { file, compiled, outputs: new Outputs(request.outDir ?? "dist"), built: undefined };
    job.built = write(job, request);
    return job;
  });
  request.onWritten?.(jobs.flatMap((job) => ("built" in job && job.built ? [job.built] : [])));
  const objects: BuiltObject[] = [];
  for (const job of jobs) {
    if (!("compiled" in job)) {
      diagnostics.push(job);
      continue;
    }
    if (request.onWritten !== undefined && job.built !== undefined && request.precheck !== false)
      judgeWritten(job, request.kernel);
    diagnostics.push(...job.compiled.diagnostics.all());
    if (job.built) objects.push(job.built);
  }
  saveTypeScriptCache();
  return { diagnostics, objects, dependencies: [...dependencies] };
}

/** Judges what is written already; takes it back if it is refused. */
function judgeWritten(job: Job, kernel: string | undefined): void {
  const { compiled, outputs, built } = job;
  const judged = judge(compiled, kernel);
  const { object } = compiled;
  const programs = job.costs && object && raiseFloors(object, withVerdicts(job.costs, judged));
  if (programs !== undefined && kernel !== undefined) fitsKernel(programs, kernel, compiled.diagnostics);
  if (compiled.diagnostics.errors === 0) {
    job.built = built && { ...built, programs: programs === undefined ? built.programs : reported(programs) };
    return;
  }
  job.built = undefined;
  try {
    outputs.takeBack();
  } catch (error) {
    compiled.diagnostics.report("EB6002", undefined, `cannot take back what was written: ${reason(error)}`);
  }
}

function write(job: Job, request: BuildRequest): BuiltObject | undefined {
  const { file, compiled, outputs } = job;
  const { object, module, diagnostics } = compiled;
  if (!object || !module) return undefined;
  const emit = request.emit ?? new Set<EmitKind>(["object", "loader"]);
  const first = request.onWritten !== undefined;
  const parsed = readObject(object);
  const cpu = Number((request.cpu ?? DEFAULT_CPU).slice(1)) as 1 | 2 | 3 | 4;
  const own = reportPrograms(parsed, cpu);
  // What the bytecode alone needs is said first: the walk would stumble over the same.
  if (request.kernel && !fitsKernel(own, request.kernel, diagnostics)) return undefined;
  const judged = request.precheck === false || first ? [] : judge(compiled, request.kernel);
  if (diagnostics.errors > 0) return undefined;
  const programs = raiseFloors(object, withVerdicts(own, judged));
  job.costs = programs;
  if (request.kernel && !fitsKernel(programs, request.kernel, diagnostics)) return undefined;
  const base = baseOf(file);
  const outDir = request.outDir ?? "dist";
  const path = (name: string): string => join(outDir, name);
  const files: OutputFile[] = [];
  const objectFile = `${base}.bpf.o`;
  if (emit.has("object")) files.push([objectFile, object]);
  if (emit.has("hir")) files.push([`${base}.hir.txt`, dumpHir(module)]);
  if (emit.has("ir") && compiled.ir) files.push([`${base}.ll`, compiled.ir]);
  if (emit.has("asm") && compiled.asm) files.push([`${base}.s`, compiled.asm]);
  if (emit.has("btf")) files.push([`${base}.btf.json`, `${JSON.stringify(btfJson(parsed), jsonBigint, 2)}\n`]);
  if (emit.has("loader")) {
    const loader = generateLoader(loaderModel(module, base, objectFile), moduleSystemOf(outDir));
    files.push([`${base}.loader.js`, loader.js], [`${base}.loader.d.ts`, loader.dts]);
  }
  try {
    outputs.write(files, first);
  } catch (error) {
    diagnostics.report("EB6002", undefined, `cannot write to ${outDir}: ${reason(error)}`);
    return undefined;
  }
  return {
    source: file,
    object: emit.has("object") ? path(objectFile) : "",
    loader: emit.has("loader") ? path(`${base}.loader.js`) : "",
    programs: reported(programs),
    maps: reportMaps(parsed),
  };
}

/** EBPFTSC_TIMING=1: milliseconds by stage, the pre-check's apart on stderr, for whoever makes the compiler faster. */
function printTiming(file: string, timing: Readonly<Record<string, number>>): void {
  const stages = Object.entries(timing).map(([stage, ms]) => `${stage} ${ms.toFixed(1)}`);
  process.stderr.write(
    `${oneLine(file)}: start ${(performance.now() - Object.values(timing).reduce((a, b) => a + b, 0)).toFixed(1)}, ${stages.join(", ")} ms\n`,
  );
}

const jsonBigint = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

function btfJson(parsed: ReturnType<typeof readObject>): unknown {
  return parsed.btf ? parsed.btf.types : [];
}

function fitsKernel(programs: readonly CostedProgram[], kernel: string, diagnostics: Diagnostics): boolean {
  for (const p of programs)
    if (older(kernel, p.kernelFloor))
      diagnostics.report(
        "EB4003",
        undefined,
        `${p.name} needs Linux ${p.kernelFloor} for ${p.kernelFloorFor}, --kernel says ${kernel}`,
      );
  return diagnostics.errors === 0;
}

const reason = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^[A-Z]+: /, "") : String(error);

function unreadable(file: string): Diagnostic | undefined {
  const diagnostics = new Diagnostics();
  if (!/\.[cm]?ts$/.test(file)) diagnostics.report("EB6002", undefined, `${file} is not a TypeScript file`);
  else if (!ProgramHost.canRead(resolve(file))) diagnostics.report("EB6002", undefined, `${file} cannot be read`);
  return diagnostics.all()[0];
}

/**
 * Type check, subset check, compilation in memory and, last, the pre-check of the kernel's rules; nothing is written.
 * What the pre-check cannot judge is left to the kernel.
 */
export function check(files: readonly string[], options: { readonly cpu?: BpfCpu } = {}): readonly Diagnostic[] {
  const host = new ProgramHost();
  const found = files.flatMap((file) => {
    const missing = unreadable(file);
    return missing ? [missing] : checkFile(compileFile(resolve(file), { cpu: options.cpu ?? DEFAULT_CPU }, host));
  });
  saveTypeScriptCache();
  return found;
}

function checkFile(compiled: Compiled): readonly Diagnostic[] {
  judge(compiled);
  return compiled.diagnostics.all();
}

/** The pre-check's verdicts; what it refuses becomes a diagnostic on the line of the source. */
function judge(
  { object, module, analysed, diagnostics, dependencies }: Compiled,
  kernel?: string,
): readonly PrecheckResult[] {
  const start = performance.now();
  const results = object ? precheck(object, kernel === undefined ? {} : { kernel }) : [];
  if (process.env["EBPFTSC_TIMING"] === "1") {
    process.stderr.write(`pre-check ${(performance.now() - start).toFixed(1)} ms\n`);
  }
  reportPrecheck(unreported(results, module, analysed), dependencies, diagnostics);
  return results;
}

/** Compiles one file in memory: what `machine()` and `ebpftsc run FILE.ts` use. */
export function compile(file: string, options: { readonly cpu?: BpfCpu } = {}): CompiledObject {
  const missing = unreadable(file);
  if (missing) return { diagnostics: [missing], timing: {} };
  const compiled = compileFile(resolve(file), { cpu: options.cpu ?? DEFAULT_CPU });
  saveTypeScriptCache();
  const base = baseOf(file);
  return {
    diagnostics: compiled.diagnostics.all(),
    timing: compiled.timing,
    ...(compiled.object ? { object: compiled.object } : {}),
    ...(compiled.ir ? { ir: compiled.ir } : {}),
    ...(compiled.module && compiled.object ? { model: loaderModel(compiled.module, base, `${base}.bpf.o`) } : {}),
  };
}

/** Instruction sets that `cpu` may name. */
export const cpus: readonly BpfCpu[] = bpfCpus;
