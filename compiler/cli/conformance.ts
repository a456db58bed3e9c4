#!/usr/bin/env node
/**
 * `ebpftsc-conformance`: the machine as a plug-in of the public bpf_conformance runner. Protocol (its README and plug-ins):
 * the first argument is the memory as hex, possibly empty; further ones are the runner's --plugin_options; stdin is the
 * program as hex; r0 goes to stdout as hex; a program that is refused or faults ends with exit code 1 and a reason.
 */
import { readFileSync, realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { EncodingError } from "../../runtime/isa/index.js";
import { complain, printText } from "./output.js";

/** What the process says and how it ends. */
export interface PluginOutcome {
  readonly code: 0 | 1 | 2;
  readonly out: string;
  readonly error: string;
}

const ENGINES = ["interp", "wasm", "auto"] as const;
const USAGE = "usage: ebpftsc-conformance [MEMORY] [--engine interp|wasm|auto] < PROGRAM (both as hex)";

function bytesOf(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s/g, "");
  return /^([0-9a-fA-F]{2})*$/.test(digits) ? new Uint8Array(Buffer.from(digits, "hex")) : undefined;
}

/**
 * Runs one program as the runner asks.
 * @param args the process's arguments @param program what stdin gave
 * @example (await plugin(["00 01"], "b7 00 00 00 07 00 00 00 95 00 00 00 00 00 00 00")).out // "7"
 */
export async function plugin(args: readonly string[], program: string): Promise<PluginOutcome> {
  const fail = (code: 1 | 2, error: string): PluginOutcome => ({ code, out: "", error });
  const [memory = "", ...given] = args;
  // The runner passes its options as one argument, which is empty when there are none.
  const options = given.flatMap((one) => one.split(/\s+/)).filter((one) => one !== "");
  let engine: (typeof ENGINES)[number] = "interp";
  for (let option = options.shift(); option !== undefined; option = options.shift()) {
    const value = option === "--engine" ? options.shift() : undefined;
    const found = ENGINES.find((name) => name === value);
    if (found === undefined) return fail(2, USAGE);
    engine = found;
  }
  const [mem, insns] = [bytesOf(memory), bytesOf(program)];
  if (mem === undefined || insns === undefined) return fail(2, `memory and program are hex bytes; ${USAGE}`);
  const { CONFORMANCE_HELPERS, MachineError, runRaw } = await import("../../runtime/vm/index.js");
  try {
    const { result, fault } = runRaw(insns, mem, { engine, helpers: CONFORMANCE_HELPERS });
    if (fault !== undefined) return fail(1, `${fault.code} at instruction ${fault.insn}: ${fault.message}`);
    return { code: 0, out: result.toString(16), error: "" };
  } catch (error) {
    if (error instanceof EncodingError || error instanceof MachineError) return fail(1, error.message);
    throw error;
  }
}

async function main(): Promise<void> {
  const { code, out, error } = await plugin(process.argv.slice(2), readFileSync(0, "utf8"));
  if (out !== "") printText(`${out}\n`);
  if (error !== "") complain(`${error}\n`);
  process.exitCode = code;
}

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href) await main();
