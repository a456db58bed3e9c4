/** `ebpftsc check FILE...`: everything that `build` and, as far as it can be known, the kernel would complain about; nothing is written. */
import type { Command } from "commander";
import { renderJson } from "../diagnostics/render.js";
import { exitCodeOfDiagnostics } from "./exit.js";
import { printDiagnostics, printJson } from "./output.js";

export function register(program: Command): void {
  program
    .command("check")
    .description("type check, subset check, pre-check of the kernel's rules; nothing is written")
    .argument("<file...>", "source files (.ts or .bpf.ts)")
    .option("--json", "print the diagnostics as JSON on stdout")
    .action(async (files: readonly string[], flags: { readonly json?: true }) => {
      const { check } = await import("../index.js");
      const diagnostics = check(files);
      if (flags.json) printJson({ diagnostics: renderJson(diagnostics) });
      else printDiagnostics(diagnostics);
      process.exitCode = exitCodeOfDiagnostics(diagnostics);
    });
}
