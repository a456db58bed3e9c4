/**
 * Recording: what a machine's maps held, what was run, what came out. While a property passes, only references are kept;
 * bytes become text when a replay file is written.
 */
import type { Machine, RunInput, RunResult } from "../../vm/index.js";
import { contextToJson, MAX_RUNS, type Replay, type ReplayRun } from "./file.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

type Entries = readonly (readonly [Uint8Array, Uint8Array])[];
/** The entries of every map that can be put back. */
type MapContents = readonly (readonly [name: string, entries: Entries])[];

function contentsOf(machine: Machine): MapContents {
  return [...machine.maps].map(([name, handle]) => [name, handle.dump()] as const);
}

function mapsText(contents: MapContents): Replay["maps"] {
  const filled = contents.filter(([, entries]) => entries.length > 0);
  return Object.fromEntries(
    filled.map(([name, entries]) => [name, entries.map(([key, value]) => [hex(key), hex(value)] as const)]),
  );
}

interface Run {
  readonly program: string;
  readonly input: RunInput;
  readonly result: RunResult;
}

function runText({ program, input, result }: Run): ReplayRun {
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

/** What ran since {@link Recorder.start}, and from which maps. */
export interface Recording {
  readonly maps: Replay["maps"];
  readonly runs: readonly ReplayRun[];
}

/** Notes the runs of a machine between `start` and `stop`. */
export class Recorder {
  readonly #machine: Machine;
  #maps: MapContents = [];
  #runs: Run[] | undefined;
  constructor(machine: Machine) {
    this.#machine = machine;
  }
  /** Notes what the maps hold, which costs time for every entry, and from now on what runs. */
  start(): void {
    this.#maps = contentsOf(this.#machine);
    this.#runs = [];
  }
  stop(): void {
    this.#maps = [];
    this.#runs = undefined;
  }
  /** Runs since the start. */
  get length(): number {
    return this.#runs?.length ?? 0;
  }
  run(program: string, input: RunInput): RunResult {
    const result = this.#machine.run(program, input);
    // A replay file has no more than MAX_RUNS: one beyond shows that the recording is not whole.
    if (this.#runs !== undefined && this.#runs.length <= MAX_RUNS) this.#runs.push({ program, input, result });
    return result;
  }
  /** The first `length` runs; undefined when there were none, or more than a replay file holds. */
  recording(length: number = this.length): Recording | undefined {
    if (this.#runs === undefined || length === 0 || length > MAX_RUNS) return undefined;
    return { maps: mapsText(this.#maps), runs: this.#runs.slice(0, length).map(runText) };
  }
}
