/** `ebpftsc vm`: bare bytecode, one program or a file of vectors. */

import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { oneLine } from "../../runtime/facts/terminal.js";
import { exitCodes, programError, usageError } from "./exit.js";
import { parseHex } from "./hex.js";
import { printJson, printText } from "./output.js";

interface VmFlags {
  readonly insns?: string;
  readonly mem?: string;
  readonly vectors?: string;
  readonly engine: "interp" | "wasm";
  readonly json?: true;
}

interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly insns: string;
  readonly mem: string;
  readonly expected: string;
}

export function register(program: Command): void {
  program
    .command("vm")
    .description("run bare BPF bytecode: r1 = memory, r2 = its length; prints r0")
    .addOption(new Option("--insns <hex>", 'bytecode, 8 bytes an instruction; "-" reads stdin').conflicts("vectors"))
    .option("--mem <hex>", "memory")
    .option("--vectors <file>", "run every vector of a JSON file and compare")
    .addOption(new Option("--engine <name>", "what runs it").choices(["interp", "wasm"]).default("interp"))
    .option("--json", "print results as JSON on stdout")
    .action(run);
}

function readVectors(file: string): readonly Vector[] {
  const text = readFileSync(file, "utf8");
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw usageError(`${file}: ${error instanceof Error ? error.message.split("\n", 1)[0] : "not JSON"}`);
  }
  const complete = (v: unknown): v is Vector =>
    typeof v === "object" &&
    v !== null &&
    ["name", "insns", "mem", "expected"].every((key) => typeof Reflect.get(v, key) === "string");
  if (!Array.isArray(list) || !list.every(complete))
    throw usageError(`${file}: an array of {name, kind, insns, mem, expected} is needed`);
  return list;
}

async function run(flags: VmFlags): Promise<void> {
  const { runRaw, CONFORMANCE_HELPERS } = await import("../../runtime/vm/index.js");
  const { EncodingError } = await import("../../runtime/isa/index.js");
  const once = (insns: Uint8Array, mem: Uint8Array): string => {
    const { result, fault } = runRaw(insns, mem, { engine: flags.engine, helpers: CONFORMANCE_HELPERS });
    if (fault !== undefined) throw programError(`fault ${fault.code} at instruction ${fault.insn}: ${fault.message}`);
    return `0x${result.toString(16)}`;
  };
  if (flags.vectors === undefined) {
    if (flags.insns === undefined) throw usageError("--insns or --vectors is needed");
    const result = once(parseHex(flags.insns, "--insns"), parseHex(flags.mem ?? "", "--mem"));
    if (flags.json) printJson({ result });
    else printText(`${result}\n`);
    return;
  }
  const results = readVectors(flags.vectors).map(({ name, kind, insns, mem, expected }) => {
    let got: string;
    try {
      got = once(parseHex(insns, name), parseHex(mem, name));
    } catch (error) {
      // A negative vector must be refused before it runs: a fault while running is no refusal.
      const refused = error instanceof EncodingError;
      got = refused ? "error" : error instanceof Error ? error.message : String(error);
    }
    return { name, expected, got, pass: kind === "negative" ? got === "error" : got === expected };
  });
  const failed = results.filter((r) => !r.pass);
  if (flags.json) printJson(results);
  else {
    for (const { name, expected, got } of failed)
      printText(`${oneLine(`${name}: expected ${expected}, got ${got}`)}\n`);
    printText(`${results.length - failed.length} of ${results.length} pass\n`);
  }
  if (failed.length > 0) process.exitCode = exitCodes.program;
}
