/** `ebpftsc verify OBJ|FILE.ts`: what the kernel's verifier will say of every program, beside what it does say if asked. */
import type { Command } from "commander";
import { type PrecheckResult, precheck } from "../precheck/index.js";
import { exitCodes, usageError } from "./exit.js";
import { kernelBtf } from "./kernel-btf.js";
import { type KernelVerdict, kernelVerdicts } from "./kernel-verdicts.js";
import { objectOf } from "./object-input.js";

interface Flags {
  readonly program?: string;
  readonly kernelVerifier?: boolean;
  readonly json?: boolean;
  readonly btf?: string;
}
type Row = PrecheckResult & { readonly kernel?: KernelVerdict };

export function register(program: Command): void {
  program
    .command("verify")
    .description("predict the kernel verifier's verdict on a BPF object")
    .argument("<file>", "BPF object or TypeScript source")
    .option("--program <name>", "only this program")
    .option("--btf <file>", "BTF of the kernel to predict (default: this machine's)")
    .option("--kernel-verifier", "also ask the running kernel (root)")
    .option("--json", "one JSON array on stdout")
    .action(run);
}

function text(row: Row): string {
  const at =
    row.source === undefined
      ? row.insn === undefined
        ? ""
        : `, instruction ${row.insn}`
      : `, ${row.source.file}:${row.source.line}`;
  const head = `${row.program} (${row.type}, ${row.insns} instructions): ${row.verdict}`;
  const cost = `${row.processed} walked, ${row.states} states, ${row.stackBytes} bytes of stack, ${row.ms.toFixed(1)} ms`;
  const why = row.code === undefined ? "" : `\n  ${row.code}: ${row.message}${at}`;
  const line = row.source === undefined || row.source.text === "" ? "" : `\n    ${row.source.text.trim()}`;
  const kernel =
    row.kernel === undefined
      ? ""
      : `\n  kernel: ${row.kernel.verdict}${row.kernel.message === undefined ? "" : `: ${row.kernel.message}`}`;
  return `${head}${why}${line}${kernel}\n  ${cost}\n`;
}

async function run(file: string, flags: Flags): Promise<void> {
  const bytes = await objectOf(file);
  if (bytes === undefined) return;
  const results = precheck(bytes, {
    kernelBtf: kernelBtf(flags.btf),
    ...(flags.program === undefined ? {} : { program: flags.program }),
  });
  if (results.length === 0 && flags.program !== undefined) throw usageError(`${file} has no program ${flags.program}`);
  const kernel = flags.kernelVerifier === true ? await kernelVerdicts(bytes) : undefined;
  const rows = results.map((row): Row => {
    const verdict = kernel?.get(row.program);
    return verdict === undefined ? row : { ...row, kernel: verdict };
  });
  process.stdout.write(flags.json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : rows.map(text).join(""));
  if (rows.some((row) => row.verdict !== "accept")) process.exitCode = exitCodes.program;
}
