/** The map types of Linux 6.18 (enum bpf_map_type, include/uapi/linux/bpf.h): a file for each, joined here by the kernel's names. */
import { arena } from "./arena.js";
import { array } from "./array.js";
import { arrayOfMaps } from "./array-of-maps.js";
import { bloomFilter } from "./bloom-filter.js";
import { cgroupArray } from "./cgroup-array.js";
import { cgroupStorage } from "./cgroup-storage.js";
import { cgrpStorage } from "./cgrp-storage.js";
import { cpumap } from "./cpumap.js";
import { devmap } from "./devmap.js";
import { devmapHash } from "./devmap-hash.js";
import { hash } from "./hash.js";
import { hashOfMaps } from "./hash-of-maps.js";
import { inodeStorage } from "./inode-storage.js";
import { lpmTrie } from "./lpm-trie.js";
import { lruHash } from "./lru-hash.js";
import { lruPercpuHash } from "./lru-percpu-hash.js";
import type { MapTypeFacts } from "./map-type.js";
import { percpuArray } from "./percpu-array.js";
import { percpuCgroupStorage } from "./percpu-cgroup-storage.js";
import { percpuHash } from "./percpu-hash.js";
import { perfEventArray } from "./perf-event-array.js";
import { progArray } from "./prog-array.js";
import { queue } from "./queue.js";
import { reuseportSockarray } from "./reuseport-sockarray.js";
import { ringbuf } from "./ringbuf.js";
import { skStorage } from "./sk-storage.js";
import { sockhash } from "./sockhash.js";
import { sockmap } from "./sockmap.js";
import { stack } from "./stack.js";
import { stackTrace } from "./stack-trace.js";
import { structOps } from "./struct-ops.js";
import { taskStorage } from "./task-storage.js";
import { userRingbuf } from "./user-ringbuf.js";
import { xskmap } from "./xskmap.js";

export type { MapTypeFacts };

// biome-ignore format: a table
/** By the kernel's names without prefix, in lower case, which are bpftool's too. */
export const MAP_TYPES = {
  hash,
  array,
  prog_array: progArray,
  perf_event_array: perfEventArray,
  percpu_hash: percpuHash,
  percpu_array: percpuArray,
  stack_trace: stackTrace,
  cgroup_array: cgroupArray,
  lru_hash: lruHash,
  lru_percpu_hash: lruPercpuHash,
  lpm_trie: lpmTrie,
  array_of_maps: arrayOfMaps,
  hash_of_maps: hashOfMaps,
  devmap,
  sockmap,
  cpumap,
  xskmap,
  sockhash,
  cgroup_storage: cgroupStorage,
  reuseport_sockarray: reuseportSockarray,
  percpu_cgroup_storage: percpuCgroupStorage,
  queue,
  stack,
  sk_storage: skStorage,
  devmap_hash: devmapHash,
  struct_ops: structOps,
  ringbuf,
  inode_storage: inodeStorage,
  task_storage: taskStorage,
  bloom_filter: bloomFilter,
  user_ringbuf: userRingbuf,
  cgrp_storage: cgrpStorage,
  arena,
} as const satisfies Readonly<Record<string, MapTypeFacts>>;

/** Name of a map type: "percpu_array". */
export type MapTypeName = keyof typeof MAP_TYPES;
/** Map types that the software machine has. */
export type MachineMapType = {
  [N in MapTypeName]: (typeof MAP_TYPES)[N] extends { readonly absent: string } ? never : N;
}[MapTypeName];

export const MAP_TYPE_NAMES = Object.keys(MAP_TYPES) as MapTypeName[];

/** Numbers by name. @example MapTypeId.percpu_array // 6 */
export const MapTypeId = Object.fromEntries(MAP_TYPE_NAMES.map((name) => [name, MAP_TYPES[name].id])) as {
  readonly [N in MapTypeName]: (typeof MAP_TYPES)[N]["id"];
};

const byId: ReadonlyMap<number, MapTypeName> = new Map(MAP_TYPE_NAMES.map((name) => [MAP_TYPES[name].id, name]));
const UNSPEC = 0;

/** The name of a map type number; undefined for one that is not known. */
export const mapTypeOf = (id: number): MapTypeName | undefined => byId.get(id);

/** The row of a map type number; undefined for one that is not known. */
export function mapTypeFacts(id: number): MapTypeFacts | undefined {
  const name = byId.get(id);
  return name && MAP_TYPES[name];
}

/** The name of a map type number, "unspec" for 0, or "type 77" for one that is not known. */
export const mapTypeName = (id: number): string => byId.get(id) ?? (id === UNSPEC ? "unspec" : `type ${id}`);

/** The numbers of some map types. @example mapTypes("array", "hash").has(MapTypeId.hash) // true */
export const mapTypes = (...names: readonly MapTypeName[]): ReadonlySet<number> =>
  new Set(names.map((name) => MapTypeId[name]));

/** The numbers of the map types of which something holds. @example mapTypesThat((map) => map.perCpu) */
export const mapTypesThat = (holds: (facts: MapTypeFacts) => boolean): ReadonlySet<number> =>
  mapTypes(...MAP_TYPE_NAMES.filter((name) => holds(MAP_TYPES[name])));

/** First kernel with a map type; undefined for one that no row names. @example mapTypeSince("ringbuf") // "5.8" */
export const mapTypeSince = (name: string): string | undefined =>
  Object.hasOwn(MAP_TYPES, name) ? MAP_TYPES[name as MapTypeName].since : undefined;

/** What bpfman calls it in the labels of an image: "per_cpu_array". */
export const bpfmanName = (name: MapTypeName): string => (MAP_TYPES[name] as MapTypeFacts).bpfman ?? name;

/** What C objects call it: "BPF_MAP_TYPE_PERCPU_ARRAY". */
export const elfName = (name: MapTypeName): string => `BPF_MAP_TYPE_${name.toUpperCase()}`;
