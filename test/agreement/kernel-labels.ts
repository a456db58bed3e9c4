/**
 * An object -> the running kernel's verdict on each of its programs, what it walked and how long it took. Maps are made to
 * fit first: sizes that only the tool's own user space would set, and sizes that would take the machine's memory.
 */
import { closeSync } from "node:fs";
import type { MapFacts } from "../../compiler/precheck/program.js";
import { bpfAddon, type NativeMap, type NativeObject } from "../../native/bpf/index.js";
import { possibleCpus } from "../../runtime/kernel/cpus.js";
import { errnoName } from "../../runtime/kernel/errors.js";
import { createMap } from "../../runtime/kernel/map-syscalls.js";
import { mapMemory } from "../../runtime/kernel/object/map-memory.js";
import { kernelWord } from "../../runtime/kernel/verdict.js";
import { findLoadLog } from "../../runtime/kernel/verifier-log.js";

export interface Label {
  /** "unknown" where it was not the verifier that refused. */
  readonly verdict: string;
  readonly message?: string | null | undefined;
  /** Instructions walked; of accepted programs. */
  readonly processed?: number | undefined;
  readonly ms?: number | undefined;
}

const MAX_BYTES = 64 << 20;
/** Entries of maps that a tool's user space would size. */
const ENTRIES = 64;
const STACK_TRACE = 7;
const STACK_DEPTH = 127;
const RING = 27;
/** Types whose size no rule of the verifier reads: hashes, LRU, storage, tries, queues. */
const ANY_SIZE: ReadonlySet<number> = new Set([1, 5, 9, 10, 11, 22, 23, 30]);
/** Types whose size is zero, or that libbpf sizes: perf and cgroup storages, socket, task, inode storages, struct_ops. */
const NO_SIZE: ReadonlySet<number> = new Set([4, 19, 21, 24, 26, 28, 29, 32]);

/** How many entries the map is made with. */
export function fittedEntries(map: {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}): number {
  const { type, maxEntries } = map;
  if (maxEntries === 0) return NO_SIZE.has(type) ? 0 : type === RING ? 4096 : ENTRIES;
  if (ANY_SIZE.has(type)) return Math.min(maxEntries, ENTRIES);
  const most = type === RING ? 1 << 18 : MAX_BYTES / 4;
  if (mapMemory(map, possibleCpus()) <= most) return maxEntries;
  return type === RING ? most : ENTRIES;
}

/** The facts as the kernel got them. */
export const fitted = (map: MapFacts): MapFacts => ({ ...map, maxEntries: fittedEntries(map) });

function fitMaps(object: NativeObject, maps: readonly NativeMap[], pinned: ReadonlySet<string>): number[] {
  const fds: number[] = [];
  for (const map of maps) {
    if (map.internal) continue;
    const entries = fittedEntries(map);
    if (map.type === STACK_TRACE && map.valueSize === 0) {
      const fd = createMap({ ...map, keySize: 4, valueSize: STACK_DEPTH * 8, maxEntries: entries });
      fds.push(fd);
      object.reuseMap(map.name, fd);
    } else if (entries !== map.maxEntries) object.setMaxEntries(map.name, entries);
    // Nothing is to be left on the machine, which may have no bpf file system either.
    if (pinned.has(map.name)) object.setPinPath(map.name, undefined);
  }
  return fds;
}

/** BPF_LOG_STATS */
const STATISTICS = 4;

function statistics(log: string, name: string): Pick<Label, "processed" | "ms"> {
  const at = log.indexOf(`prog '${name}': -- BEGIN PROG LOAD LOG --`);
  const end = log.indexOf("-- END PROG LOAD LOG --", at);
  if (at < 0 || end < 0) return {};
  const text = log.slice(at, end);
  const processed = /processed (\d+) insns/.exec(text)?.[1];
  const us = /verification time (\d+) usec/.exec(text)?.[1];
  return {
    processed: processed === undefined ? undefined : Number(processed),
    ms: us === undefined ? undefined : Number(us) / 1000,
  };
}

interface Loaded {
  readonly result: number;
  readonly log: string;
}

/** Loads the named programs and closes everything again. */
/** What the kernel is told of an object's parts beside the object. */
export interface LoadFacts {
  /** Names of the maps that are declared to be pinned. */
  readonly pinned: ReadonlySet<string>;
  /** Types of programs by name, for sections that the installed libbpf does not know. */
  readonly types: ReadonlyMap<string, readonly [type: number, attachType: number]>;
  /** Names of the programs whose type was given by hand. */
  readonly given: ReadonlySet<string>;
}

function load(bytes: Uint8Array, { pinned, types, given }: LoadFacts, wanted: (name: string) => boolean): Loaded {
  const object = new (bpfAddon().NativeObject)();
  let fds: number[] = [];
  try {
    const opened = object.open(bytes, "object");
    if (opened.result < 0) return opened;
    for (const { name, type } of object.programs()) {
      const known = types.get(name);
      if (known !== undefined && (type === 0 || given.has(name))) object.setProgramType(name, ...known);
      object.setAutoload(name, wanted(name));
      object.setLogLevel(name, STATISTICS);
    }
    fds = fitMaps(object, object.maps(), pinned);
    return object.load();
  } finally {
    object.close();
    for (const fd of fds) closeSync(fd);
  }
}

function names(bytes: Uint8Array): string[] | string {
  const object = new (bpfAddon().NativeObject)();
  try {
    const { result, log } = object.open(bytes, "object");
    return result < 0 ? `libbpf cannot open: ${lastWords(log)}` : object.programs().map((p) => p.name);
  } finally {
    object.close();
  }
}

/** What libbpf itself found wrong, without what it says of the kernel's refusal; undefined where it found nothing. */
function ownWords(log: string): string | undefined {
  return log
    .split("\n")
    .filter((l) => /^libbpf: .*(fail|error|not |unknown|invalid|unsupported)/i.test(l))
    .find((l) => !FOLLOWS.test(l))
    ?.replace(/^libbpf: /, "");
}
const FOLLOWS =
  /failed to load object|failed to load program|BPF program load failed|': failed to load: |Unrecognized arg|BPF token|permission error while running as root|is optional, ignoring/;
const lastWords = (log: string): string => ownWords(log) ?? log.trimEnd().split("\n").at(-1) ?? "";

/** Verdicts by program name; a text where libbpf cannot even open the object. */
export function kernelLabels(bytes: Uint8Array, facts: LoadFacts): Map<string, Label> | string {
  const programs = names(bytes);
  if (typeof programs === "string") return programs;
  // Together first: programs that fill a prog array cannot be loaded without one another.
  const together = load(bytes, facts, () => true);
  if (together.result >= 0)
    return new Map(programs.map((name) => [name, { verdict: "accept", ...statistics(together.log, name) }]));
  return new Map(
    programs.map((name): [string, Label] => {
      const { result, log } = load(bytes, facts, (other) => other === name);
      if (result >= 0) return [name, { verdict: "accept", ...statistics(log, name) }];
      const logged = findLoadLog(log);
      if (logged?.program === name) {
        // It passed, what libbpf did then failed: other programs of a prog array are missing.
        const word = kernelWord(logged.refused ? -result : 0, logged.log);
        if (word.verdict !== "unknown" || logged.log !== "") return [name, { ...word, ...statistics(log, name) }];
        // Before the kernel was asked libbpf may have failed itself: then its words say more.
        const own = ownWords(log);
        return [name, own === undefined ? word : { verdict: "unknown", message: own }];
      }
      return [name, { verdict: "unknown", message: `${errnoName(-result)}: ${lastWords(log)}` }];
    }),
  );
}

/** The installed libbpf puts the handler of exceptions into the program (1.3). */
export function appendsHandlers(): boolean {
  const [major = 0, minor = 0] = bpfAddon().libbpfVersion().replace(/^v/, "").split(".").map(Number);
  return major * 1000 + minor >= 1003;
}
