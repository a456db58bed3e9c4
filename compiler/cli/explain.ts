/** `ebpftsc explain CODE`: the catalogue's entry of a diagnostic, with an example that fails and one that compiles. */
import type { Command } from "commander";
import pc from "picocolors";
import { type CatalogueEntry, catalogue, explain } from "../diagnostics/catalogue.js";
import { exampleText } from "../diagnostics/example-text.js";
import { precheckExamples } from "../diagnostics/precheck-examples.js";
import { usageError } from "./exit.js";
import { printJson, printPainted, wantsColor } from "./output.js";

export function register(program: Command): void {
  program
    .command("explain")
    .description("say what a diagnostic means and what to write instead")
    .argument("<code>", "a code such as EB1003")
    .option("--json", "print the entry as JSON on stdout")
    .action((asked: string, flags: { readonly json?: true }) => {
      const code = asked.toUpperCase();
      const entry = explain(code);
      if (entry === undefined) throw usageError(unknownCode(code));
      if (flags.json) printJson({ code, ...entry, ...(precheckExamples[code] && { c: precheckExamples[code] }) });
      else printPainted(describe(code, entry));
    });
}

function unknownCode(code: string): string {
  if (/^TS\d+$/.test(code)) return `${code} comes from TypeScript's type checker, which explains it in its message`;
  const near = Object.keys(catalogue).filter((known) => known.slice(0, 3) === code.slice(0, 3));
  const hint = near.length > 0 && near.length < 40 ? `; there are ${near[0]} to ${near[near.length - 1]}` : "";
  return `there is no diagnostic ${code}${hint}`;
}

/** Programs of C for what the pre-check says of any compiler's object. */
function cBlocks(code: string, bold: (text: string) => string): string[] {
  const example = precheckExamples[code];
  if (example === undefined) return [];
  const block = (title: string, text: string): string[] => ["", bold(title), "", text.replace(/^(?=.)/gm, "    ")];
  return [...block("Rejected (C):", example.rejected), ...block("Instead:", example.instead)];
}

function describe(code: string, entry: CatalogueEntry): string {
  const c = pc.createColors(wantsColor(process.stdout));
  const block = (title: string, example: string | undefined): string[] => {
    if (example === undefined) return [];
    const { cpu, code: text } = exampleText(example);
    return ["", c.bold(cpu ? `${title} (--cpu ${cpu}):` : `${title}:`), "", text.replace(/^(?=.)/gm, "    ")];
  };
  const lines = [
    `${c.bold(code)} ${entry.severity}: ${entry.title}`,
    "",
    entry.why,
    ...(entry.help ? [entry.help] : []),
    ...(entry.helpC ? [`In C: ${entry.helpC}`] : []),
    ...block("Rejected", entry.example),
    ...block("Instead", entry.instead),
    ...cBlocks(code, c.bold),
  ];
  return `${lines.join("\n")}\n`;
}
