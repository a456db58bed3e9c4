/** What `machine()` is given -> the bytes of an object: compiled once per file and content. */
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sourceOf } from "../../stdlib/index.js";
import type { FileUrl } from "../facts/platform-types.js";
import { TestingError } from "./error.js";

/** A class with handlers, a `.ts` source or an object file (path or file URL), or an object's bytes. */
export type MachineSource = (abstract new (...args: never[]) => unknown) | string | FileUrl | Uint8Array;

/** Compiled objects by path; a change of the file on disk compiles again. */
export class ObjectCache {
  readonly #objects = new Map<string, { readonly stamp: number; readonly bytes: Uint8Array }>();

  /** @throws TestingError `TEST_SOURCE` (nothing to read), `TEST_COMPILE` (the diagnostics, one a line) */
  async load(source: MachineSource): Promise<Uint8Array> {
    if (source instanceof Uint8Array) return source;
    const path = pathOf(source);
    const stamp = modified(path);
    if (!/\.[cm]?ts$/.test(path)) return new Uint8Array(readFileSync(path));
    const known = this.#objects.get(path);
    if (known?.stamp === stamp) return known.bytes;
    const { compile } = await import("../../compiler/index.js");
    const { diagnostics, object } = compile(path);
    const errors = diagnostics.filter((d) => d.severity === "error");
    if (object === undefined || errors.length > 0) {
      throw new TestingError(
        "TEST_COMPILE",
        `${path} does not compile:\n${errors.map((d) => `${d.code} ${d.message}`).join("\n")}`,
      );
    }
    this.#objects.set(path, { stamp, bytes: object });
    return object;
  }
}

/** What a source is called in messages and replay files. */
export function nameOf(source: MachineSource): string {
  if (source instanceof Uint8Array) return "object";
  if (typeof source === "function") return source.name;
  return typeof source === "string" ? source : source.pathname;
}

function pathOf(source: Exclude<MachineSource, Uint8Array>): string {
  if (typeof source === "string") return source.startsWith("file:") ? fileURLToPath(source) : source;
  if (typeof source !== "function") return fileURLToPath(source.href);
  const file = sourceOf(source);
  if (file === undefined) {
    throw new TestingError(
      "TEST_SOURCE",
      `class ${source.name} has no handlers (@xdp, @tc, …), so its source file is not known: give the path`,
    );
  }
  return file;
}

function modified(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch (cause) {
    throw new TestingError("TEST_SOURCE", `${path} cannot be read`, { cause });
  }
}
