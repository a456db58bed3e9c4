/**
 * How much kernel memory a map takes at creation, as a lower bound, and the check against what the machine has. The
 * check is there because the kernel's own is not enough: an array of per-CPU values whose pointer table just fits into
 * memory sets off the global OOM killer, and with more than 2^31 entries its error path faults
 * (kernel/bpf/arraymap.c, bpf_array_free_percpu counts with an int), which loses the memory until reboot.
 */
import { readFileSync } from "node:fs";
import { BpfError } from "../errors.js";
import type { MapFacts } from "../maps/handle.js";
import { MapType } from "../uapi.js";

/** BPF_F_NO_PREALLOC */
const NO_PREALLOC = 1;
/** struct htab_elem and struct bucket (kernel/bpf/hashtab.c), on 64-bit machines. */
const HASH_ELEMENT_BYTES = 48;
const HASH_BUCKET_BYTES = 16;
const POINTER_BYTES = 8;

const round8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Bytes, at least; 0 for types whose entries are made as they are added. */
export function mapMemory(map: Omit<MapFacts, "name"> & { readonly flags: number }, cpus: number): number {
  const { type, maxEntries, keySize, valueSize, flags } = map;
  const buckets = maxEntries * HASH_BUCKET_BYTES;
  const element = HASH_ELEMENT_BYTES + round8(keySize);
  switch (type) {
    case MapType.Array:
      return maxEntries * round8(valueSize);
    case MapType.PerCpuArray:
      return maxEntries * (POINTER_BYTES + cpus * round8(valueSize));
    case MapType.Hash:
    case MapType.LruHash:
      return buckets + (flags & NO_PREALLOC ? 0 : maxEntries * (element + round8(valueSize)));
    case MapType.PerCpuHash:
    case MapType.LruPerCpuHash:
      return buckets + (flags & NO_PREALLOC ? 0 : maxEntries * (element + POINTER_BYTES + cpus * round8(valueSize)));
    case MapType.RingBuf:
      return maxEntries;
    case MapType.Queue:
    case MapType.Stack:
      return maxEntries * valueSize;
    default:
      return 0;
  }
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
