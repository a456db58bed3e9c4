/** `OBJ|FILE.ts` arguments: the bytes of a BPF object, compiled first when the file is TypeScript. */
import { readFileSync } from "node:fs";
import { exitCodeOfDiagnostics } from "./exit.js";
import { printDiagnostics } from "./output.js";

/**
 * The object that an argument means, or undefined when it is TypeScript with errors: they are printed and the exit code
 * is set.
 * @throws the file system's error (exit code 2) for a file that cannot be read
 */
export async function objectOf(file: string): Promise<Uint8Array | undefined> {
  if (!/\.[cm]?ts$/.test(file)) return bytesOf(file);
  const { compile } = await import("../index.js");
  const { diagnostics, object } = compile(file);
  printDiagnostics(diagnostics);
  process.exitCode = exitCodeOfDiagnostics(diagnostics);
  return object;
}

function bytesOf(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    // Node names no path when the file turns out to be a folder.
    throw error instanceof Error ? Object.assign(error, { path: file }) : error;
  }
}
