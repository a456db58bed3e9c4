/** `ebpftsc run --break`: the state of a run whenever one of some source lines begins, on stderr. */
import { oneLine } from "../../runtime/facts/terminal.js";
import type { Debugger, RunResult, Stop } from "../../runtime/vm/index.js";
import { usageError } from "./exit.js";
import { complain } from "./output.js";

/** One stop as text: place, calls under way, registers four a row. */
export function stopText({
  stop,
  stack,
  registers,
  insns,
}: Pick<Debugger, "stop" | "stack" | "registers" | "insns">): string {
  const place = ({ source, program, insn }: Pick<Stop, "source" | "program" | "insn">): string =>
    oneLine(source === undefined ? `${program} ${insn}` : `${source.file}:${source.line}: ${source.text}`);
  const callers = stack.slice(1).map((one) => `  called from ${place({ program: stop.program, ...one })}`);
  const names = registers.map((value, n) => `r${n} 0x${value.toString(16)}`);
  const rows = [0, 4, 8].map((first) => `  ${names.slice(first, first + 4).join("  ")}`);
  return [`${place(stop)} (instruction ${stop.insn}, ${insns} executed)`, ...callers, ...rows, ""].join("\n");
}

/** Runs to the end, printing each stop. @throws CliError exit 2 for a line without code */
export function runWithBreaks(session: Debugger, lines: readonly number[]): RunResult {
  for (const line of lines) {
    try {
      session.breakAt({ line });
    } catch (error) {
      throw usageError(`--break: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (;;) {
    session.go();
    const { result } = session;
    if (result !== undefined) return result;
    complain(stopText(session));
  }
}
