/** `ebpftsc doctor`: what this machine can build, load and attach, each found out by trying. */
import type { Command } from "commander";
import pc from "picocolors";
import { visible } from "../../runtime/facts/terminal.js";
import { exitCodes } from "./exit.js";
import { printJson, printPainted, table, wantsColor } from "./output.js";

export function register(program: Command): void {
  program
    .command("doctor")
    .description("say what this machine has and lacks")
    .option("--json", "print the findings as JSON on stdout")
    .action(async (flags: { readonly json?: true }) => {
      const { diagnose } = await import("../../runtime/index.js");
      const exact = diagnose();
      const rows = visible(exact);
      if (flags.json) printJson(exact);
      else {
        const c = pc.createColors(wantsColor(process.stdout));
        const mark = (ok: boolean): string => (ok ? c.green("yes") : c.red("no "));
        const lines = rows.map((row) => [mark(row.ok), row.name, row.detail]);
        printPainted(`${table(lines)}\n`);
        const missing = rows.filter((row) => !row.ok);
        if (missing.length > 0) printPainted("\n");
        for (const row of missing) {
          printPainted(`${row.name} (needed for ${row.needed}): ${row.remedy ?? "no remedy is known"}\n`);
        }
      }
      // What only some programs need is no fault of the machine.
      const lacking = rows.some((row) => !row.ok && row.needed !== "some programs");
      process.exitCode = lacking ? exitCodes.machine : exitCodes.ok;
    });
}
