/**
 * Exit codes, and from whatever a command throws to one line and one of them. The codes are a contract with scripts:
 * 0 good; 1 the user's program is at fault; 2 wrong usage; 3 the machine lacks something; 70 our bug (EX_SOFTWARE of
 * sysexits.h). Imports next to nothing, so that every command can throw without loading what other commands need.
 */
import { oneLine } from "../../runtime/facts/terminal.js";

export const exitCodes = { ok: 0, program: 1, usage: 2, machine: 3, internal: 70 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * A command's own failure with its exit code. The message is one line.
 * @example throw new CliError(exitCodes.usage, "--cpu v9 is not one of v1, v2, v3, v4")
 */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Exit 2: an argument or option has no meaning, or names a file that cannot be used. */
export const usageError = (message: string, options?: ErrorOptions): CliError =>
  new CliError(exitCodes.usage, message, options);

/** Exit 3: the message says what is missing and how to get it. */
export const machineError = (message: string, options?: ErrorOptions): CliError =>
  new CliError(exitCodes.machine, message, options);

/** Exit 1: the object or program given is at fault. */
export const programError = (message: string, options?: ErrorOptions): CliError =>
  new CliError(exitCodes.program, message, options);

/** Exit codes by the stable `code` of an error or diagnostic; prefixes end in `*`. First match wins. */
const byCode: readonly (readonly [pattern: string, exit: ExitCode])[] = [
  ["EB6001", exitCodes.machine],
  ["EB6002", exitCodes.usage],
  ["EB6003", exitCodes.usage],
  ["EB6004", exitCodes.internal],
  ["EB7*", exitCodes.internal],
  ["EB*", exitCodes.program],
  ["TS*", exitCodes.program],
  // runtime/elf, runtime/btf, runtime/isa: the file is not a good object.
  ["OBJ_*", exitCodes.program],
  ["BTF_*", exitCodes.program],
  ["ISA_*", exitCodes.program],
  // runtime/vm, runtime/testing.
  ["VM_MEMORY", exitCodes.machine],
  ["VM_MAP_DEFINITION", exitCodes.program],
  ["VM_*", exitCodes.usage],
  ["CODEC_*", exitCodes.usage],
  ["PCAP_*", exitCodes.usage],
  // runtime/kernel.
  ["OBJECT", exitCodes.program],
  ["VERIFIER_REJECTED", exitCodes.program],
  ["LIBBPF_MISSING", exitCodes.machine],
  ["NO_PERMISSION", exitCodes.machine],
  ["UNSUPPORTED", exitCodes.machine],
  ["SYSCALL", exitCodes.machine],
  ["ARGUMENT", exitCodes.usage],
  ["UNKNOWN_NAME", exitCodes.usage],
];

/** What the system says of a path that a user named, by errno name. */
const fileErrors: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EISDIR: "is a folder",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EEXIST: "exists already",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
};

interface Failure {
  readonly exitCode: ExitCode;
  readonly line: string;
}

const stringField = (value: unknown, key: string): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const field: unknown = Reflect.get(value, key);
  return typeof field === "string" ? field : undefined;
};

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** The exit code that belongs to a stable code, or undefined for a code nobody registered. */
export function exitCodeFor(code: string): ExitCode | undefined {
  return byCode.find(([p]) => (p.endsWith("*") ? code.startsWith(p.slice(0, -1)) : code === p))?.[1];
}

/** Exit code of a list of diagnostics: 0 without errors; our faults and the machine's outweigh the program's. */
export function exitCodeOfDiagnostics(
  diagnostics: readonly { readonly code: string; readonly severity: "error" | "warning" }[],
): ExitCode {
  const found = new Set(diagnostics.filter((d) => d.severity === "error").map((d) => exitCodeFor(d.code) ?? 1));
  const order = [exitCodes.internal, exitCodes.machine, exitCodes.program, exitCodes.usage] as const;
  return order.find((c) => found.has(c)) ?? exitCodes.ok;
}

/** What to say of a thrown value, on one line: known errors in their own words, anything else as our bug. */
export function failureOf(error: unknown): Failure {
  const { exitCode, line } = sayingOf(error);
  return { exitCode, line: oneLine(line) };
}

function sayingOf(error: unknown): Failure {
  if (error instanceof CliError) return { exitCode: error.exitCode, line: `error: ${error.message}` };
  const message = error instanceof Error ? error.message : String(error);
  const code = stringField(error, "code");
  if (code !== undefined) {
    const path = stringField(error, "path");
    const said = fileErrors[code];
    if (path !== undefined && said !== undefined) {
      return { exitCode: exitCodes.usage, line: `error: ${path}: ${said}` };
    }
    const exitCode = exitCodeFor(code);
    if (exitCode === exitCodes.internal) return { exitCode, line: firstLine(message) };
    // Known errors have one line already: a line break comes from a name in them, and cutting there would lose the rest.
    if (exitCode !== undefined) return { exitCode, line: `error: ${message}` };
  }
  const name = error instanceof Error ? `${error.name}: ` : "";
  return { exitCode: exitCodes.internal, line: `internal error: ${name}${firstLine(message)}, please report` };
}
