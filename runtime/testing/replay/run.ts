/** A replay on the machine: the same maps, the same runs; what came out then and now. */
import {
  loadObject,
  type Machine,
  MachineError,
  type MachineOptions,
  type RunInput,
  type RunResult,
} from "../../vm/index.js";
import { TestingError } from "../error.js";
import { contextFromJson, type Replay, type ReplayRun } from "./file.js";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** The object of a replay. */
export function replayObject(replay: Replay): Uint8Array {
  return new Uint8Array(Buffer.from(replay.object, "base64"));
}

/** The input of a recorded run. */
export function replayInput(run: ReplayRun): RunInput {
  return {
    ...(run.packet === undefined ? {} : { packet: bytes(run.packet) }),
    ...(run.ctx === undefined ? {} : { ctx: contextFromJson(run.ctx) as NonNullable<RunInput["ctx"]> }),
    ...(run.cpu === undefined ? {} : { cpu: run.cpu }),
  };
}

/**
 * A machine with the replay's object and maps, before its first run.
 * @throws TestingError `TEST_REPLAY` for maps that do not fit the object; what loadObject throws
 */
export function replayMachine(replay: Replay, options: MachineOptions = {}): Machine {
  const machine = loadObject(replayObject(replay), { cpus: replay.cpus, ...options });
  for (const [name, entries] of Object.entries(replay.maps)) {
    try {
      machine.map(name).restore(entries.map(([key, value]) => [bytes(key), bytes(value)]));
    } catch (cause) {
      if (!(cause instanceof MachineError)) throw cause;
      throw new TestingError("TEST_REPLAY", cause.message, { cause });
    }
  }
  return machine;
}

/** Repeats all runs. @throws as {@link replayMachine}, and MachineError for a run that cannot be */
export function replayRuns(replay: Replay, options: MachineOptions = {}): { machine: Machine; results: RunResult[] } {
  const machine = replayMachine(replay, options);
  return { machine, results: replay.runs.map((run) => machine.run(run.program, replayInput(run))) };
}
