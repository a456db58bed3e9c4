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

async function start(): Promise<void> {
  const bundle = join(__dirname, "bundle.cjs");
  if (!existsSync(bundle)) {
    const modules = (await import(pathToFileURL(join(__dirname, "main.js")).href)) as CommandLine;
    await modules.runProcess();
    return;
  }
  const { exports: commandLine, save } = loadCached<CommandLine>(bundle);
  await commandLine.runProcess();
  save();
  // The command is over when its promise is, and taking a 50 MB heap down in order costs 8 ms. A pipe that is full keeps
  // output back: then the process ends by itself when its reader has caught up.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}

void start();
