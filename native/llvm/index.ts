/**
 * The only importer of the LLVM addon. Input: LLVM IR as text; output: a BPF ELF object with BTF and without DWARF.
 * Invariants: a module that LLVM refuses, crashes on or never finishes gives diagnostics, not an exception and not a
 * dead process (with `isolate`, the default); equal input gives equal bytes.
 */
import { loadAddon } from "../addon-file.js";

export { AddonMissingError } from "../addon-file.js";

/** BPF instruction sets that LLVM 19 knows; "v3" needs Linux 5.12 for every atomic, "v4" Linux 6.6. */
export const bpfCpus = ["v1", "v2", "v3", "v4"] as const;
export type BpfCpu = (typeof bpfCpus)[number];

export interface CompileOptions {
  readonly cpu: BpfCpu;
  /** Also return the assembly text. */
  readonly asm?: boolean;
  /** Also return the optimised IR. */
  readonly ir?: boolean;
  /** Compile in a forked child, so that an LLVM crash becomes a diagnostic. Default true. */
  readonly isolate?: boolean;
  /** Milliseconds after which an isolated compile is killed; 0 for no limit. Default 60000. */
  readonly timeoutMs?: number;
  /** The module's name, used as the file of parse errors. Default "module.ll". */
  readonly name?: string;
}

/**
 * Where a diagnostic comes from: the text (`parse`), our IR's rules (`verify`, `verify-debuginfo`), what BPF cannot
 * express (`unsupported`, `resource-limit`, `inline-asm`, `assembler`), or LLVM giving up (`fatal`, `exception`,
 * `crash`, `timeout`, `fork`).
 */
export type DiagnosticKind =
  | "parse"
  | "verify"
  | "verify-debuginfo"
  | "unsupported"
  | "resource-limit"
  | "inline-asm"
  | "assembler"
  | "dont-call"
  | "target"
  | "object"
  | "llvm"
  | "fatal"
  | "exception"
  | "crash"
  | "timeout"
  | "fork";

export interface LlvmDiagnostic {
  readonly severity: "error" | "warning" | "note";
  readonly kind: DiagnosticKind;
  readonly message: string;
  readonly file?: string;
  readonly function?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

export interface CompileResult {
  readonly ok: boolean;
  /** ELF64 little-endian EM_BPF relocatable object; present exactly when `ok`. */
  readonly object?: Uint8Array;
  readonly asm?: string;
  readonly ir?: string;
  /** LLVM gave up instead of reporting: a bug in our IR or in LLVM. */
  readonly fatal: boolean;
  readonly diagnostics: readonly LlvmDiagnostic[];
  /** Milliseconds of wall time. */
  readonly timing: {
    readonly parse: number;
    readonly verify: number;
    readonly opt: number;
    readonly emit: number;
    readonly fork: number;
  };
}

/** An option that has no meaning; `code` is `"EB6003"`. */
export class CompileOptionError extends RangeError {
  readonly code = "EB6003";
  override readonly name = "CompileOptionError";
}

type Request = Required<CompileOptions>;

interface LlvmAddon {
  compile(ir: string, request: Request): CompileResult;
  compileAsync(ir: string, request: Request): Promise<CompileResult>;
  prepare(): void;
}

function requestOf(o: CompileOptions): Request {
  if (!bpfCpus.includes(o.cpu)) {
    throw new CompileOptionError(`cpu "${String(o.cpu)}" is not one of ${bpfCpus.join(", ")}`);
  }
  const timeoutMs = o.timeoutMs ?? 60_000;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 0 || timeoutMs > 0x7fff_ffff) {
    throw new CompileOptionError(`timeoutMs ${timeoutMs} is not a whole number of milliseconds from 0 to 2147483647`);
  }
  return {
    cpu: o.cpu,
    asm: o.asm ?? false,
    ir: o.ir ?? false,
    isolate: o.isolate ?? true,
    timeoutMs,
    name: o.name ?? "module.ll",
  };
}

/** LLVM names nodes by their addresses ("0x38107810: i64 = ..."), which say nothing and differ from run to run. */
function withoutAddresses(result: CompileResult): CompileResult {
  const diagnostics = result.diagnostics.map((d) => ({
    ...d,
    message: d.message.replace(/\b0x[0-9a-f]{7,}\b:? ?/g, ""),
  }));
  return { ...result, diagnostics };
}

/**
 * Compiles one module and waits for it.
 *
 * @param ir LLVM 19 IR text; its triple and data layout are replaced by those of BPF.
 * @throws AddonMissingError (EB6001) when the addon is not built; CompileOptionError (EB6003) for a bad option.
 *   What is wrong with the module itself is in `diagnostics`.
 * @example const { ok, object, diagnostics } = compileIr(text, { cpu: "v3" });
 */
export function compileIr(ir: string, options: CompileOptions): CompileResult {
  return withoutAddresses((loadAddon("llvm") as LlvmAddon).compile(ir, requestOf(options)));
}

/**
 * Makes the child process of the next isolated compile already, so that LLVM's pages are touched on another core while
 * the caller does something else: a third off one compile. Nothing happens when a child is waiting. A child that is
 * never used ends with this process.
 *
 * @throws AddonMissingError (EB6001) when the addon is not built.
 * @example prepareCompile(); const ir = frontEnd(); compileIr(ir, { cpu: "v3" });
 */
export function prepareCompile(): void {
  (loadAddon("llvm") as LlvmAddon).prepare();
}

/** Like {@link compileIr}, on a thread of libuv's pool: the event loop stays free. Same errors, as rejections. */
export async function compileIrAsync(ir: string, options: CompileOptions): Promise<CompileResult> {
  return withoutAddresses(await (loadAddon("llvm") as LlvmAddon).compileAsync(ir, requestOf(options)));
}
