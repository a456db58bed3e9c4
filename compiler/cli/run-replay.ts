/** `ebpftsc run REPLAY`: the runs of a failed test again, on the machine and with --kernel in the kernel too. */
import { oneLine, visible } from "../../runtime/facts/terminal.js";
import { exitCodes, usageError } from "./exit.js";
import { printJson, printText, table } from "./output.js";

interface Flags {
  readonly engine: "interp" | "wasm" | "kernel";
  readonly kernel?: true;
  readonly json?: true;
}

/** What one run gave then, now, and in the kernel. */
interface Row {
  readonly program: string;
  readonly recorded: string;
  readonly machine: string;
  readonly kernel?: string;
  /** Do all agree? */
  readonly same: boolean;
}

const shown = (result: string | bigint, fault?: { readonly code: string; readonly insn: number }): string =>
  fault === undefined ? String(result) : `${fault.code} at ${fault.insn}`;

/** @throws CliError (exit code 2) for a file that is no replay; what the machine and the kernel throw */
export async function runReplay(file: string, text: string, flags: Flags): Promise<void> {
  const { isReplay, parseReplay } = await import("../../runtime/testing/replay/file.js");
  if (!isReplay(text)) throw usageError(`${file}: neither an object, a source nor a replay file`);
  const { replayRuns } = await import("../../runtime/testing/replay/run.js");
  const replay = parseReplay(text);
  const { results } = replayRuns(replay, { engine: flags.engine === "wasm" ? "wasm" : "interp" });
  const inKernel =
    flags.kernel || flags.engine === "kernel"
      ? await (await import("./run-replay-kernel.js")).replayInKernel(replay)
      : undefined;
  const rows = replay.runs.map((run, i): Row => {
    const result = results[i];
    const recorded = shown(run.result, run.fault);
    const machine = result === undefined ? "" : shown(result.result, result.fault);
    const kernel = inKernel?.[i];
    // The verifier would not load most programs that fault, so a fault is compared with the machine only.
    const same = recorded === machine && (kernel === undefined || kernel === machine);
    return { program: run.program, recorded, machine, ...(kernel === undefined ? {} : { kernel }), same };
  });
  if (flags.json) printJson({ replay: file, source: replay.source, reason: replay.reason, runs: rows });
  else {
    printText(`${oneLine(`${replay.source}: ${replay.reason}`)}\n`);
    const head = ["program", "recorded", "machine", ...(inKernel === undefined ? [] : ["kernel"]), ""];
    const lines = visible(rows).map((row) => [
      row.program,
      row.recorded,
      row.machine,
      ...(row.kernel === undefined ? [] : [row.kernel]),
      row.same ? "" : "differs",
    ]);
    printText(`${table([head, ...lines])}\n`);
    for (const [i, { fault }] of results.entries())
      if (fault !== undefined) {
        const { source } = fault;
        const place = source === undefined ? "" : ` (${source.file}:${source.line}: ${source.text})`;
        printText(`run ${i + 1}: ${oneLine(`${fault.message}${place}`)}\n`);
      }
  }
  if (rows.some((row) => !row.same) || results.some((r) => r.fault !== undefined)) process.exitCode = exitCodes.program;
}
