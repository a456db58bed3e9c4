/**
 * From LLVM IR to an object: one isolated call of the addon, its diagnostics brought back to the user's lines. What LLVM
 * cannot lower is the program's fault (EB4004, EB5006); what it refuses or dies of is ours (EB6004).
 */
import {
  AddonMissingError,
  type BpfCpu,
  type CompileResult,
  compileIr,
  type LlvmDiagnostic,
  prepareCompile as prepareLlvm,
} from "../native/llvm/index.js";
import type { Diagnostics, Span } from "./diagnostics/diagnostic.js";

export interface BackendOptions {
  readonly cpu: BpfCpu;
  readonly asm: boolean;
  /** Files of the module: LLVM knows them by base name. */
  readonly files: readonly string[];
  readonly name: string;
}

/** Readies the next compile on another core; a missing addon is left for the compile to report. */
export function prepareCompile(): void {
  try {
    prepareLlvm();
  } catch (error) {
    if (!(error instanceof AddonMissingError)) throw error;
  }
}

const OURS = new Set([
  "parse",
  "verify",
  "verify-debuginfo",
  "fatal",
  "exception",
  "crash",
  "timeout",
  "fork",
  "target",
  "object",
  "llvm",
]);

/** The compiled object, or undefined after diagnostics. */
export function compileToObject(
  ir: string,
  options: BackendOptions,
  diagnostics: Diagnostics,
): CompileResult | undefined {
  let result: CompileResult;
  try {
    result = compileIr(ir, { cpu: options.cpu, asm: options.asm, name: `${options.name}.ll` });
  } catch (error) {
    if (!(error instanceof AddonMissingError)) throw error;
    diagnostics.report("EB6001", undefined, error.message);
    return undefined;
  }
  for (const d of result.diagnostics) if (d.severity === "error") report(d, options, diagnostics);
  if (result.ok) return result;
  if (diagnostics.errors === 0) diagnostics.report("EB6004", undefined, "LLVM gave no object and no reason");
  return undefined;
}

function report(d: LlvmDiagnostic, options: BackendOptions, diagnostics: Diagnostics): void {
  const file = d.file && options.files.find((f) => f.endsWith(`/${d.file?.replace(/^.*\//, "")}`));
  const span: Span | undefined =
    file && d.line
      ? { file, line: d.line, column: d.column ?? 1, endLine: d.line, endColumn: (d.column ?? 1) + 1 }
      : undefined;
  const where = d.function ? ` in ${d.function}` : "";
  if (/stack/i.test(d.message))
    diagnostics.report(
      "EB5006",
      span,
      `the stack of ${d.function ?? "a function"} does not fit: ${firstLine(d.message)}`,
    );
  else if (OURS.has(d.kind)) diagnostics.report("EB6004", span, `LLVM (${d.kind})${where}: ${firstLine(d.message)}`);
  else diagnostics.report("EB4004", span, `LLVM cannot lower this for BPF${where}: ${firstLine(d.message)}`);
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? text;
