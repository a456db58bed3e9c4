/** `ebpftsc disasm OBJ`: assembly of an object's programs with the source lines between. */

import type { Command } from "commander";
import { type BpfProgram, readObject } from "../../runtime/elf/index.js";
import { visible } from "../../runtime/facts/terminal.js";
import { decode, disassemble, type Names } from "../../runtime/isa/index.js";
import { usageError } from "./exit.js";
import { objectOf } from "./object-input.js";
import { printText } from "./output.js";

export function register(program: Command): void {
  program
    .command("disasm")
    .description("print assembly with the TypeScript lines between")
    .argument("<file>", "BPF object or TypeScript source")
    .option("--program <name>", "only this program")
    .action(run);
}

/** A program with the names that a listing shows, as they may be shown. */
const shown = (p: BpfProgram): BpfProgram => ({
  ...p,
  name: visible(p.name),
  section: visible(p.section),
  functions: visible(p.functions),
  lines: visible(p.lines),
  references: visible(p.references),
});

function listing(program: BpfProgram, maps: readonly string[]): string {
  const functions = new Map(program.functions.map((f) => [f.start, f.name]));
  const lines = new Map(program.lines.map((line) => [line.insn, line]));
  const symbols = new Map(program.references.flatMap((r) => (r.kind === "ksym" ? [[r.insn, r.name] as const] : [])));
  const names: Names = {
    map: (index) => maps[index],
    func: (slot) => functions.get(slot),
    kfunc: (insn) => symbols.get(insn.slot),
  };
  const out: string[] = [];
  for (const insn of decode(program.bytes)) {
    const name = functions.get(insn.slot);
    if (name !== undefined) out.push(`${name}:`);
    const line = lines.get(insn.slot);
    if (line !== undefined) out.push(`; ${line.text.trim()} @ ${line.file.replace(/^.*\//, "")}:${line.line}`);
    out.push(`${String(insn.slot).padStart(6)}: ${disassemble(insn, names)}`);
  }
  return out.join("\n");
}

async function run(file: string, flags: { readonly program?: string }): Promise<void> {
  const bytes = await objectOf(file);
  if (bytes === undefined) return;
  const object = readObject(bytes);
  const wanted = object.programs.filter((p) => flags.program === undefined || p.name === flags.program);
  if (flags.program !== undefined && wanted.length === 0) {
    throw usageError(
      `${file} has no program ${flags.program}; there are: ${object.programs.map((p) => p.name).join(", ")}`,
    );
  }
  const maps = visible(object.maps.map((map) => map.name));
  const texts = wanted
    .map(shown)
    .map((p) => `Program ${p.name}, section ${p.section}, type ${p.meaning?.type ?? "unknown"}\n${listing(p, maps)}\n`);
  printText(texts.join("\n"));
}
