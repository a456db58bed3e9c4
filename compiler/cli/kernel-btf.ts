/** Where the kernel's types come from: a file that is named, checked at once, else this machine's, read when a program asks. */
import { readFileSync } from "node:fs";
import { BtfError, parseBtf } from "../../runtime/btf/index.js";
import { usageError } from "./exit.js";

const OWN = "/sys/kernel/btf/vmlinux";

/**
 * @returns a reader that gives undefined where this machine's kernel tells no types
 * @throws the file system's error, or a usage error (exit code 2), for a named file that is not there or no BTF
 */
export function kernelBtf(file: string | undefined): () => Uint8Array | undefined {
  if (file !== undefined) {
    const bytes = new Uint8Array(readFileSync(file));
    try {
      parseBtf(bytes);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      throw usageError(`${file} is no BTF: ${error.message}`, { cause: error });
    }
    return () => bytes;
  }
  return () => {
    try {
      return new Uint8Array(readFileSync(OWN));
    } catch {
      return undefined;
    }
  };
}
