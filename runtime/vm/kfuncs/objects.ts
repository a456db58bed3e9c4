/** Objects of the program's own: new, drop, reference counts, kptrs (kernel/bpf/helpers.c). */
import { MEMORY_TAG } from "../address.js";
import { Errno } from "../errno.js";
import { MachineFault } from "../fault.js";
import type { HelperCall, HelperTable, Implementation } from "../helpers/call.js";

const READ_WRITE = { read: true, write: true } as const;
/** bpf_mem_alloc's largest block. */
const MAX_OBJECT = 4096;

/** The object that argument n points at, by its start. */
export function object(call: HelperCall, n: number): number {
  const at = call.hi(n) === MEMORY_TAG ? call.run.heap.find(call.lo(n) >>> 0) : undefined;
  if (at === undefined) throw call.fault(n, "points at no object, or at one that was freed");
  return at;
}

function allocate(copies: (call: HelperCall) => number): Implementation {
  return (call) => {
    const { btf, heap } = call.run;
    const id = call.u32(1);
    const type = btf === undefined || id >= btf.count ? undefined : btf.resolve(id);
    if (btf === undefined || type?.kind !== "struct") throw call.fault(1, `type ${id} of the object is no struct`);
    const size = btf.sizeOf(type.id);
    if (size > MAX_OBJECT) return call.givePointer(0);
    const at = heap.take(size * copies(call), `struct ${type.name}`, READ_WRITE);
    heap.owned.add(at);
    return call.givePointer(at);
  };
}

const drop: Implementation = (call) => {
  const at = object(call, 1);
  if (!call.run.heap.owned.delete(at))
    throw new MachineFault("VM_REFERENCE", `${call.name}: the program does not own this object`);
  // Another reference may be held by the program through bpf_refcount_acquire.
  call.run.heap.release(at);
  if (call.run.heap.sizeOf(at) !== undefined) call.run.heap.owned.add(at);
  return 0;
};

export const objectKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_obj_new_impl: allocate(() => 1),
  bpf_percpu_obj_new_impl: allocate((call) => call.run.cpus),
  bpf_obj_drop_impl: drop,
  bpf_percpu_obj_drop_impl: drop,
  bpf_refcount_acquire_impl(call) {
    const at = object(call, 1);
    call.run.heap.acquire(at);
    call.run.heap.owned.add(at);
    return call.givePointer(call.lo(1) >>> 0);
  },
};

export const kptrHelpers = {
  kptr_xchg(call) {
    const field = call.writable(1, 8);
    const { view } = call.run.memory;
    const { heap } = call.run;
    const old = view.getBigUint64(field, true);
    if (!call.isNull(2)) heap.owned.delete(object(call, 2));
    view.setBigUint64(field, call.u64(2), true);
    const place = heap.find(Number(old & 0xffff_ffffn));
    if (old !== 0n && place !== undefined) heap.owned.add(place);
    return call.give(old);
  },
  // Per-CPU objects: one copy a CPU, one after the other.
  per_cpu_ptr(call) {
    const cpu = call.u32(2);
    if (cpu >= call.run.cpus) return call.givePointer(0);
    return copyOf(call, cpu);
  },
  this_cpu_ptr: (call) => copyOf(call, call.run.cpu),
} satisfies HelperTable;

function copyOf(call: HelperCall, cpu: number): undefined {
  const at = object(call, 1);
  const size = (call.run.heap.sizeOf(at) ?? 0) / call.run.cpus;
  if (!Number.isInteger(size)) throw call.fault(1, "is no per-CPU object");
  return call.givePointer(at + cpu * size);
}

/** What a kernel function answers for an object that is in a list or tree already: it is dropped. */
export function refuse(call: HelperCall, place: number): number {
  const at = call.run.heap.find(place);
  if (at !== undefined) {
    call.run.heap.owned.delete(at);
    call.run.heap.release(at);
  }
  return Errno.EINVAL;
}
