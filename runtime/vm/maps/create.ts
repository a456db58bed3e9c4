/** Map type -> implementation, as one table; definitions are checked as the kernel's map_alloc_check does. */

import type { MapDef } from "../../elf/index.js";
import { MapFlag } from "../../facts/maps/flags.js";
import {
  type MachineMapType,
  MapTypeId,
  type MapTypeName,
  mapTypeFacts,
  mapTypeName,
  mapTypeOf,
  mapTypes,
  mapTypesThat,
} from "../../facts/maps/index.js";
import { MachineError } from "../errors.js";
import { ArenaMap, arenaReason, GUARD, PAGE } from "./arena.js";
import { ArrayMap } from "./array.js";
import { entriesNeed } from "./entries.js";
import { PerfEventArray } from "./events.js";
import { HashMap } from "./hash.js";
import { LpmTrie, lpmNeed } from "./lpm.js";
import type { MapHost, VmMap } from "./map.js";
import { BloomFilter, QueueMap } from "./queue.js";
import { MapInMap, ProgArray } from "./references.js";
import { RingBuf } from "./ringbuf.js";
import { StackTrace } from "./stack-trace.js";
import { CgroupStorage, LocalStorage } from "./storage.js";
import { UserRing } from "./user-ring.js";

type Make = (def: MapDef, host: MapHost) => VmMap;

const plain: Make = (def, host) => new HashMap(def, host, { perCpu: false, lru: false });
const storage: Make = (def, host) => new LocalStorage(def, host);
const array: Make = (def, host) => new ArrayMap(def, host);

const MAKERS: Readonly<Record<MachineMapType, Make>> = {
  hash: plain,
  array: array,
  prog_array: (def, host) => new ProgArray(def, host),
  perf_event_array: (def, host) => new PerfEventArray(def, host),
  percpu_hash: (def, host) => new HashMap(def, host, { perCpu: true, lru: false }),
  percpu_array: (def, host) => new ArrayMap(def, host, true),
  stack_trace: (def, host) => new StackTrace(def, host),
  cgroup_array: array,
  lru_hash: (def, host) => new HashMap(def, host, { perCpu: false, lru: true }),
  lru_percpu_hash: (def, host) => new HashMap(def, host, { perCpu: true, lru: true }),
  lpm_trie: (def, host) => new LpmTrie(def, host),
  array_of_maps: (def, host) => new MapInMap(def, host, true),
  hash_of_maps: (def, host) => new MapInMap(def, host, false),
  // Redirect targets: a key that was set counts as a device, cpu or socket that exists.
  devmap: plain,
  devmap_hash: plain,
  sockmap: plain,
  sockhash: plain,
  cpumap: plain,
  xskmap: plain,
  reuseport_sockarray: plain,
  cgroup_storage: (def, host) => new CgroupStorage(def, host, false),
  percpu_cgroup_storage: (def, host) => new CgroupStorage(def, host, true),
  sk_storage: storage,
  inode_storage: storage,
  task_storage: storage,
  cgrp_storage: storage,
  user_ringbuf: (def, host) => new UserRing(def, host),
  arena: (def, host) => new ArenaMap(def, host),
  queue: (def, host) => new QueueMap(def, host, false),
  stack: (def, host) => new QueueMap(def, host, true),
  bloom_filter: (def, host) => new BloomFilter(def, host),
  ringbuf: (def, host) => new RingBuf(def, host),
};

const makerOf = (type: number): Make | undefined => {
  const name = mapTypeOf(type);
  return name === undefined ? undefined : (MAKERS as Partial<Readonly<Record<MapTypeName, Make>>>)[name];
};

/** Of larger maps, only so many entries' keys are counted on. */
const COUNTED_ENTRIES = 1 << 20;
const STORAGES = mapTypesThat((map) => map.key === "owner");
/** Values that a local storage may come to hold. */
const STORAGE_VALUES = 1024;
const LPM_MAX_KEY = 260;

const ARRAYS = mapTypes("array", "percpu_array");
const CGROUP_STORAGES = mapTypesThat((map) => map.key === "cgroup");
const RINGS = mapTypesThat((map) => map.value === "record");
const KEYLESS = mapTypes("queue", "stack", "bloom_filter");
/** It has the flags without which the kernel refuses its type. */
const needed = (def: MapDef): boolean =>
  mapTypeFacts(def.type)?.needs?.every((flag) => (def.flags & MapFlag[flag]) !== 0) ?? true;

function reasonAgainst(def: MapDef): string | undefined {
  const { type, keySize, valueSize, maxEntries } = def;
  if (STORAGES.has(type)) {
    // kernel/bpf/bpf_local_storage.c, bpf_local_storage_map_alloc_check.
    const ok = keySize === 4 && maxEntries === 0 && valueSize > 0 && needed(def);
    return ok ? undefined : "a local storage has int keys, no max_entries, a value, and the flag BPF_F_NO_PREALLOC";
  }
  if (CGROUP_STORAGES.has(type)) {
    const ok = (keySize === 8 || keySize === 12 || keySize === 16) && maxEntries === 0 && valueSize > 0;
    return ok ? undefined : "a cgroup storage has a key of 8 or 16 bytes, a value and no max_entries";
  }
  if (RINGS.has(type)) {
    // Some objects give a record type as value; loaders drop it (cilium/ebpf), and the machine keeps it for `events`.
    const ok = keySize === 0 && maxEntries >= PAGE && (maxEntries & (maxEntries - 1)) === 0;
    return ok ? undefined : `a ring buffer needs a power of two of at least ${PAGE} bytes and no key`;
  }
  if (type === MapTypeId.arena) return arenaReason(def);
  if (type === MapTypeId.perf_event_array || type === MapTypeId.prog_array) return undefined;
  if (maxEntries === 0) return "max_entries is 0";
  if (ARRAYS.has(type) && (keySize !== 4 || valueSize === 0))
    return `an array has 4-byte keys and values, not ${keySize} and ${valueSize} bytes`;
  if (type === MapTypeId.lpm_trie && (keySize < 5 || keySize > LPM_MAX_KEY))
    return `an LPM key has 5 to ${LPM_MAX_KEY} bytes, not ${keySize}`;
  if (type === MapTypeId.lpm_trie && !needed(def)) return "an LPM trie needs the flag BPF_F_NO_PREALLOC";
  if (KEYLESS.has(type) !== (keySize === 0)) return `key size ${keySize} is not possible`;
  return undefined;
}

/**
 * Makes a map.
 * @throws MachineError `VM_MAP_DEFINITION` for a definition the kernel refuses or a type the machine does not have,
 *   `VM_MEMORY` when it does not fit
 */
export function createMap(def: MapDef, host: MapHost): VmMap {
  const make = makerOf(def.type);
  const why = mapTypeFacts(def.type)?.absent;
  if (make === undefined)
    throw new MachineError(
      "VM_MAP_DEFINITION",
      `map ${def.name}: the machine has no maps of type ${mapTypeName(def.type)}${why === undefined ? "" : `: ${why}`}`,
    );
  const reason = reasonAgainst(def);
  if (reason !== undefined)
    throw new MachineError("VM_MAP_DEFINITION", `map ${def.name} (${mapTypeName(def.type)}): ${reason}`);
  return make(def, host);
}

// biome-ignore format: a list
const EAGER = mapTypes(
  "array", "percpu_array", "cgroup_array", "ringbuf", "user_ringbuf", "arena", "array_of_maps",
);

/** Cgroup storages make their values as they are asked for. */
const PER_CPU = mapTypesThat((map) => map.perCpu && map.key !== "cgroup");

/** Does a map take all its memory when it is made? Others grow with their entries. */
export const isEager = (def: MapDef): boolean => EAGER.has(def.type);

/** Bytes of linear memory that a map may come to need. */
export function memoryNeed(def: MapDef, cpus: number): number {
  const each = Math.ceil(def.valueSize / 8) * 8 + 8;
  const perCpu = PER_CPU.has(def.type);
  if (def.type === MapTypeId.arena) return (def.maxEntries + 1) * PAGE + 2 * GUARD;
  if (RINGS.has(def.type)) return def.maxEntries * 5;
  if (STORAGES.has(def.type)) return each * (STORAGE_VALUES + 65);
  if (def.type === MapTypeId.prog_array || def.type === MapTypeId.perf_event_array) return 0;
  const inner = def.inner === undefined ? 0 : memoryNeed(def.inner, cpus) * Math.min(def.maxEntries, 64);
  const entries = Math.min(def.maxEntries, COUNTED_ENTRIES);
  const table =
    makerOf(def.type) === array
      ? 0
      : entriesNeed(entries, def.keySize) + (def.type === MapTypeId.lpm_trie ? lpmNeed(def) : 0);
  return each * (perCpu ? cpus : 1) * (def.maxEntries + 65) + def.keySize + table + inner + 64;
}
