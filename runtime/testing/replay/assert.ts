/**
 * `assert`: fast-check's, for properties that run a machine. When one fails, its smallest counterexample is written to a
 * replay file, whose path ends the message; `ebpftsc run FILE` repeats it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { TestMachineBase } from "../machine.js";
import type { Replay } from "./file.js";
import type { Recording } from "./record.js";
import { replayRuns } from "./run.js";

/** fast-check's parameters, and where replay files go: default $EBPFTSC_REPLAYS, else `replays` in the working directory. */
export interface AssertOptions<T> extends fc.Parameters<T> {
  readonly replays?: string;
}

const MAX_REASON = 400;

function replayOf(vm: TestMachineBase, recording: Recording, reason: string): Replay {
  const { object, source } = vm.origin;
  return {
    ebpftsc: "replay",
    version: 1,
    source,
    object: Buffer.from(object).toString("base64"),
    reason: (reason.split("\n")[0] ?? "").slice(0, MAX_REASON),
    cpus: vm.$.cpus,
    maps: recording.maps,
    runs: recording.runs,
  };
}

function save(replay: Replay, folder: string): string {
  const program = replay.runs.at(-1)?.program ?? "run";
  // Named by content (FNV-1a): the same counterexample does not pile up.
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify([replay.maps, replay.runs]))
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${program}-${hash.toString(16).padStart(8, "0")}.replay.json`);
  writeFileSync(path, `${JSON.stringify(replay, null, 1)}\n`);
  return path;
}

/** The last execution of a property that failed, which is the smallest: fast-check shrinks downwards. */
interface Failing<T> {
  readonly input: T;
  /** Runs of the machine from the start of the assertion to the end of this execution. */
  readonly runs: number;
}

/** An execution that `fc.pre` left early has not failed. */
const isFailure = (result: ReturnType<fc.IProperty<unknown>["run"]>): boolean =>
  result !== null && !fc.PreconditionFailure.isFailure(result);

/** The property, with `keep` called for each execution that fails. */
function watched<T>(property: fc.IProperty<T>, keep: (input: T) => void): fc.IProperty<T> {
  return new Proxy(property, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "run") return value.bind(target);
      return (input: T) => {
        const failure = target.run(input);
        if (isFailure(failure)) keep(input);
        return failure;
      };
    },
  });
}

/** Executes the property once more on what it failed on, recorded: undefined when it does not fail again or runs nothing. */
function repeated<T>(vm: TestMachineBase, property: fc.IProperty<T>, input: T): Recording | undefined {
  vm.recorder.start();
  property.runBeforeEach();
  try {
    return isFailure(property.run(input)) ? vm.recorder.recording() : undefined;
  } finally {
    property.runAfterEach();
  }
}

/** Does the replay give what was recorded? */
function repeats(replay: Replay): boolean {
  try {
    const { results } = replayRuns(replay);
    return results.every(({ result, fault }, i) => {
      const run = replay.runs[i];
      return run?.result === result.toString() && run.fault?.code === fault?.code;
    });
  } catch {
    return false;
  }
}

/**
 * Checks a property of a test machine. While it holds, this costs what fast-check's own costs, and once what the maps take
 * to be read. What it fails on is executed once more at the end, for the replay file; a failure that comes only of all
 * that ran before is kept with all of it.
 * @param vm the machine that the property runs
 * @throws Error with fast-check's report and the path of the replay file, when the property fails
 * @example assert(vm, fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined));
 */
export function assert<T>(vm: TestMachineBase, property: fc.IProperty<T>, options: AssertOptions<T> = {}): void {
  const { replays, ...parameters } = options;
  const { recorder } = vm;
  let last: Failing<T> | undefined;
  const keep = (input: T): void => {
    last = { input, runs: recorder.length };
  };
  recorder.start();
  try {
    fc.assert(watched(property, keep), parameters);
  } catch (error) {
    if (last === undefined || !(error instanceof Error) || recorder.length === 0) throw error;
    const folder = replays ?? process.env["EBPFTSC_REPLAYS"] ?? "replays";
    const whole = recorder.recording(last.runs);
    const alone = repeated(vm, property, last.input);
    throw new Error(`${error.message}\n\n${outcome(vm, alone, whole, { reason: error.message, folder })}`, {
      cause: error.cause ?? error,
    });
  } finally {
    recorder.stop();
  }
}

interface Place {
  readonly reason: string;
  readonly folder: string;
}

/** Writes the recording that repeats the failure: the last line of the report. */
function outcome(
  vm: TestMachineBase,
  alone: Recording | undefined,
  whole: Recording | undefined,
  { reason, folder }: Place,
): string {
  const replay = alone ?? whole;
  const made = replay && replayOf(vm, replay, reason);
  if (made === undefined || (alone === undefined && !repeats(made)))
    return "No replay file: the failure depends on more than the maps and the runs of this assertion";
  return `Replay: ebpftsc run ${save(made, folder)}`;
}
