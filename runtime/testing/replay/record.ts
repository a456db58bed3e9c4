/** Recording: what a machine's maps held, what was run, what came out. */
import type { Machine, RunInput, RunResult } from "../../vm/index.js";
import { contextToJson, type Replay, type ReplayRun } from "./file.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The entries of every map that can be put back. */
function mapsOf(machine: Machine): Replay["maps"] {
  const out: Record<string, [string, string][]> = {};
  for (const [name, handle] of machine.maps) {
    const entries = handle.dump();
    if (entries.length > 0) out[name] = entries.map(([key, value]) => [hex(key), hex(value)]);
  }
  return out;
}

function runOf(program: string, input: RunInput, result: RunResult): ReplayRun {
  const { fault } = result;
  return {
    program,
    ...(input.packet === undefined ? {} : { packet: hex(input.packet) }),
    ...(input.ctx === undefined ? {} : { ctx: contextToJson(input.ctx) }),
    ...(input.cpu === undefined ? {} : { cpu: input.cpu }),
    result: result.result.toString(),
    ...(fault === undefined
      ? {}
      : {
          fault: {
            code: fault.code,
            message: fault.message,
            insn: fault.insn,
            ...(fault.source === undefined ? {} : { line: `${fault.source.file}:${fault.source.line}` }),
          },
        }),
  };
}

/** What one execution of a property did. */
export interface Recording {
  readonly maps: Replay["maps"];
  readonly runs: readonly ReplayRun[];
}

/** Notes the runs of a machine while it is on. */
export class Recorder {
  readonly #machine: Machine;
  #maps: Replay["maps"] | undefined;
  #runs: ReplayRun[] = [];
  on = false;
  constructor(machine: Machine) {
    this.#machine = machine;
  }
  /** Forgets what was: an execution of a property begins. */
  begin(): void {
    this.#maps = undefined;
    this.#runs = [];
  }
  /** Runs and notes; before the first run, what the maps hold. */
  run(program: string, input: RunInput): RunResult {
    if (!this.on) return this.#machine.run(program, input);
    this.#maps ??= mapsOf(this.#machine);
    const result = this.#machine.run(program, input);
    this.#runs.push(runOf(program, input, result));
    return result;
  }
  get recording(): Recording {
    return { maps: this.#maps ?? {}, runs: this.#runs };
  }
}
