/** What a machine is made of, out of an object: the size of its memory, its maps with their references, the types it plays. */
import { CoreTarget, parseBtf } from "../btf/index.js";
import { type BpfObject, progArrayConflicts } from "../elf/index.js";
import { SLOT_BYTES } from "../isa/index.js";
import { MachineError } from "./errors.js";
import type { InterpreterOptions } from "./interpreter/interpreter.js";
import { RECORD } from "./interpreter/loop/record.js";
import { createMap, isEager, memoryNeed } from "./maps/create.js";
import { MapHandle } from "./maps/handle.js";
import type { MapHost, VmMap } from "./maps/map.js";
import { MapInMap, ProgArray } from "./maps/references.js";
import type { LinearMemory } from "./memory.js";
import type { EngineName, MachineOptions } from "./options.js";

const FIXED_NEED = 512 * 1024;
/** Memory for kernel structs, objects and local storages, beyond what maps need. */
const HEAP_NEED = 512 * 1024;
/** Bytes that are counted on for a map that grows, at most, and what all maps together get without asking for more. */
const LAZY_NEED = 16 * 1024 * 1024;
const LAZY_TOTAL = 64 * 1024 * 1024;
const DEFAULT_FUEL = 10_000_000;
const ENGINES: readonly EngineName[] = ["interp", "wasm", "auto"];

/** The options that have a range, filled in. @throws MachineError `VM_OPTION` for what lies outside */
export function checkedOptions({
  cpus = 2,
  fuel = DEFAULT_FUEL,
  engine = "interp",
  hotAfter,
}: MachineOptions): Required<Pick<MachineOptions, "cpus" | "fuel" | "engine">> & Pick<InterpreterOptions, "hotAfter"> {
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > 64)
    throw new MachineError("VM_OPTION", `cpus is ${cpus}: 1 to 64 are possible`);
  if (!Number.isInteger(fuel) || fuel < 1 || fuel > 0x7fff_ffff)
    throw new MachineError("VM_OPTION", `fuel is ${fuel}: 1 to ${0x7fff_ffff} are possible`);
  if (!ENGINES.includes(engine))
    throw new MachineError("VM_OPTION", `engine is ${String(engine)}: ${ENGINES.join(", ")} are possible`);
  if (hotAfter !== undefined && !(hotAfter >= 0))
    throw new MachineError("VM_OPTION", `hotAfter is ${hotAfter}: a number of instructions is possible`);
  return { cpus, fuel, engine, hotAfter };
}

/** The types that CO-RE reads are relocated against. @throws BtfError for bytes that are no BTF */
export function coreTarget(types: MachineOptions["btf"]): CoreTarget | undefined {
  if (types === undefined || types instanceof CoreTarget) return types;
  return new CoreTarget(types instanceof Uint8Array ? parseBtf(types) : types);
}

/** Bytes of linear memory as a power of two. @throws MachineError `VM_MEMORY` */
export function memoryLog2(object: BpfObject, options: MachineOptions, cpus: number): number {
  // Two counters of 8 bytes for each instruction of 8 bytes, and again when a mock makes the engine compile anew.
  const counted =
    options.coverage === undefined ? 0 : object.programs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const fixed = FIXED_NEED + HEAP_NEED + 4 * counted;
  const needs = object.maps.map((def) => ({ def, bytes: memoryNeed(def, cpus) }));
  // What grows as entries come takes its part of what there is, however many entries it might have.
  const now = needs.reduce((sum, { def, bytes }) => sum + (isEager(def) ? bytes : Math.min(bytes, LAZY_NEED)), fixed);
  const all = needs.reduce((sum, { bytes }) => sum + bytes, fixed);
  const need = options.memory ?? Math.max(now, Math.min(all, LAZY_TOTAL));
  const log2 = Math.max(20, Math.ceil(Math.log2(need)));
  if (log2 > 30) {
    const [largest] = needs.filter(({ def }) => isEager(def)).sort((a, b) => b.bytes - a.bytes);
    throw new MachineError(
      "VM_MEMORY",
      options.memory === undefined
        ? `maps that are there from the beginning need ${now} bytes, more than 1 GiB (${largest?.def.name} ${largest?.bytes}): make them smaller`
        : `the option memory is ${options.memory}: at most 1 GiB is possible`,
    );
  }
  return log2;
}

/** Room for the interpreter's records of all programs, and of one callback each (callback-program.ts). */
export function recordNeed(object: BpfObject): number {
  const slots = object.programs.reduce((sum, program) => sum + program.bytes.length / SLOT_BYTES + 2, 0);
  return 2 * slots * RECORD;
}

/** Refuses objects whose programs the kernel would not load together. @throws MachineError `VM_MAP_DEFINITION` */
export function checkProgArrays(object: BpfObject): void {
  // Which attach type a program is loaded with is the loader's choice: only types, fragments and sleeping are compared.
  const conflict = progArrayConflicts(object).find((c) => !c.attachOnly);
  if (conflict === undefined) return;
  throw new MachineError(
    "VM_MAP_DEFINITION",
    `map ${conflict.map}: a prog array belongs to programs of one kind: ${conflict.reason}`,
  );
}

/** The object's maps, in its order. @throws MachineError `VM_MAP_DEFINITION`, `VM_MEMORY` */
export function makeMaps(object: BpfObject, host: MapHost): VmMap[] {
  return object.maps.map((def, index) => {
    // The machine's own copy of initial data: config must not change the object.
    const own = def.data === undefined ? def : { ...def, data: def.data.slice() };
    const map = createMap(own, host);
    map.index = index;
    return map;
  });
}

/** What users see of the maps, by name. */
export function makeHandles(object: BpfObject, maps: readonly VmMap[]): Map<string, MapHandle> {
  const names = new Set(object.programs.map((program) => program.name));
  const context = {
    btf: object.btf,
    map: (name: string): VmMap | undefined => maps.find((map) => map.name === name),
    hasProgram: (name: string): boolean => names.has(name),
  };
  return new Map(maps.map((map) => [map.name, new MapHandle(map, context)]));
}

/** Fills the slots of map-in-maps and prog arrays that the object sets. @param scratch place for a key */
export function fillReferences(maps: readonly VmMap[], memory: LinearMemory, scratch: number): void {
  for (const map of maps) {
    for (const { index, target } of map.def.initial) {
      if (map instanceof ProgArray) map.targets.set(index, target.name);
      if (!(map instanceof MapInMap)) continue;
      const inner = maps.find((m) => m.name === target.name);
      memory.view.setUint32(scratch, index, true);
      if (inner !== undefined) map.put(scratch, inner);
    }
  }
}
