/** `ebpftsc run OBJ|FILE.ts`: one program on a packet, a capture or a context, in the machine or in the kernel. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes, usageError } from "./exit.js";
import { parseHex } from "./hex.js";
import { objectOf } from "./object-input.js";
import { printJson, printText } from "./output.js";
import { type RunRequest, runOnMachine } from "./run-machine.js";
import { jsonOf, textOf } from "./run-output.js";

interface RunFlags {
  readonly program?: string;
  readonly packet?: string;
  readonly pcap?: string;
  readonly ctx?: string;
  readonly engine: "interp" | "wasm" | "kernel";
  readonly memory?: number;
  readonly coverage?: true;
  readonly trace?: true;
  readonly break?: readonly string[];
  readonly kernel?: true;
  readonly json?: true;
}

export function register(program: Command): void {
  program
    .command("run")
    .description("run a program in the software machine or in the kernel's test run")
    .argument("<file>", "BPF object, TypeScript source, or a replay file of a failed test")
    .option("--program <name>", "program to run; needed when there are several")
    .addOption(
      new Option("--packet <hex>", 'frame to run on, from its Ethernet header; "-" reads stdin').conflicts("pcap"),
    )
    .option("--pcap <file>", "run on every packet of a capture (pcap or pcapng)")
    .option("--ctx <json>", 'context: fields by name, an array of arguments, or {"hex": "…"}')
    .addOption(new Option("--engine <name>", "what runs it").choices(["interp", "wasm", "kernel"]).default("interp"))
    .option("--memory <bytes>", "memory of the software machine, as 67108864, 64M or 1G", memoryOf)
    .option("--coverage", "count the source lines that ran (interp, wasm)")
    .option("--trace", "print each instruction on stderr (interp)")
    .option(
      "--break <line...>",
      "print registers and stack on stderr whenever one of these source lines begins (interp)",
    )
    .option("--kernel", "of a replay file: run it in the kernel too and compare")
    .option("--json", "print the outcome as JSON on stdout")
    .action(run);
}

async function packetsOf(flags: RunFlags): Promise<readonly (Uint8Array | undefined)[]> {
  if (flags.pcap !== undefined) {
    const { readEthernetPcap } = await import("../../runtime/testing/pcap.js");
    try {
      return readEthernetPcap(new Uint8Array(readFileSync(flags.pcap))).map((packet) => packet.bytes);
    } catch (error) {
      if (error instanceof Error && error.name === "TestingError") throw usageError(`${flags.pcap}: ${error.message}`);
      throw error;
    }
  }
  return [flags.packet === undefined ? undefined : parseHex(flags.packet, "--packet")];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function memoryOf(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,10})([KMG]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? 1);
  if (digits === undefined || bytes < 2 ** 20 || bytes > 2 ** 30) throw new InvalidArgumentError("Give 1M to 1G.");
  return bytes;
}

function lineOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError(`--break: "${text}" is no line number`);
  return Number(text);
}

/** "12n" is a 64-bit number; other values are what JSON says. */
const revive = (_key: string, value: unknown): unknown =>
  typeof value === "string" && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

function contextOf(text: string | undefined): RunRequest["ctx"] {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text, revive);
  } catch (error) {
    throw usageError(`--ctx: ${error instanceof Error ? error.message : "not JSON"}`);
  }
  if (typeof value !== "object" || value === null) throw usageError("--ctx: a JSON object or array is needed");
  if (Array.isArray(value)) return value as (bigint | number | string)[];
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "hex" && typeof first[1] === "string")
    return parseHex(first[1], "--ctx hex");
  return value as Record<string, unknown>;
}

/** The text of a replay file, or undefined for anything else. */
function replayText(file: string): string | undefined {
  if (!file.endsWith(".json")) return undefined;
  const text = readFileSync(file, "utf8");
  return file.endsWith(".replay.json") || /^\s*\{\s*"ebpftsc"/.test(text) ? text : undefined;
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const replay = replayText(file);
  if (replay !== undefined) {
    await (await import("./run-replay.js")).runReplay(file, replay, flags);
    return;
  }
  if (flags.kernel) throw usageError("--kernel is for replay files; objects take --engine kernel");
  if (flags.engine !== "interp" && (flags.trace || flags.break))
    throw usageError("--trace and --break work with --engine interp");
  if (flags.engine === "kernel" && flags.coverage) throw usageError("--coverage works with --engine interp and wasm");
  if (flags.break && (flags.trace || flags.coverage)) throw usageError("--break stands without --trace and --coverage");
  const request = {
    program: flags.program,
    capture: flags.pcap !== undefined,
    ctx: contextOf(flags.ctx),
    trace: flags.trace === true,
    coverage: flags.coverage === true,
    memory: flags.memory,
    breaks: (flags.break ?? []).map(lineOf),
  };
  const packets = await packetsOf(flags);
  const object = await objectOf(file);
  if (object === undefined) return;
  const report =
    flags.engine === "kernel"
      ? await (await import("./run-kernel.js")).runInKernel({ ...request, packets, object })
      : await runOnMachine({ ...request, packets, object }, flags.engine);
  if (flags.json) printJson(jsonOf(report));
  else printText(textOf(report));
  if (report.outcomes.some((outcome) => outcome.fault !== undefined)) process.exitCode = exitCodes.program;
}
