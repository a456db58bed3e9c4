/**
 * The stages in order: source → check → HIR → analysis → LLVM IR → object. Each runs only while there is no error; each
 * is timed.
 */
import { basename } from "node:path";
import type { BpfCpu } from "../native/llvm/index.js";
import { analyseModule } from "./analysis/index.js";
import { compileToObject } from "./backend.js";
import { addTypeErrors } from "./check/javascript.js";
import { checkSubset } from "./check/subset.js";
import { type Diagnostic, Diagnostics } from "./diagnostics/diagnostic.js";
import { buildModule } from "./hir/build/module.js";
import type { HirModule } from "./hir/nodes.js";
import { emitModule } from "./llvm/module.js";
import { ProgramHost } from "./source/program.js";

export interface CompileOptions {
  readonly cpu: BpfCpu;
  readonly asm?: boolean;
  /** Stop before the back end: what `check` does. */
  readonly untilIr?: boolean;
}

export interface Compiled {
  readonly file: string;
  readonly diagnostics: Diagnostics;
  readonly module?: HirModule;
  /** What the analysis already refused. */
  readonly analysed?: readonly Diagnostic[];
  readonly ir?: string;
  readonly object?: Uint8Array;
  readonly asm?: string;
  /** Milliseconds by stage. */
  readonly timing: Readonly<Record<string, number>>;
  /** Every file of the program outside the package, to watch. */
  readonly dependencies: readonly string[];
}

/** Found by the analysis, these end in the back end too: a frame that is too large. */
const BEYOND_LLVM = new Set(["EB5006"]);

/** Compiles one file. Reuses parsed files of `host` between calls. */
export function compileFile(file: string, options: CompileOptions, host: ProgramHost = new ProgramHost()): Compiled {
  const diagnostics = new Diagnostics();
  const timing: Record<string, number> = {};
  const stage = <T>(name: string, run: () => T): T => {
    const start = performance.now();
    const result = run();
    timing[name] = performance.now() - start;
    return result;
  };
  const cpu = Number(options.cpu.slice(1)) as 1 | 2 | 3 | 4;

  const source = stage("source", () => host.load([file]));
  const dependencies = source.userFiles.map((f) => f.fileName);
  const done = (more: Partial<Compiled> = {}): Compiled => ({ file, diagnostics, timing, dependencies, ...more });
  const root = source.roots[0];
  if (!root) return done();
  stage("check", () => {
    for (const f of source.userFiles) checkSubset(f, source, diagnostics);
    addTypeErrors(source.errors, diagnostics);
  });
  if (diagnostics.errors > 0) return done();
  const module = stage("hir", () => buildModule(source, root, diagnostics, { cpu }));
  if (diagnostics.errors > 0) return done({ module });
  stage("analysis", () => analyseModule(module, diagnostics));
  // What the analysis found in one program says nothing of the others: the pre-check is to see those as well.
  const analysed = diagnostics.all();
  if (analysed.some((d) => BEYOND_LLVM.has(d.code))) return done({ module });
  const texts = new Map<string, string>(source.program.getSourceFiles().map((f) => [f.fileName, f.text] as const));
  const ir = stage("llvm-ir", () => emitModule(module, { cpu, sources: (f) => texts.get(f) ?? "" }));
  if (options.untilIr) return done({ module, ir });
  const result = stage("object", () =>
    compileToObject(
      ir,
      { cpu: options.cpu, asm: options.asm ?? false, files: dependencies, name: basename(file) },
      diagnostics,
    ),
  );
  return done({
    module,
    ir,
    analysed,
    ...(result?.object ? { object: result.object } : {}),
    ...(result?.asm ? { asm: result.asm } : {}),
  });
}
