/**
 * How much kernel memory a map takes at creation, as a lower bound, and the check against what the machine has. The
 * check is there because the kernel's own is not enough: an array of per-CPU values whose pointer table just fits into
 * memory sets off the global OOM killer, and with more than 2^31 entries its error path faults
 * (kernel/bpf/arraymap.c, bpf_array_free_percpu counts with an int), which loses the memory until reboot.
 */
import { readFileSync } from "node:fs";
import { MapFlag } from "../../facts/maps/flags.js";
import { type MapTypeName, mapTypeOf } from "../../facts/maps/index.js";
import { BpfError } from "../errors.js";
import type { MapFacts } from "../maps/handle.js";

/** struct htab_elem and struct bucket (kernel/bpf/hashtab.c), on 64-bit machines. */
const HASH_ELEMENT_BYTES = 48;
const HASH_BUCKET_BYTES = 16;
const POINTER_BYTES = 8;

const round8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

type Sizes = Omit<MapFacts, "name"> & { readonly flags: number };
type Need = (map: Sizes, cpus: number) => number;

const hash: Need = ({ maxEntries, keySize, valueSize, flags }) =>
  maxEntries * HASH_BUCKET_BYTES +
  (flags & MapFlag.BPF_F_NO_PREALLOC ? 0 : maxEntries * (HASH_ELEMENT_BYTES + round8(keySize) + round8(valueSize)));
const perCpuHash: Need = (map, cpus) => hash({ ...map, valueSize: POINTER_BYTES + cpus * round8(map.valueSize) }, cpus);
const queue: Need = ({ maxEntries, valueSize }) => maxEntries * valueSize;
/** Entries are made as they are added, or nobody has measured what it takes. */
const unknown: Need = () => 0;

// biome-ignore format: a table
const NEEDS: Readonly<Record<MapTypeName, Need>> = {
  array: ({ maxEntries, valueSize }) => maxEntries * round8(valueSize),
  percpu_array: ({ maxEntries, valueSize }, cpus) => maxEntries * (POINTER_BYTES + cpus * round8(valueSize)),
  hash, lru_hash: hash, percpu_hash: perCpuHash, lru_percpu_hash: perCpuHash,
  ringbuf: ({ maxEntries }) => maxEntries,
  queue, stack: queue,
  prog_array: unknown, perf_event_array: unknown, stack_trace: unknown, cgroup_array: unknown, lpm_trie: unknown,
  array_of_maps: unknown, hash_of_maps: unknown, devmap: unknown, devmap_hash: unknown, sockmap: unknown, sockhash: unknown,
  cpumap: unknown, xskmap: unknown, cgroup_storage: unknown, percpu_cgroup_storage: unknown, reuseport_sockarray: unknown,
  sk_storage: unknown, inode_storage: unknown, task_storage: unknown, cgrp_storage: unknown, struct_ops: unknown,
  bloom_filter: unknown, user_ringbuf: unknown, arena: unknown,
};

/** Bytes, at least; 0 for types whose entries are made as they are added. */
export function mapMemory(map: Sizes, cpus: number): number {
  const name = mapTypeOf(map.type);
  return name === undefined ? 0 : NEEDS[name](map, cpus);
}

/** Bytes that can be had without swapping (MemAvailable); Infinity where the kernel does not say. */
export function availableMemory(meminfo: string = readFileSync("/proc/meminfo", "utf8")): number {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found) * 1024;
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 3 : 1)} GiB`;

/** @throws BpfError ARGUMENT that names the largest map, when the maps together need more than `available` bytes */
export function checkMapMemory(
  maps: readonly (MapFacts & { readonly flags: number })[],
  cpus: number,
  available: number,
): void {
  const sizes = maps.map((m) => ({ map: m, bytes: mapMemory(m, cpus) })).sort((a, b) => b.bytes - a.bytes);
  const total = sizes.reduce((sum, s) => sum + s.bytes, 0);
  const largest = sizes[0];
  if (!largest || total <= available) return;
  throw new BpfError(
    "ARGUMENT",
    `map ${largest.map.name} with ${largest.map.maxEntries} entries needs at least ${gigabytes(largest.bytes)} of kernel memory; ${gigabytes(available)} is available`,
  );
}
