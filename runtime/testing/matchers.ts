/**
 * Matchers over run results, for `expect.extend(matchers)`. They explain a failure with the fault, the program's output
 * and the instruction count.
 */
import type { RunResult } from "../vm/index.js";

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

function story(result: RunResult): string {
  if (result.fault !== undefined) {
    const { code, message, insn, source } = result.fault;
    const place = source === undefined ? "" : ` at ${source.file}:${source.line} (${source.text})`;
    return `fault ${code}${place}, instruction ${insn}: ${message}`;
  }
  const output = result.output.length === 0 ? "" : `; output: ${result.output.join(" | ")}`;
  return `${result.action ?? `result ${result.result}`} after ${result.insns} instructions${output}`;
}

function action(names: readonly string[], what: string) {
  return (result: RunResult): Outcome => {
    const pass = result.fault === undefined && result.action !== undefined && names.includes(result.action);
    return { pass, message: () => `expected the program ${pass ? "not " : ""}to ${what}, it gave: ${story(result)}` };
  };
}

export const matchers = {
  /** XDP pass, TC ok, or a socket verdict of pass. */
  toPass: action(["pass", "ok"], "pass the packet"),
  /** XDP drop, TC shot, or a socket verdict of drop. */
  toDrop: action(["drop", "shot"], "drop the packet"),
  toTransmit: action(["tx"], "send the packet back"),
  /** Redirects, to one interface if given. */
  toRedirectTo(result: RunResult, ifindex?: number): Outcome {
    const pass = result.redirect !== undefined && (ifindex === undefined || result.redirect.ifindex === ifindex);
    const where = ifindex === undefined ? "" : ` to interface ${ifindex}`;
    return {
      pass,
      message: () =>
        `expected a redirect${where}, got: ${story(result)}, redirect ${result.redirect?.ifindex ?? "none"}`,
    };
  },
  /** Ends without fault. */
  toRun(result: RunResult): Outcome {
    const pass = result.fault === undefined;
    return { pass, message: () => `expected ${pass ? "a fault" : "no fault"}, got: ${story(result)}` };
  },
  /** Faults, with a code if given. */
  toFault(result: RunResult, code?: string): Outcome {
    const pass = result.fault !== undefined && (code === undefined || result.fault.code === code);
    return { pass, message: () => `expected ${pass ? "no " : ""}fault ${code ?? ""}, got: ${story(result)}` };
  },
  /** Stays within a number of executed instructions. */
  toFit(result: RunResult, budget: { readonly insns: number }): Outcome {
    const pass = result.insns <= budget.insns;
    return { pass, message: () => `expected at most ${budget.insns} instructions, got ${result.insns}` };
  },
};
