/**
 * `build --watch`: builds, then builds again whenever a file of the program changes. One builder lives for the whole
 * session, so parsed files and the loaded back end stay warm. Mistakes in the program, files that vanish and come back,
 * and files saved twice in a row are all part of a normal session: none ends it. Files are written before the pre-check
 * judges them, and taken back if it refuses.
 */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { watch as watchFolders } from "chokidar";
import type { BuildRequest, BuildResult, BuiltObject } from "../index.js";
import { failureOf } from "./exit.js";

/** Editors write a file in several steps; one build serves all events of this many milliseconds. */
const SETTLE_MS = 10;

/** chokidar tells of one change per file in 50 ms and forgets the others; after this time a build looks for itself. */
const LOOK_AGAIN_MS = 60;

interface Output {
  write(text: string): unknown;
}

/** Builds until SIGINT or SIGTERM (or `signal`); resolves then. */
export async function watch(
  request: BuildRequest,
  show: (result: BuildResult) => void,
  log: Output,
  signal?: AbortSignal,
): Promise<void> {
  const { createBuilder } = await import("../index.js");
  const builder = createBuilder();
  const roots = request.files.map((f) => resolve(f));
  let wanted = new Set(roots);
  let failed = false;
  let building = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let lookAgain: NodeJS.Timeout | undefined;
  /** Of the files of the last build, as it found them. */
  let stamps = new Map<string, string>();

  // Folders are watched, not files: a deleted file is noticed when it comes back.
  const watcher = watchFolders([...new Set(roots.map(dirname))], {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !/\.[cm]?ts$/.test(path),
  });

  const rebuild = async (why: string): Promise<void> => {
    if (building) {
      again = true;
      return;
    }
    building = true;
    clearTimeout(lookAgain);
    stamps = new Map([...wanted].map((file) => [file, stampOf(file)]));
    const start = performance.now();
    let written = 0;
    const onWritten = (objects: readonly BuiltObject[]): void => {
      if (objects.length === 0) return;
      written = performance.now();
      log.write(`${clock()} ${why}: written in ${Math.round(written - start)} ms\n`);
    };
    try {
      const result = await builder.build(request.precheck === false ? request : { ...request, onWritten });
      show(result);
      failed = result.diagnostics.some((d) => d.severity === "error");
      wanted = new Set([...roots, ...result.dependencies.map((f) => resolve(f))]);
      watcher.add([...new Set([...wanted].map(dirname))]);
    } catch (error) {
      failed = true;
      log.write(`${failureOf(error).line}\n`);
    }
    const ms = Math.round(performance.now() - (written || start));
    const what =
      written === 0
        ? `${why}: ${failed ? "not built" : `built in ${ms} ms`}`
        : failed
          ? "refused: what was written is taken back"
          : `judged in ${ms} ms`;
    log.write(`${clock()} ${what}; watching ${plural(wanted.size)}\n`);
    building = false;
    if (again) {
      again = false;
      return rebuild("changed meanwhile");
    }
    lookAgain = setTimeout(() => {
      for (const file of stamps.keys()) onEvent("change", file);
    }, LOOK_AGAIN_MS);
  };

  const onEvent = (event: string, path: string): void => {
    const file = resolve(path);
    // After an error the missing file may be one that no build has seen yet.
    if (!wanted.has(file) && !failed) return;
    const [before, now] = [stamps.get(file), stampOf(file)];
    // The last build has seen it so.
    if (before === now) return;
    clearTimeout(timer);
    const verb =
      now === "" ? "deleted" : before === "" || (before === undefined && event === "add") ? "added" : "changed";
    timer = setTimeout(() => void rebuild(`${path} ${verb}`), SETTLE_MS);
  };
  watcher.on("all", (event, path) => {
    if (event === "add" || event === "change" || event === "unlink") onEvent(event, path);
  });
  watcher.on("error", (error) => log.write(`${failureOf(error).line}\n`));

  await new Promise<void>((ready) => watcher.once("ready", ready));
  await rebuild("start");
  await ended(signal);
  clearTimeout(timer);
  clearTimeout(lookAgain);
  await watcher.close();
}

/** Differs after every write that the clock of the file system can tell apart; empty where there is no such file. */
function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeNs}:${stat.size}:${stat.ino}`;
}

const clock = (): string => new Date().toTimeString().slice(0, 8);
const plural = (files: number): string => `${files} file${files === 1 ? "" : "s"}`;

function ended(signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) return done();
    const stop = (): void => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      done();
    };
    signal?.addEventListener("abort", stop, { once: true });
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
