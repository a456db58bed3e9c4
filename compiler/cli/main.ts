#!/usr/bin/env node
/**
 * The command line. Input: the arguments; output: text on stdout, complaints on stderr, the exit code of `exit.ts`.
 * Only the command that was asked for is loaded: `ebpftsc explain` must not wait for the type checker.
 */
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { oneLine, visible } from "../../runtime/facts/terminal.js";
import { exitCodes, failureOf } from "./exit.js";
import { complain, printText } from "./output.js";

interface CommandModule {
  register(program: Command): void;
}

/** Every command, in the order of the help. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  build: () => import("./build.js"),
  check: () => import("./check.js"),
  verify: () => import("./verify.js"),
  load: () => import("./load.js"),
  doctor: () => import("./doctor.js"),
  run: () => import("./run.js"),
  vm: () => import("./vm.js"),
  disasm: () => import("./disasm.js"),
  types: () => import("./types.js"),
  explain: () => import("./explain.js"),
};

/** The package's version, from the package.json above this file (source tree and dist differ in depth). */
function version(): string {
  for (const up of ["../../", "../../../"]) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), "utf8"));
      if (typeof parsed === "object" && parsed !== null && "version" in parsed) return String(parsed.version);
    } catch {
      // Not at this depth.
    }
  }
  return "unknown";
}

/** A program with the command of `argv`, or with all of them when it names none (help, mistakes). */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command("ebpftsc")
    .description("Compiles TypeScript to eBPF objects, runs them in a software machine, loads them into the kernel.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: printText,
      writeErr: complain,
      outputError: (text, write) => write(withArguments(text, argv).replace(/\n(?=\n*$)/, "\n")),
    });
  const asked = argv.find((a) => !a.startsWith("-"));
  const load = asked === undefined ? undefined : Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  const modules = await Promise.all(load ? [load()] : Object.values(commands).map((all) => all()));
  for (const module of modules) module.register(program);
  return program;
}

/** A complaint that repeats arguments, each on one line whatever is in it. */
function withArguments(text: string, argv: readonly string[]): string {
  const parts = argv.flatMap((arg) => [arg, arg.slice(arg.indexOf("=") + 1), arg.slice(2)]);
  return parts
    .filter((part) => part !== "" && oneLine(part) !== part)
    .reduce((said, part) => said.replaceAll(part, oneLine(part)), text);
}

/** Runs one command line (without node and script) and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(argv);
    if (argv.length === 0) {
      complain(program.helpInformation());
      return exitCodes.usage;
    }
    await program.parseAsync(argv, { from: "user" });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    const exitCode = report(error);
    await explainRejection(error);
    return exitCode;
  }
}

/** What the kernel's verifier refused is explained from its log. */
async function explainRejection(error: unknown): Promise<void> {
  if (!(error instanceof Error) || !("log" in error) || typeof error.log !== "string") return;
  const { explainLog } = await import("../precheck/index.js");
  const { explanationText } = await import("./explanation-text.js");
  const { explanation } = explainLog(error.log);
  if (explanation !== undefined) complain(explanationText(visible(explanation)));
}

/** Prints what went wrong, once, and returns the exit code. The stack is for us: only with EBPFTSC_DEBUG=1. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed its message. Help and version end "exceptionally" with code 0.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  const { exitCode, line } = failureOf(error);
  complain(`${line}\n`);
  if (process.env["EBPFTSC_DEBUG"] === "1" && error instanceof Error) complain(`${error.stack ?? ""}\n`);
  return exitCode;
}

function isEntryPoint(): boolean {
  const script = process.argv[1];
  try {
    return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

/** Runs the command line of this process; resolves when its exit code is set. */
export async function runProcess(): Promise<void> {
  // `ebpftsc ... | head` closes our stdout early: that is no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? exitCodes.ok : report(error));
  });
  process.on("uncaughtException", (error) => process.exit(report(error)));
  process.on("unhandledRejection", (error) => process.exit(report(error)));
  process.exitCode = await main(process.argv.slice(2));
}

if (isEntryPoint()) void runProcess();
