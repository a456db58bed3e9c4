/**
 * Finds and loads a native addon. Input: the addon's name ("llvm", "bpf"); output: its exports, untyped. The same code
 * runs from the source tree (`native/`), from `dist/native/` and from an installed package, and from the bundled command line, so each
 * possible package root is tried. Node's module cache makes the second load free.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * The addon's file is not there, or the system refuses to load it.
 *
 * `code` is `"EB6001"`; the message is one line and names the remedy.
 */
export class AddonMissingError extends Error {
  readonly code = "EB6001";
  constructor(
    readonly addon: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`native addon "${addon}" ${detail}; run \`npm run setup\` in a checkout, or reinstall the package`, options);
    this.name = "AddonMissingError";
  }
}

/** Where the addon may lie, best first: the copied binary, then node-gyp's own output. */
export function addonCandidates(addon: string, from: string = import.meta.url): string[] {
  const platform = `${process.platform}-${process.arch}`;
  return ["../", "../../", "../../../"].flatMap((root) =>
    [`native/prebuilt/${platform}/${addon}.node`, `native/${addon}/build/Release/${addon}.node`].map((path) =>
      fileURLToPath(new URL(root + path, from)),
    ),
  );
}

/**
 * Loads an addon.
 *
 * @throws AddonMissingError EB6001 when no candidate file exists, or the dynamic linker refuses it.
 * @example const llvm = loadAddon("llvm") as LlvmAddon;
 */
export function loadAddon(addon: string, candidates: readonly string[] = addonCandidates(addon)): unknown {
  const file = candidates.find((path) => existsSync(path));
  if (file === undefined) throw new AddonMissingError(addon, `is not built for ${process.platform}-${process.arch}`);
  try {
    return createRequire(import.meta.url)(file);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new AddonMissingError(addon, `cannot be loaded (${reason})`, { cause });
  }
}
