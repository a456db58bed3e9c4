/** Local and cgroup storage, and samples from user space. */
import { MEMORY_TAG } from "../address.js";
import { DYNPTR_BYTES } from "../dynptr.js";
import { Errno } from "../errno.js";
import { sampleDynptr } from "../kfuncs/dynptr.js";
import { CgroupStorage, LocalStorage } from "../maps/storage.js";
import { UserRing } from "../maps/user-ring.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";

/** BPF_LOCAL_STORAGE_GET_F_CREATE */
const CREATE = 1n;
/** BPF_MAX_USER_RINGBUF_SAMPLES */
const MAX_SAMPLES = 128 * 1024;

const get: Implementation = (call) => {
  const map = call.mapOf(1, LocalStorage);
  const owner = call.u64(2);
  const flags = call.u64(4);
  if (owner === 0n || (flags & ~CREATE) !== 0n) return call.givePointer(0);
  const at = map.of(owner);
  if (at !== 0 || flags !== CREATE) return call.givePointer(at);
  return call.givePointer(map.create(owner, call.isNull(3) ? 0 : call.readable(3, map.def.valueSize)));
};
const remove: Implementation = (call) => {
  const map = call.mapOf(1, LocalStorage);
  const owner = call.u64(2);
  return owner === 0n ? Errno.EINVAL : map.forget(owner);
};

function drain(call: HelperCall): number {
  const map = call.mapOf(1, UserRing);
  const slot = call.func(2);
  const [ctxLo, ctxHi] = [call.lo(3), call.hi(3)];
  // BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP
  if ((call.u64(4) & ~3n) !== 0n) return Errno.EINVAL;
  const { heap, memory } = call.run;
  const place = heap.take(DYNPTR_BYTES, "dynptr of a sample", { read: true, write: false });
  let seen = 0;
  try {
    for (; seen < MAX_SAMPLES; ) {
      const sample = map.shift();
      if (sample === undefined) break;
      const at = heap.take(sample.length, "sample", { read: true, write: false });
      memory.u8.set(sample, at);
      sampleDynptr(call, place, at, sample.length);
      call.setArgument(2, ctxLo, ctxHi);
      call.engine.callback(slot);
      heap.release(at);
      seen++;
      // 1 stops; the sample counts.
      if (call.lo(0) !== 0) break;
    }
  } finally {
    heap.release(place);
  }
  return seen;
}

export const storageHelpers = {
  sk_storage_get: get,
  sk_storage_delete: remove,
  task_storage_get: get,
  task_storage_delete: remove,
  inode_storage_get: get,
  inode_storage_delete: remove,
  cgrp_storage_get: get,
  cgrp_storage_delete: remove,
  get_local_storage(call) {
    const map = call.mapOf(1, CgroupStorage);
    const attach = call.run.program?.program.meaning?.attach ?? 0;
    const at = map.of(call.run.world.task.cgroupId, attach, call.run.cpu);
    call.setArgument(0, at, MEMORY_TAG);
    return undefined;
  },
  user_ringbuf_drain: drain,
} satisfies HelperTable;
