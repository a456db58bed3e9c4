#!/usr/bin/env node
/**
 * Starts the command line fast: one bundled file through a V8 code cache instead of a hundred modules. Where the bundle
 * was not built (a checkout that only ran tsc) it starts the modules themselves. Built to `launch.cjs` by scripts/bundle.mjs.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadCached } from "../source/code-cache.js";

interface CommandLine {
  runProcess(): Promise<void>;
}

/** Commands that have a code cache of their own; the others share one. */
const COMMANDS: ReadonlySet<string> = new Set(["build", "check", "verify", "run", "load", "vm"]);

async function start(): Promise<void> {
  const bundle = join(__dirname, "bundle.cjs");
  if (!existsSync(bundle)) {
    const modules = (await import(pathToFileURL(join(__dirname, "main.js")).href)) as CommandLine;
    await modules.runProcess();
    return;
  }
  const asked = process.argv.slice(2).filter((arg) => /^(--no-precheck|[a-z]+)$/.test(arg));
  const use = COMMANDS.has(asked[0] ?? "") ? (asked[0] ?? "") : "other";
  // Judging is a large part of a build: a run without it knows little of what one with it compiles.
  const { exports: commandLine, save } = loadCached<CommandLine>(
    bundle,
    asked.includes("--no-precheck") ? `${use}-unjudged` : use,
  );
  await commandLine.runProcess();
  save(process.exitCode === undefined || Number(process.exitCode) === 0);
  // The command is over when its promise is, and taking a 50 MB heap down in order costs 8 ms. A pipe that is full keeps
  // output back: then the process ends by itself when its reader has caught up.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}

void start();
