/** This machine's kernel configuration, for programs that ask for settings (extern variables in .kconfig). */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";

/** Where libbpf looks too. */
const places = (): string[] => [`/boot/config-${release()}`, "/proc/config.gz"];

/**
 * @param btf file of another machine's types: then nothing is known of its configuration
 * @returns a reader that gives undefined where this machine does not tell
 */
export function kernelConfig(btf: string | undefined): () => string | undefined {
  return () => {
    if (btf !== undefined) return undefined;
    for (const file of places()) {
      try {
        const bytes = readFileSync(file);
        return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
      } catch {
        // The next place.
      }
    }
    return undefined;
  };
}
