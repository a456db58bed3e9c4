/** The C source of a foreign object, with what all share. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @param root of the repository */
export function sourceOf(name: string, root: string): string {
  const read = (file: string): string => readFileSync(join(root, "test/foreign/c", file), "utf8");
  return `${read("foreign.h")}\n${read(`${name}.c`)}`;
}
