/**
 * Loads a CommonJS file through a V8 code cache that is written after a full run, so that it also holds what is compiled
 * lazily. Keyed by path, size and time of the file, Node version, architecture and V8 flags; kept in the user's cache
 * directory (0700). A damaged, foreign or stale cache is ignored; EBPFTSC_NO_CACHE=1 switches it off. Different uses of a
 * file run different functions of it, so each use has a cache of its own, which a run that went well makes complete.
 */
import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { constants, Script } from "node:vm";

export interface Cached<T> {
  readonly exports: T;
  /**
   * Writes the cache if this process ran without one.
   * @param complete false where the run ended early: the next one that does not will write the cache again; default true
   */
  readonly save: (complete?: boolean) => void;
}

const wrap = (Module as unknown as { wrap(source: string): string }).wrap;

/** Path of the cache without its ending. */
function cacheFile(file: string): string | undefined {
  if (process.env["EBPFTSC_NO_CACHE"] === "1") return undefined;
  const { size, mtimeMs } = statSync(file);
  const flags = [process.version, process.arch, process.execArgv.join(" "), process.env["NODE_OPTIONS"] ?? ""];
  const key = createHash("sha256")
    .update([file, size, mtimeMs, ...flags].join("\0"))
    .digest("hex");
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(base, "ebpftsc", `${basename(file)}-${key.slice(0, 24)}`);
}

function read(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Caches of the same file in another version are of no use any more. */
function forgetOthers(path: string, name: string): void {
  const dir = dirname(path);
  for (const entry of readdirSync(dir))
    if (entry.startsWith(`${name}-`) && !join(dir, entry).startsWith(path)) rmSync(join(dir, entry), { force: true });
}

/**
 * Runs the file as a CommonJS module and gives its exports.
 * @param use what it is loaded for, part of a file's name: "build"
 */
export function loadCached<T>(file: string, use = "all"): Cached<T> {
  const bytes = readFileSync(file);
  // Latin-1 is copied, UTF-8 decoded: 4 ms for the type checker. Our bundles are ASCII; a plain typescript.js is not.
  const source = bytes.toString(isAscii(bytes) ? "latin1" : "utf8").replace(/^#!.*/, "");
  const path = cacheFile(file);
  const whole = path && `${path}-${use}.bin`;
  const part = path && `${path}-${use}.part.bin`;
  const wholeData = read(whole);
  const cachedData = wholeData ?? read(part);
  const script = new Script(wrap(source), {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  });
  const module = { exports: {} as T };
  script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  const isUsed = cachedData !== undefined && script.cachedDataRejected !== true;
  let savedWhole = isUsed && wholeData !== undefined;
  let savedPart = isUsed;
  const save = (complete = true): void => {
    if (path === undefined || whole === undefined || part === undefined) return;
    // A process that builds again and again writes it once.
    if (complete ? savedWhole : savedPart) return;
    savedPart = true;
    savedWhole ||= complete;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}-${use}.${process.pid}`;
      writeFileSync(temporary, script.createCachedData(), { mode: 0o600 });
      renameSync(temporary, complete ? whole : part);
      if (complete) rmSync(part, { force: true });
      forgetOthers(path, basename(file));
    } catch {
      // A read-only or full home only costs time.
    }
  };
  return { exports: module.exports, save };
}
