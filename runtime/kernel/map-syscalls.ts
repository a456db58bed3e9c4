/**
 * Map operations on file descriptors and raw bytes. Callers pass buffers of exactly the map's sizes (for per-CPU maps
 * `perCpuBytes`): the kernel writes that many bytes whatever the buffer's length.
 */
import { Attr } from "./attr.js";
import { possibleCpus } from "./cpus.js";
import { checked } from "./errors.js";
import { availableMemory, checkMapMemory } from "./object/map-memory.js";
import { BpfCmd, OBJ_NAME_LEN } from "./uapi.js";

const ENOENT = 2;
const ENOSPC = 28;

/** Options of {@link createMap}; sizes in bytes. */
export interface CreateMapOptions {
  /** enum bpf_map_type */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly name?: string;
  readonly innerMapFd?: number;
  readonly mapExtra?: bigint;
  readonly btf?: { readonly fd: number; readonly keyTypeId: number; readonly valueTypeId: number };
}

/**
 * Creates a map and returns its file descriptor, which the caller closes.
 * @throws SyscallError with the kernel's errno; BpfError ARGUMENT when it cannot fit into the machine's memory
 * @example const fd = createMap({ type: MapTypeId.array, keySize: 4, valueSize: 8, maxEntries: 1 });
 */
export function createMap(o: CreateMapOptions): number {
  const { name = "", flags = 0 } = o;
  checkMapMemory([{ ...o, name, flags }], possibleCpus(), availableMemory());
  const attr = new Attr(72)
    .u32(0, o.type)
    .u32(4, o.keySize)
    .u32(8, o.valueSize)
    .u32(12, o.maxEntries)
    .u32(16, o.flags ?? 0)
    .u32(20, o.innerMapFd ?? 0)
    .name(28, o.name ?? "", OBJ_NAME_LEN)
    .u32(48, o.btf?.fd ?? 0)
    .u32(52, o.btf?.keyTypeId ?? 0)
    .u32(56, o.btf?.valueTypeId ?? 0)
    .u64(64, o.mapExtra ?? 0n);
  return checked(`create map ${o.name ?? ""}`.trim(), attr.call(BpfCmd.MapCreate));
}

const element = (fd: number, key: Uint8Array | undefined, value?: Uint8Array, flags = 0n): Attr =>
  new Attr(32).u32(0, fd).pointer(8, key).pointer(16, value).u64(24, flags);

/** Fills `value`; false when there is no such key. @throws SyscallError */
export function lookup(fd: number, key: Uint8Array | undefined, value: Uint8Array): boolean {
  const result = element(fd, key, value).call(BpfCmd.MapLookupElem);
  return result !== -ENOENT && checked("map lookup", result) === 0;
}

/** Stores; `flags` are BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. Returns 0 or -errno. */
export function update(fd: number, key: Uint8Array | undefined, value: Uint8Array, flags = 0n): number {
  return element(fd, key, value, flags).call(BpfCmd.MapUpdateElem);
}

/** Removes; false when there is no such key. @throws SyscallError */
export function remove(fd: number, key: Uint8Array): boolean {
  const result = element(fd, key).call(BpfCmd.MapDeleteElem);
  return result !== -ENOENT && checked("map delete", result) === 0;
}

/** Fills `next` with the key after `key` (the first one for undefined); false at the end. @throws SyscallError */
export function nextKey(fd: number, key: Uint8Array | undefined, next: Uint8Array): boolean {
  const result = element(fd, key, next).call(BpfCmd.MapGetNextKey);
  return result !== -ENOENT && checked("map next key", result) === 0;
}

/** One call of a batch read: entries filled, the batch token is updated in place, `done` at the last batch. */
export interface Batch {
  readonly count: number;
  readonly done: boolean;
  /** -errno when the map cannot be read in batches (EINVAL, ENOTSUPP) or a bucket exceeds the buffers (ENOSPC). */
  readonly error: number;
}

/**
 * Reads up to `count` entries. `token` is 8 bytes or the key's size, whichever is larger (hash maps keep a bucket
 * number in it, others the last key).
 */
export function lookupBatch(
  fd: number,
  first: boolean,
  token: Uint8Array,
  keys: Uint8Array,
  values: Uint8Array,
  count: number,
): Batch {
  const attr = new Attr(56)
    .pointer(0, first ? undefined : token)
    .pointer(8, token)
    .pointer(16, keys)
    .pointer(24, values)
    .u32(32, count)
    .u32(36, fd);
  const result = attr.call(BpfCmd.MapLookupBatch);
  if (result === -ENOENT) return { count: attr.getU32(32), done: true, error: 0 };
  return { count: result < 0 ? 0 : attr.getU32(32), done: false, error: result < 0 ? result : 0 };
}

/** Stores `count` entries; returns how many were stored and 0 or -errno. */
export function updateBatch(fd: number, keys: Uint8Array, values: Uint8Array, count: number): [number, number] {
  const attr = new Attr(56).pointer(16, keys).pointer(24, values).u32(32, count).u32(36, fd);
  const result = attr.call(BpfCmd.MapUpdateBatch);
  return [attr.getU32(32), result];
}

/** Makes the map read-only for user space. @throws SyscallError */
export function freeze(fd: number): void {
  checked("map freeze", new Attr(4).u32(0, fd).call(BpfCmd.MapFreeze));
}

export { ENOENT, ENOSPC };
