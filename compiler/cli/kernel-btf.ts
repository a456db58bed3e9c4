/** Where the kernel's types come from: a file that is named, else this machine's kernel. Read only when a program asks. */
import { readFileSync } from "node:fs";
import { usageError } from "./exit.js";

const OWN = "/sys/kernel/btf/vmlinux";

/** @returns a reader that gives undefined where this machine's kernel tells no types */
export function kernelBtf(file: string | undefined): () => Uint8Array | undefined {
  return () => {
    try {
      return new Uint8Array(readFileSync(file ?? OWN));
    } catch (error) {
      if (file === undefined) return undefined;
      throw usageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
}
