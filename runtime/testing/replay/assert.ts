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

/** fast-check's parameters, and where replay files go: default $EBPFTSC_REPLAYS, else `replays` in the working directory. */
export interface AssertOptions<T> extends fc.Parameters<T> {
  readonly replays?: string;
}

const MAX_REASON = 400;

function save(vm: TestMachineBase, recording: Recording, reason: string, folder: string): string {
  const { object, source } = vm.origin;
  const replay: Replay = {
    ebpftsc: "replay",
    version: 1,
    source,
    object: Buffer.from(object).toString("base64"),
    reason: (reason.split("\n")[0] ?? "").slice(0, MAX_REASON),
    cpus: vm.$.cpus,
    maps: recording.maps,
    runs: recording.runs,
  };
  const program = recording.runs.at(-1)?.program ?? "run";
  // Named by content (FNV-1a): the same counterexample does not pile up.
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify([replay.maps, replay.runs]))
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${program}-${hash.toString(16).padStart(8, "0")}.replay.json`);
  writeFileSync(path, `${JSON.stringify(replay, null, 1)}\n`);
  return path;
}

/** The property with every execution recorded; failures say what they ran. */
function recorded<T>(
  vm: TestMachineBase,
  property: fc.IProperty<T>,
  keep: (recording: Recording) => void,
): fc.IProperty<T> {
  return new Proxy(property, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "run") return value.bind(target);
      return (input: T) => {
        vm.recorder.begin();
        const failure = target.run(input);
        if (failure !== null) keep(vm.recorder.recording);
        return failure;
      };
    },
  });
}

/**
 * Checks a property of a test machine.
 * @param vm the machine that the property runs
 * @throws Error with fast-check's report and the path of the replay file, when the property fails
 * @example assert(vm, fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined));
 */
export function assert<T>(vm: TestMachineBase, property: fc.IProperty<T>, options: AssertOptions<T> = {}): void {
  const { replays, ...parameters } = options;
  let last: Recording | undefined;
  const watched = recorded(vm, property, (recording) => {
    last = recording;
  });
  vm.recorder.on = true;
  try {
    fc.assert(watched, parameters);
  } catch (error) {
    // The last failing execution is the smallest one: fast-check shrinks downwards.
    if (last === undefined || last.runs.length === 0 || !(error instanceof Error)) throw error;
    const folder = replays ?? process.env["EBPFTSC_REPLAYS"] ?? "replays";
    const path = save(vm, last, error.message, folder);
    throw new Error(`${error.message}\n\nReplay: ebpftsc run ${path}`, { cause: error.cause ?? error });
  } finally {
    vm.recorder.on = false;
  }
}
