/** Helpers on maps: look up, update, delete, push, pop, peek, iterate. */
import { MAP_TAG, MEMORY_TAG } from "../address.js";
import { Errno } from "../errno.js";
import { MapInMap } from "../maps/references.js";
import type { HelperCall, HelperTable } from "./call.js";

function flags(call: HelperCall, n: number): number {
  // A flag above 32 bits is as unknown as any other.
  return call.hi(n) === 0 ? call.u32(n) : 0xffff_ffff;
}

function lookup(call: HelperCall): undefined {
  const map = call.map(1);
  const key = call.readable(2, map.def.keySize);
  if (map instanceof MapInMap) {
    const inner = map.inner(key);
    return inner === undefined ? call.giveU32(0) : call.giveTagged(MAP_TAG, inner.index);
  }
  return call.givePointer(map.lookup(key, call.run.cpu, true));
}

function forEach(call: HelperCall): number {
  const map = call.map(1);
  const slot = call.func(2);
  const [ctxLo, ctxHi] = [call.lo(3), call.hi(3)];
  if (!call.isNull(4)) return Errno.EINVAL;
  const { memory, cpu } = call.run;
  const keyAt = map.callbackKey();
  memory.paint(keyAt, map.def.keySize, true, false);
  const mapIndex = map.index;
  let count = 0;
  for (const key of map.keys()) {
    memory.u8.set(key, keyAt);
    const value = map.lookup(keyAt, cpu, false);
    if (value === 0) continue;
    count++;
    call.setArgument(1, mapIndex, MAP_TAG);
    call.setArgument(2, keyAt, MEMORY_TAG);
    call.setArgument(3, value, MEMORY_TAG);
    call.setArgument(4, ctxLo, ctxHi);
    call.engine.callback(slot);
    // The callback returns 0 to go on, 1 to stop.
    if (call.lo(0) !== 0) break;
  }
  memory.paint(keyAt, map.def.keySize, false, false);
  return count;
}

export const mapHelpers = {
  map_lookup_elem: lookup,
  map_update_elem(call) {
    const map = call.map(1);
    const key = call.readable(2, map.def.keySize);
    return map.update(key, call.readable(3, map.def.valueSize), flags(call, 4), call.run.cpu);
  },
  map_delete_elem(call) {
    const map = call.map(1);
    return map.remove(call.readable(2, map.def.keySize));
  },
  map_push_elem(call) {
    const map = call.map(1);
    return map.push(call.readable(2, map.def.valueSize), flags(call, 3));
  },
  map_pop_elem(call) {
    const map = call.map(1);
    return map.next(call.writable(2, map.def.valueSize), true);
  },
  map_peek_elem(call) {
    const map = call.map(1);
    return map.next(call.writable(2, map.def.valueSize), false);
  },
  map_lookup_percpu_elem(call) {
    const map = call.map(1);
    const cpu = call.u32(3);
    const key = call.readable(2, map.def.keySize);
    return call.givePointer(cpu < call.run.cpus ? map.lookup(key, cpu, true) : 0);
  },
  for_each_map_elem: forEach,
} satisfies HelperTable;
