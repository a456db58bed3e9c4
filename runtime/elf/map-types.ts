/** enum bpf_map_type (include/uapi/linux/bpf.h) by name in lower case, and the map definition that objects carry. */

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

export type MapTypeName = keyof typeof MapTypeId;

const nameOf: ReadonlyMap<number, string> = new Map(Object.entries(MapTypeId).map(([name, id]) => [id, name]));

/** The name of a map type number, or "type 77" for one that is not known. */
export function mapTypeName(id: number): string {
  return nameOf.get(id) ?? `type ${id}`;
}

/** A slot of a map-in-map or prog array that the object fills at load. */
export interface InitialSlot {
  readonly index: number;
  readonly target: { readonly kind: "map" | "program"; readonly name: string };
}

/** A variable of a data section. */
export interface DataVariable {
  readonly name: string;
  /** Bytes from the section's start. */
  readonly offset: number;
  /** BTF id of its type. */
  readonly typeId: number;
}

/** One map of an object: declared, or made of a data section. */
export interface MapDef {
  readonly name: string;
  /** Section that holds it: ".maps", "maps", ".rodata". */
  readonly section: string;
  /** Index of that section in the file: names are not unique. 0 for .kconfig and inner templates, which have none. */
  readonly sectionIndex: number;
  /** {@link MapTypeId} */
  readonly type: number;
  /** Bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* of map creation. */
  readonly flags: number;
  /** BTF ids of key and value; 0 when not known. */
  readonly keyType: number;
  readonly valueType: number;
  readonly numaNode: number;
  readonly mapExtra: bigint;
  /** LIBBPF_PIN_BY_NAME. */
  readonly pinByName: boolean;
  /** Template of the inner maps of a map-in-map. */
  readonly inner?: MapDef;
  readonly initial: readonly InitialSlot[];
  /** Initial content of a data section's only value. */
  readonly data?: Uint8Array;
  /** The variables of a data section that BTF knows. */
  readonly variables?: readonly DataVariable[];
}
