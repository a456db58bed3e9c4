/**
 * All entries of a map, as raw bytes. In batches where the map type has them (hash maps since Linux 5.6, tries 5.13),
 * key by key otherwise. Entries that others add or remove meanwhile may or may not be seen; nothing is seen twice in
 * batches, and key by key only if a removed key sends the kernel back to the start.
 */
import { constants } from "node:os";
import { ENOTSUPP, syscallError } from "../errors.js";
import { ENOENT, ENOSPC, lookup, lookupBatch, nextKey } from "../map-syscalls.js";

const FIRST_BATCH = 256;

/** One entry; both arrays are valid until the next step. */
export interface RawEntry {
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly keyAt: number;
  readonly valueAt: number;
}

/** @param valueBytes what one lookup writes, all CPUs included */
export function* rawEntries(
  fd: number,
  keySize: number,
  valueBytes: number,
  maxEntries: number,
): Generator<RawEntry, void, undefined> {
  let room = Math.max(1, Math.min(FIRST_BATCH, maxEntries));
  const token = new Uint8Array(Math.max(8, keySize));
  let [keys, values] = [new Uint8Array(room * keySize), new Uint8Array(room * valueBytes)];
  for (let first = true; ; ) {
    const batch = lookupBatch(fd, first, token, keys, values, room);
    if (batch.error === -ENOSPC && room < maxEntries * 2) {
      // One hash bucket holds more than fits: the kernel gives whole buckets only.
      room *= 2;
      [keys, values] = [new Uint8Array(room * keySize), new Uint8Array(room * valueBytes)];
      continue;
    }
    if (first && (batch.error === -ENOTSUPP || batch.error === -constants.errno.EINVAL)) {
      return yield* byKey(fd, keySize, valueBytes, maxEntries);
    }
    if (batch.error < 0) throw syscallError("map batch lookup", -batch.error);
    for (let i = 0; i < batch.count; i++) yield { keys, values, keyAt: i * keySize, valueAt: i * valueBytes };
    if (batch.done) return;
    first = false;
  }
}

function* byKey(
  fd: number,
  keySize: number,
  valueBytes: number,
  maxEntries: number,
): Generator<RawEntry, void, undefined> {
  const values = new Uint8Array(valueBytes);
  let current: Uint8Array | undefined;
  // A key that vanishes under us restarts the kernel's walk; the bound keeps a busy map from walking us forever.
  for (let steps = 0; steps <= maxEntries * 2; steps++) {
    const keys = new Uint8Array(keySize);
    if (!nextKey(fd, current, keys)) return;
    current = keys;
    if (lookup(fd, keys, values)) yield { keys, values, keyAt: 0, valueAt: 0 };
  }
}

export { ENOENT };
