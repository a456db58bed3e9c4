/** The kernels that a log may be of, from how it is written. Source: kernel/bpf/verifier.c and log.c by version. */
import { versionNumber } from "../tables/since.js";

/** First kernel that no longer writes so; the log is of an older one. */
const ENDED: readonly (readonly [RegExp, string])[] = [
  // 4.14 walked 98,304 instructions at most; 4.15 to 5.1 131,072.
  [/\b(?:Processed|processed) 9830[45] insn/, "4.15"],
  [/\(limit 98304\)|processed \d+ insns$|processed \d+ insns, stack depth/m, "5.0"],
  [/\(limit 131072\)|Processed 131073 insn/, "5.2"],
  [/\bback-edge from insn/, "5.3"],
  [/R\d+(?:_\w+)?=inv|'inv'|=inv\d|type=inv /, "5.18"],
];

/** "Linux version 5.15.0-91-generic", "kernel: 5.10.0", as loaders and bug reports print it. */
const RELEASE = /\b(?:linux(?: version)?|kernel(?: version)?|uname -r)\b[^\n\d]{0,12}(\d\.\d{1,2})(?:\.\d+)?\b/i;

/** One more than the last kernel that `log` may be of; undefined where nothing says. @example olderThan("R0=inv") // "5.18" */
export function olderThan(log: string): string | undefined {
  const named = RELEASE.exec(log)?.[1];
  if (named !== undefined) {
    const [major = "0", minor = "0"] = named.split(".");
    return `${major}.${Number(minor) + 1}`;
  }
  return ENDED.find(([pattern]) => pattern.test(log))?.[1];
}

/** Whether the kernel may have what came with `version`. @param before as {@link olderThan} says */
export function mayHave(version: string, before: string | undefined): boolean {
  return before === undefined || versionNumber(version) < versionNumber(before);
}
