/** The objects that are broken: our examples, compiled here, and with clang the foreign ones. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../compiler/index.js";

/** Objects by name. `clang` compiles one C file of test/foreign, or is left out. */
export function corpus(root: string, clang?: (name: string) => Uint8Array): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (const folder of readdirSync(join(root, "examples"))) {
    const files = readdirSync(join(root, "examples", folder)).filter((f) => f.endsWith(".ts") && !f.includes(".test."));
    for (const file of files) {
      const { object } = compile(join(root, "examples", folder, file));
      if (object !== undefined) out.set(file, object);
    }
  }
  if (clang === undefined) return out;
  const sources = readdirSync(join(root, "test/foreign/c")).filter((f) => f.endsWith(".c"));
  for (const file of sources) out.set(file, clang(file.replace(/\.c$/, "")));
  return out;
}
