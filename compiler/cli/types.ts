/** `ebpftsc types NAME...`: context classes of tracepoints from their formats, as a TypeScript module on stdout. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parseTracepoint, type TracepointFormat, tracepointModule } from "../types/tracepoint.js";
import { programError, usageError } from "./exit.js";
import { printText } from "./output.js";

interface Flags {
  readonly format?: string;
}

export function register(program: Command): void {
  program
    .command("types")
    .description("context classes of tracepoints as a TypeScript module")
    .argument("<name...>", "tracepoints: sched:sched_process_exec")
    .option("--format <file>", "read the format from a file instead of this kernel (one name)")
    .action(run);
}

async function run(names: readonly string[], flags: Flags): Promise<void> {
  if (flags.format !== undefined && names.length !== 1) throw usageError("--format goes with one name");
  const formats: TracepointFormat[] = [];
  const { Tracefs } = await import("../../runtime/kernel/tracefs.js");
  using tracefs = flags.format === undefined ? new Tracefs() : undefined;
  for (const name of names) {
    const [, category, event] = /^(\w+)[:/](\w+)$/.exec(name) ?? [];
    if (category === undefined || event === undefined)
      throw usageError(`${name} is not a tracepoint; write category:name`);
    const text = tracefs ? tracefs.tracepointFormat(category, event) : formatFile(flags.format ?? "");
    const format = parseTracepoint(category, event, text);
    if (!format) throw programError(`${flags.format ?? name} is not a tracepoint's format`);
    formats.push(format);
  }
  printText(tracepointModule(formats));
}

function formatFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw usageError(`${path} cannot be read`);
  }
}
