/**
 * Map types. The class says type, key and value; the constructor says size. Under Node they hold only their options.
 * Sources: include/uapi/linux/bpf.h (enum bpf_map_type), kernel/bpf/*.c for each type's operations.
 */
import type { u32, u64 } from "./int.js";
import type { Val } from "./memory.js";
import { kernelOnly } from "./registry.js";

/** Options of every map. */
export interface MapOptions {
  /** BPF_F_* creation flags, or-ed. LPM tries get BPF_F_NO_PREALLOC by themselves. */
  readonly flags?: number;
  /** Pin under the bpf file system by the map's name, shared between loads. */
  readonly pinning?: "byName";
  readonly numaNode?: number;
  readonly mapExtra?: bigint;
}

/** Flags of `update`. */
export enum UpdateFlag {
  /** Create or replace. */
  Any = 0,
  /** Create only: -EEXIST when the key is there. */
  NoExist = 1,
  /** Replace only: -ENOENT when the key is absent. */
  Exist = 2,
}

abstract class BpfMap {
  readonly maxEntries: number;
  readonly options: MapOptions;
  constructor(maxEntries: number, options: MapOptions = {}) {
    this.maxEntries = maxEntries;
    this.options = options;
  }
}

abstract class KeyedMap<K, V> extends BpfMap {
  /** The value for `key` in place, or undefined. */
  lookup(_key: K): Val<V> | undefined {
    return kernelOnly("lookup");
  }
  /** Stores a copy of `value`: 0, or a negative errno. */
  update(_key: K, _value: V, _flag?: UpdateFlag): number {
    return kernelOnly("update");
  }
  /** Removes `key`: 0, or -ENOENT. */
  delete(_key: K): number {
    return kernelOnly("delete");
  }
  /** The value for `key`, inserting `value` first when absent; undefined only when the map is full. */
  lookupOrInit(_key: K, _value: V): Val<V> | undefined {
    return kernelOnly("lookupOrInit");
  }
}

abstract class IndexedMap<V> extends BpfMap {
  /** The element at `index` in place, or undefined when it is out of range. */
  lookup(_index: u32): Val<V> | undefined {
    return kernelOnly("lookup");
  }
  /** Stores a copy of `value`: 0, or -E2BIG when `index` is out of range. */
  update(_index: u32, _value: V): number {
    return kernelOnly("update");
  }
}

/** Hash table (BPF_MAP_TYPE_HASH); `update` fails with -E2BIG when full. */
export class HashMap<K, V> extends KeyedMap<K, V> {}
/** Hash table that evicts the least recently used entry (BPF_MAP_TYPE_LRU_HASH). */
export class LruHashMap<K, V> extends KeyedMap<K, V> {}
/** Hash table with a value per CPU (BPF_MAP_TYPE_PERCPU_HASH). */
export class PerCpuHashMap<K, V> extends KeyedMap<K, V> {
  /** Only for types: user space and tests see one value per CPU. */
  declare protected readonly perCpu: true;
}
/** LRU hash table with a value per CPU (BPF_MAP_TYPE_LRU_PERCPU_HASH). */
export class LruPerCpuHashMap<K, V> extends KeyedMap<K, V> {
  /** Only for types: user space and tests see one value per CPU. */
  declare protected readonly perCpu: true;
}
/** Array of zero-initialised values (BPF_MAP_TYPE_ARRAY). */
export class ArrayMap<V> extends IndexedMap<V> {}
/** Array with a value per CPU (BPF_MAP_TYPE_PERCPU_ARRAY). */
export class PerCpuArray<V> extends IndexedMap<V> {
  /** Only for types: user space and tests see one value per CPU. */
  declare protected readonly perCpu: true;
}

/**
 * Longest-prefix-match trie (BPF_MAP_TYPE_LPM_TRIE). `K` is a struct whose first field is a `u32` prefix length in
 * bits, followed by the address in network order: {@link Ipv4Prefix}, {@link Ipv6Prefix} or one of your own.
 */
export class LpmTrie<K, V> extends KeyedMap<K, V> {}

/** Multi-producer ring buffer of records of `T` (BPF_MAP_TYPE_RINGBUF, Linux 5.8). */
export class RingBuf<T> {
  readonly bytes: number;
  readonly options: MapOptions;
  /** @param bytes size of the ring: a power of two and a multiple of the page size (4096). */
  constructor(bytes: number, options: MapOptions = {}) {
    this.bytes = bytes;
    this.options = options;
  }
  /** Space for one record, zeroed, or undefined when the ring is full. Must be submitted or discarded. */
  reserve(): T | undefined {
    return kernelOnly("reserve");
  }
  /** Makes a reserved record visible to the reader. */
  submit(_record: T, _flags?: RingBufFlag): void {
    kernelOnly("submit");
  }
  /** Gives a reserved record back unseen. */
  discard(_record: T, _flags?: RingBufFlag): void {
    kernelOnly("discard");
  }
  /** Copies `value` into the ring: 0, or -EAGAIN when it is full. */
  output(_value: T, _flags?: RingBufFlag): number {
    return kernelOnly("output");
  }
  /** Bytes not yet consumed (BPF_RB_AVAIL_DATA). */
  available(): u64 {
    return kernelOnly("available");
  }
}

/** Wake-up behaviour of ring buffer operations. */
export enum RingBufFlag {
  Default = 0,
  /** Do not wake the reader (BPF_RB_NO_WAKEUP). */
  NoWakeup = 1,
  /** Wake it always (BPF_RB_FORCE_WAKEUP). */
  ForceWakeup = 2,
}
