/**
 * Matchers over run results, for `expect.extend(matchers)`; `ebpftsc/testing/vitest` does that, with their types. They
 * explain a failure with the fault, the program's output and the instruction count.
 */
import { isDeepStrictEqual } from "node:util";
import { oneLine } from "../facts/terminal.js";
import type { MapHandle, RunResult } from "../vm/index.js";

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a program may take: executed instructions, bytes of stack along its deepest chain of calls. */
export interface Budget {
  readonly insns?: number;
  readonly stack?: number;
}

function story(result: RunResult): string {
  if (result.fault !== undefined) {
    const { code, message, insn, source } = result.fault;
    const place = source === undefined ? "" : ` at ${source.file}:${source.line} (${source.text})`;
    return oneLine(`fault ${code}${place}, instruction ${insn}: ${message}`);
  }
  const output = result.output.length === 0 ? "" : `; output: ${result.output.map(oneLine).join(" | ")}`;
  return `${result.action ?? `result ${result.result}`} after ${result.insns} instructions${output}`;
}

function action(names: readonly string[], what: string) {
  return (result: RunResult): Outcome => {
    const pass = result.fault === undefined && result.action !== undefined && names.includes(result.action);
    return { pass, message: () => `expected the program ${pass ? "not " : ""}to ${what}, it gave: ${story(result)}` };
  };
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === "bigint" ? `${v}n` : v instanceof Uint8Array ? Buffer.from(v).toString("hex") : v,
  ) ?? "nothing";

/** Has `actual` everything that `wanted` says? */
function includes(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || ArrayBuffer.isView(wanted) || Array.isArray(wanted))
    return isDeepStrictEqual(actual, wanted);
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(wanted).every(([name, value]) => includes((actual as Record<string, unknown>)[name], value));
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
        `expected ${pass ? "no redirect" : "a redirect"}${where}, got: ${story(result)}, redirect ${result.redirect?.ifindex ?? "none"}`,
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
  /**
   * On a ring buffer's map: takes what waits and compares. A list means exactly these records in this order, an object one
   * record; of each only the fields that are given count.
   */
  toEmit(map: MapHandle, wanted: unknown, type?: string): Outcome {
    const records = map.events(type);
    const list = Array.isArray(wanted) ? wanted : [wanted];
    const pass = records.length === list.length && list.every((one, i) => includes(records[i], one));
    return {
      pass,
      message: () =>
        `expected map ${oneLine(map.name)} ${pass ? "not " : ""}to emit ${text(list)}, it emitted ${text(records)}`,
    };
  },
  /** Stays within a number of executed instructions and a depth of stack. */
  toFit(result: RunResult, budget: Budget): Outcome {
    const over = [
      budget.insns !== undefined && result.insns > budget.insns
        ? `${result.insns} instructions of ${budget.insns}`
        : "",
      budget.stack !== undefined && result.stackBytes > budget.stack
        ? `${result.stackBytes} bytes of stack of ${budget.stack}`
        : "",
    ].filter((one) => one !== "");
    const pass = over.length === 0;
    const used = `${result.insns} instructions and ${result.stackBytes} bytes of stack`;
    return {
      pass,
      message: () =>
        pass
          ? `expected more than ${text(budget)}, the program took ${used}`
          : `expected the program to fit, it took ${over.join(" and ")}`,
    };
  },
};
