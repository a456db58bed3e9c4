/** `ebpftsc verify OBJ|FILE.ts`: what the kernel's verifier will say of every program, beside what it does say if asked. */

import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { visible } from "../../runtime/facts/terminal.js";
import {
  explainLog,
  GivenTypeError,
  type GivenTypes,
  givenTypes,
  KERNELS,
  type Kernel,
  type PrecheckResult,
  precheck,
} from "../precheck/index.js";
import { exitCodes, usageError } from "./exit.js";
import { explanationText, traceText } from "./explanation-text.js";
import { kernelBtf } from "./kernel-btf.js";
import { kernelConfig } from "./kernel-config.js";
import { type KernelVerdict, kernelVerdicts } from "./kernel-verdicts.js";
import { objectOf } from "./object-input.js";
import { printJson, printText } from "./output.js";
import { isReplay, readReplay, writeReplay } from "./verify-replay.js";

interface Flags {
  readonly program?: string;
  readonly kernelVerifier?: boolean;
  readonly explainLog?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
  readonly btf?: string;
  readonly kernel?: Kernel;
  readonly type?: readonly string[];
}
type Row = PrecheckResult & { readonly kernel?: KernelVerdict; readonly replay?: string };

export function register(program: Command): void {
  program
    .command("verify")
    .description("predict the kernel verifier's verdict on a BPF object, and explain it")
    .argument("[file]", "BPF object, TypeScript source, or a replay file of an earlier disagreement")
    .option("--program <name>", "only this program")
    .addOption(new Option("--kernel <version>", "kernel to predict").choices(KERNELS).default("6.18"))
    .option(
      "--type <type>",
      "program type of sections that no table knows (tc, sched_cls), or section=type; repeatable",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option("--btf <file>", "BTF of the kernel to predict (default: this machine's)")
    .option("--kernel-verifier", "also ask the running kernel (root); a disagreement is written to PROGRAM.verify.json")
    .option("--explain-log <file>", "explain a log of the kernel's verifier instead (- for stdin)")
    .option("--trace", "show each instruction of a refused path with its registers")
    .option("--json", "one JSON document on stdout")
    .action(run);
}

function text(row: Row, flags: Flags): string {
  const head = `${row.program} (${row.type}, ${row.insns} instructions): ${row.verdict}\n`;
  const walked = row.processed.toLocaleString("en");
  // Stack of call chains is added up last: a refused program has none to show.
  const stack = row.verdict === "accept" ? `, ${row.stackBytes} of 512 bytes of stack` : "";
  const cost = `  ${walked} of 1,000,000 instructions walked, ${row.states} state${row.states === 1 ? "" : "s"}${stack}, ${row.ms.toFixed(1)} ms\n`;
  const why =
    row.explanation !== undefined
      ? explanationText(row.explanation)
      : row.code === undefined
        ? ""
        : `  ${row.code}: ${row.message}${row.insn === undefined ? "" : `, instruction ${row.insn}`}\n`;
  const kernel =
    row.kernel === undefined
      ? ""
      : `  kernel: ${[row.kernel.verdict === "unknown" ? [] : [row.kernel.verdict], row.kernel.message ?? []].flat().join(": ")}\n`;
  const replay = row.replay === undefined ? "" : `  the kernel disagrees: please report it with ${row.replay}\n`;
  const story = flags.trace === true && row.trace !== undefined ? traceText(row.trace).replace(/^(?=.)/gm, "    ") : "";
  const note = row.note === undefined ? "" : `  ${row.note}\n`;
  return `${head}${why}${story}${kernel}${replay}${note}${cost}`;
}

/** Steps hold maps, which JSON does not know; they are shown with --trace only. */
function plain(row: Row, flags: Flags): unknown {
  const { trace, explanation, ...rest } = row;
  return {
    ...rest,
    ...(explanation && { explanation }),
    ...(trace && flags.trace === true
      ? { trace: trace.steps.map((step) => ({ ...step, before: Object.fromEntries(step.before) })) }
      : {}),
  };
}

function explainFile(file: string, flags: Flags): void {
  const log = readFileSync(file === "-" ? 0 : file, "utf8");
  const told = explainLog(log);
  const { program, explanation, report, trace, cut, refused } = flags.json === true ? told : visible(told);
  if (explanation === undefined && refused === undefined && (trace === undefined || trace.steps.length === 0))
    throw usageError(`${file === "-" ? "stdin" : file} holds no log of the kernel's verifier`);
  if (explanation !== undefined || refused !== undefined) process.exitCode = exitCodes.program;
  if (flags.json === true) {
    printJson({ program, cut, refused, report, explanation });
    return;
  }
  const name = program ?? "the program";
  if (refused !== undefined) printText(`${name}: ${refused}\n`);
  else if (explanation === undefined)
    printText(`${name}: ${cut ? "the log ends before the verifier's reason" : "accepted, as far as the log goes"}\n`);
  else {
    printText(`${name}: reject\n${explanationText(explanation)}`);
    if (cut) printText("  (the end of the log is missing: the reason may be, too)\n");
    if (flags.trace === true && trace !== undefined) printText(traceText(trace).replace(/^(?=.)/gm, "    "));
  }
}

function typesOf(flags: Flags): GivenTypes {
  try {
    return givenTypes(flags.type ?? []);
  } catch (error) {
    if (error instanceof GivenTypeError) throw usageError(`--type: ${error.message}`);
    throw error;
  }
}

async function run(file: string | undefined, flags: Flags): Promise<void> {
  if (flags.explainLog !== undefined) {
    if (file !== undefined) throw usageError("give a file to verify or a log to explain, not both");
    explainFile(flags.explainLog, flags);
    return;
  }
  if (file === undefined) throw usageError("name a BPF object or a TypeScript source, or a log with --explain-log");
  const replay = isReplay(file) ? readReplay(file) : undefined;
  const bytes = replay?.object ?? (await objectOf(file));
  if (bytes === undefined) return;
  const only = flags.program ?? replay?.program;
  const types = typesOf(flags);
  const results = precheck(bytes, {
    types,
    // Who names types by hand has a loader of its own, which makes a prog array for each kind of program.
    apart: (flags.type ?? []).length > 0,
    kernelBtf: kernelBtf(flags.btf),
    kernelConfig: kernelConfig(flags.btf),
    ...(flags.kernel === undefined ? {} : { kernel: flags.kernel }),
    ...(only === undefined ? {} : { program: only }),
  });
  if (results.length === 0 && only !== undefined) throw usageError(`${file} has no program ${only}`);
  const kernel = flags.kernelVerifier === true ? await kernelVerdicts(bytes, { types }) : undefined;
  const rows = results.map((row): Row => {
    const verdict = kernel?.get(row.program);
    if (verdict === undefined) return row;
    const differs = verdict.verdict !== "unknown" && verdict.verdict !== row.verdict && row.besideOthers !== true;
    return { ...row, kernel: verdict, ...(differs ? { replay: writeReplay(bytes, row, verdict) } : {}) };
  });
  if (flags.json === true) printJson(rows.map((row) => plain(row, flags)));
  else printText(rows.map((row) => text(visible(row), flags)).join(""));
  if (rows.some((row) => row.verdict !== "accept")) process.exitCode = exitCodes.program;
}
