/**
 * `ebpftsc load OBJ|FILE.ts`: loads, attaches, prints what the programs say until Ctrl-C, detaches. Where something is
 * attached goes to stderr, events and printed lines to stdout, so that the output can be piped.
 */
import type { Command } from "commander";
import { objectOf } from "./object-input.js";

interface LoadFlags {
  readonly attach: readonly string[];
  readonly json?: true;
}

export function register(program: Command): void {
  program
    .command("load")
    .description("load into the kernel, attach, and stream events until Ctrl-C")
    .argument("<file>", "object (.o) or source file (.ts)")
    .option(
      "--attach <where>",
      "[PROGRAM=]xdp:IF[:native|generic], tc:IF[:ingress|egress][:tcx|clsact] or tracepoint:CATEGORY/NAME; repeatable",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option("--json", "one JSON document per line")
    .action(run);
}

async function run(file: string, flags: LoadFlags): Promise<void> {
  const { LoadSession, parseAttachSpec, toJsonValue } = await import("../../runtime/index.js");
  const specs = flags.attach.map((text) => parseAttachSpec(text));
  const bytes = await objectOf(file);
  if (bytes === undefined) return;
  // Listening starts before anything is attached: a signal must never leave the process with programs in place.
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.on("SIGINT", abort).on("SIGTERM", abort);
  try {
    using session = new LoadSession(bytes, specs);
    for (const { program, description } of session.attachments) process.stderr.write(`${program}: ${description}\n`);
    for (const name of session.idle) process.stderr.write(`${name}: loaded, not attached (say where with --attach)\n`);
    for await (const out of session.output(stop.signal)) {
      if (out.kind === "notice") process.stderr.write(`${out.line}\n`);
      else if (out.kind === "print") print(flags.json ? JSON.stringify({ print: out.line }) : out.line);
      else {
        const value = toJsonValue(out.value);
        print(flags.json ? JSON.stringify({ map: out.map, value }) : `${out.map} ${JSON.stringify(value)}`);
      }
    }
  } finally {
    process.off("SIGINT", abort).off("SIGTERM", abort);
  }
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
