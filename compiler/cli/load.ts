/**
 * `ebpftsc load OBJ|FILE.ts`: loads, attaches, prints what the programs say until Ctrl-C, detaches. Where something is
 * attached goes to stderr, events and printed lines to stdout, so that the output can be piped.
 */

import type { Command } from "commander";
import { oneLine, visible } from "../../runtime/facts/terminal.js";
import { objectOf } from "./object-input.js";
import { complain, printJsonLine, printText } from "./output.js";

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
    for (const { program, description } of visible(session.attachments)) complain(`${program}: ${description}\n`);
    for (const name of visible(session.idle)) complain(`${name}: loaded, not attached (say where with --attach)\n`);
    for await (const out of session.output(stop.signal)) {
      if (out.kind === "notice") complain(`${out.line}\n`);
      else if (out.kind === "print") {
        if (flags.json) printJsonLine({ print: out.line });
        else printText(`${oneLine(out.line)}\n`);
      } else {
        const value = toJsonValue(out.value);
        if (flags.json) printJsonLine({ map: out.map, value });
        else printText(`${oneLine(`${out.map} ${JSON.stringify(value)}`)}\n`);
      }
    }
  } finally {
    process.off("SIGINT", abort).off("SIGTERM", abort);
  }
}
