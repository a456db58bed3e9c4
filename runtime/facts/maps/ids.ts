/** enum bpf_map_type (include/uapi/linux/bpf.h, 6.18): numbers by the kernel's names without prefix, in lower case. */

export const MapTypeId = {
  unspec: 0,
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  cgroup_storage: 19,
  reuseport_sockarray: 20,
  percpu_cgroup_storage: 21,
  queue: 22,
  stack: 23,
  sk_storage: 24,
  devmap_hash: 25,
  struct_ops: 26,
  ringbuf: 27,
  inode_storage: 28,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
} as const;

/** Name of a map type, as the kernel's enum without its prefix, in lower case; what bpftool prints. */
export type MapTypeName = keyof typeof MapTypeId;

/** The numbers of some map types. @example mapTypes("array", "hash").has(MapTypeId.hash) // true */
export const mapTypes = (...names: readonly MapTypeName[]): ReadonlySet<number> =>
  new Set(names.map((name) => MapTypeId[name]));

const nameOf: ReadonlyMap<number, string> = new Map(Object.entries(MapTypeId).map(([name, id]) => [id, name]));

/** The name of a map type number, or "type 77" for one that is not known. */
export function mapTypeName(id: number): string {
  return nameOf.get(id) ?? `type ${id}`;
}
