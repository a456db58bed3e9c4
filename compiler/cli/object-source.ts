/** The argument `OBJ|FILE.ts` of several commands: an object file is read, a source file is compiled in memory. */
import { readFileSync } from "node:fs";
import { CliError, exitCodeOfDiagnostics, exitCodes } from "./exit.js";
import { printDiagnostics } from "./output.js";

/**
 * The bytes of a BPF object.
 *
 * Diagnostics of a source file are printed on stderr.
 * @throws CliError with the diagnostics' exit code when it does not compile; a system error (ENOENT, EISDIR) with `path`
 */
export async function objectBytes(file: string): Promise<Uint8Array> {
  if (!/\.[cm]?ts$/.test(file)) {
    try {
      return readFileSync(file);
    } catch (error) {
      // Reading a folder fails without its path in the error.
      throw error instanceof Error ? Object.assign(error, { path: file }) : error;
    }
  }
  const { compile } = await import("../index.js");
  const { diagnostics, object } = compile(file);
  printDiagnostics(diagnostics);
  if (object) return object;
  const exitCode = exitCodeOfDiagnostics(diagnostics);
  throw new CliError(exitCode === exitCodes.ok ? exitCodes.internal : exitCode, `${file} was not compiled`);
}
