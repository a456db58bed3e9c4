/** Map type -> implementation, as one table; definitions are checked as the kernel's map_alloc_check does. */
import { type MapDef, MapTypeId, mapTypeName } from "../../elf/index.js";
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

const MAKERS: Readonly<Record<number, Make>> = {
  [MapTypeId.hash]: plain,
  [MapTypeId.array]: array,
  [MapTypeId.prog_array]: (def, host) => new ProgArray(def, host),
  [MapTypeId.perf_event_array]: (def, host) => new PerfEventArray(def, host),
  [MapTypeId.percpu_hash]: (def, host) => new HashMap(def, host, { perCpu: true, lru: false }),
  [MapTypeId.percpu_array]: (def, host) => new ArrayMap(def, host, true),
  [MapTypeId.stack_trace]: (def, host) => new StackTrace(def, host),
  [MapTypeId.cgroup_array]: array,
  [MapTypeId.lru_hash]: (def, host) => new HashMap(def, host, { perCpu: false, lru: true }),
  [MapTypeId.lru_percpu_hash]: (def, host) => new HashMap(def, host, { perCpu: true, lru: true }),
  [MapTypeId.lpm_trie]: (def, host) => new LpmTrie(def, host),
  [MapTypeId.array_of_maps]: (def, host) => new MapInMap(def, host, true),
  [MapTypeId.hash_of_maps]: (def, host) => new MapInMap(def, host, false),
  // Redirect targets: a key that was set counts as a device, cpu or socket that exists.
  [MapTypeId.devmap]: plain,
  [MapTypeId.devmap_hash]: plain,
  [MapTypeId.sockmap]: plain,
  [MapTypeId.sockhash]: plain,
  [MapTypeId.cpumap]: plain,
  [MapTypeId.xskmap]: plain,
  [MapTypeId.reuseport_sockarray]: plain,
  [MapTypeId.cgroup_storage]: (def, host) => new CgroupStorage(def, host, false),
  [MapTypeId.percpu_cgroup_storage]: (def, host) => new CgroupStorage(def, host, true),
  [MapTypeId.sk_storage]: storage,
  [MapTypeId.inode_storage]: storage,
  [MapTypeId.task_storage]: storage,
  [MapTypeId.cgrp_storage]: storage,
  [MapTypeId.user_ringbuf]: (def, host) => new UserRing(def, host),
  [MapTypeId.arena]: (def, host) => new ArenaMap(def, host),
  [MapTypeId.queue]: (def, host) => new QueueMap(def, host, false),
  [MapTypeId.stack]: (def, host) => new QueueMap(def, host, true),
  [MapTypeId.bloom_filter]: (def, host) => new BloomFilter(def, host),
  [MapTypeId.ringbuf]: (def, host) => new RingBuf(def, host),
};

/** Of larger maps, only so many entries' keys are counted on. */
const COUNTED_ENTRIES = 1 << 20;
const STORAGES: readonly number[] = [
  MapTypeId.sk_storage,
  MapTypeId.inode_storage,
  MapTypeId.task_storage,
  MapTypeId.cgrp_storage,
];
/** Values that a local storage may come to hold. */
const STORAGE_VALUES = 1024;
const LPM_MAX_KEY = 260;

function reasonAgainst(def: MapDef): string | undefined {
  const { type, keySize, valueSize, maxEntries } = def;
  const array = type === MapTypeId.array || type === MapTypeId.percpu_array;
  if (STORAGES.includes(type)) {
    // kernel/bpf/bpf_local_storage.c, bpf_local_storage_map_alloc_check.
    const ok = keySize === 4 && maxEntries === 0 && valueSize > 0 && (def.flags & 1) !== 0;
    return ok ? undefined : "a local storage has int keys, no max_entries, a value, and the flag BPF_F_NO_PREALLOC";
  }
  if (type === MapTypeId.cgroup_storage || type === MapTypeId.percpu_cgroup_storage) {
    const ok = (keySize === 8 || keySize === 12 || keySize === 16) && maxEntries === 0 && valueSize > 0;
    return ok ? undefined : "a cgroup storage has a key of 8 or 16 bytes, a value and no max_entries";
  }
  if (type === MapTypeId.ringbuf || type === MapTypeId.user_ringbuf) {
    // Some objects give a record type as value; loaders drop it (cilium/ebpf), and the machine keeps it for `events`.
    const ok = keySize === 0 && maxEntries >= PAGE && (maxEntries & (maxEntries - 1)) === 0;
    return ok ? undefined : `a ring buffer needs a power of two of at least ${PAGE} bytes and no key`;
  }
  if (type === MapTypeId.arena) return arenaReason(def);
  if (type === MapTypeId.perf_event_array || type === MapTypeId.prog_array) return undefined;
  if (maxEntries === 0) return "max_entries is 0";
  if (array && (keySize !== 4 || valueSize === 0))
    return `an array has 4-byte keys and values, not ${keySize} and ${valueSize} bytes`;
  if (type === MapTypeId.lpm_trie && (keySize < 5 || keySize > LPM_MAX_KEY))
    return `an LPM key has 5 to ${LPM_MAX_KEY} bytes, not ${keySize}`;
  if (type === MapTypeId.lpm_trie && (def.flags & 1) === 0) return "an LPM trie needs the flag BPF_F_NO_PREALLOC";
  const keyless = type === MapTypeId.queue || type === MapTypeId.stack || type === MapTypeId.bloom_filter;
  if (keyless !== (keySize === 0)) return `key size ${keySize} is not possible`;
  return undefined;
}

/**
 * Makes a map.
 * @throws MachineError `VM_MAP_DEFINITION` for a definition the kernel refuses or a type the machine does not have,
 *   `VM_MEMORY` when it does not fit
 */
export function createMap(def: MapDef, host: MapHost): VmMap {
  const make = MAKERS[def.type];
  if (make === undefined)
    throw new MachineError(
      "VM_MAP_DEFINITION",
      `map ${def.name}: the machine has no maps of type ${mapTypeName(def.type)}`,
    );
  const reason = reasonAgainst(def);
  if (reason !== undefined)
    throw new MachineError("VM_MAP_DEFINITION", `map ${def.name} (${mapTypeName(def.type)}): ${reason}`);
  return make(def, host);
}

const EAGER: ReadonlySet<number> = new Set([
  MapTypeId.array,
  MapTypeId.percpu_array,
  MapTypeId.cgroup_array,
  MapTypeId.ringbuf,
  MapTypeId.user_ringbuf,
  MapTypeId.arena,
  MapTypeId.array_of_maps,
]);

/** Does a map take all its memory when it is made? Others grow with their entries. */
export const isEager = (def: MapDef): boolean => EAGER.has(def.type);

/** Bytes of linear memory that a map may come to need. */
export function memoryNeed(def: MapDef, cpus: number): number {
  const each = Math.ceil(def.valueSize / 8) * 8 + 8;
  const perCpu = [MapTypeId.percpu_hash, MapTypeId.percpu_array, MapTypeId.lru_percpu_hash].some(
    (type) => type === def.type,
  );
  if (def.type === MapTypeId.arena) return (def.maxEntries + 1) * PAGE + 2 * GUARD;
  if (def.type === MapTypeId.ringbuf || def.type === MapTypeId.user_ringbuf) return def.maxEntries * 5;
  if (STORAGES.includes(def.type)) return each * (STORAGE_VALUES + 65);
  if (def.type === MapTypeId.prog_array || def.type === MapTypeId.perf_event_array) return 0;
  const inner = def.inner === undefined ? 0 : memoryNeed(def.inner, cpus) * Math.min(def.maxEntries, 64);
  const entries = Math.min(def.maxEntries, COUNTED_ENTRIES);
  const table =
    MAKERS[def.type] === array
      ? 0
      : entriesNeed(entries, def.keySize) + (def.type === MapTypeId.lpm_trie ? lpmNeed(def) : 0);
  return each * (perCpu ? cpus : 1) * (def.maxEntries + 65) + def.keySize + table + inner + 64;
}
