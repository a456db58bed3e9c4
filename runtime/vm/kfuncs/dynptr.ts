/** Dynptrs: the helpers and the kernel functions on them (kernel/bpf/helpers.c). */
import { MEMORY_TAG } from "../address.js";
import { DYNPTR_BYTES, type Dynptr, type DynptrSource, MAX_DYNPTR, NULL_DYNPTR } from "../dynptr.js";
import { Errno } from "../errno.js";
import { MachineFault } from "../fault.js";
import type { HelperCall, HelperTable, Implementation } from "../helpers/call.js";
import { stale } from "../helpers/packet-bytes.js";
import { RingBuf } from "../maps/ringbuf.js";

/** The dynptr that argument n points at. */
export function dynptr(call: HelperCall, n: number): Dynptr {
  const at = call.readable(n, DYNPTR_BYTES);
  const found = call.run.dynptrs.at(call.run.memory.view, at);
  if (found === undefined) throw call.fault(n, "is no initialised dynptr");
  return found;
}
export function putDynptr(call: HelperCall, n: number, value: Dynptr): void {
  call.run.dynptrs.put(call.run.memory.view, call.writable(n, DYNPTR_BYTES), value);
}

/** Place of the first byte in linear memory. */
function start({ source, base, offset }: Dynptr, call: HelperCall): number {
  return (source === "packet" ? call.run.packet.data : base) + offset;
}
/** bpf_dynptr_check_off_len. */
const outOf = (ptr: Dynptr, offset: number, length: number): boolean => length > ptr.size || offset > ptr.size - length;

/** A packet that was cut since leaves less than the dynptr says. */
function packetHas(call: HelperCall, ptr: Dynptr, offset: number, length: number): boolean {
  return ptr.source !== "packet" || ptr.offset + offset + length <= call.run.packet.length;
}

function fromPacket(shape: "skb" | "xdp"): Implementation {
  return (call) => {
    call.context(1, call.run.context.place);
    if (call.u64(2) !== 0n) {
      putDynptr(call, 3, NULL_DYNPTR);
      return Errno.EINVAL;
    }
    const { kind, packet } = call.run;
    // Programs that may not write packets directly may not through a dynptr (may_access_direct_pkt_data).
    putDynptr(call, 3, {
      source: "packet",
      base: 0,
      offset: 0,
      size: packet.length,
      readOnly: shape === "skb" && !kind.writable,
    });
    return 0;
  };
}

function slice(write: boolean): Implementation {
  return (call) => {
    const ptr = dynptr(call, 1);
    const [offset, size] = [call.u32(2), call.u32(4)];
    if (ptr.source === undefined || outOf(ptr, offset, size) || (write && ptr.readOnly)) return call.givePointer(0);
    if (!packetHas(call, ptr, offset, size)) return call.givePointer(0);
    return call.givePointer(start(ptr, call) + offset);
  };
}

function copyOut(call: HelperCall, ptr: Dynptr, offset: number, length: number): Uint8Array | number {
  if (ptr.source === undefined) return Errno.EINVAL;
  if (outOf(ptr, offset, length)) return Errno.E2BIG;
  if (!packetHas(call, ptr, offset, length))
    return ptr.source === "packet" && call.run.kind.shape === "xdp" ? Errno.EINVAL : Errno.EFAULT;
  const at = start(ptr, call) + offset;
  return call.run.memory.u8.slice(at, at + length);
}

function copyIn(call: HelperCall, ptr: Dynptr, offset: number, bytes: Uint8Array, flags: bigint): number {
  if (ptr.source === undefined || ptr.readOnly) return Errno.EINVAL;
  if (outOf(ptr, offset, bytes.length)) return Errno.E2BIG;
  const skb = ptr.source === "packet" && call.run.kind.shape === "skb";
  // bpf_skb_store_bytes takes flags, everything else none.
  if (skb ? (flags & ~3n) !== 0n : flags !== 0n) return Errno.EINVAL;
  if (!packetHas(call, ptr, offset, bytes.length)) return skb ? Errno.EFAULT : Errno.EINVAL;
  call.run.memory.u8.set(bytes, start(ptr, call) + offset);
  if (skb) stale(call);
  return 0;
}

function ringEnd(submit: boolean): Implementation {
  return (call) => {
    const ptr = dynptr(call, 1);
    call.run.dynptrs.put(call.run.memory.view, call.lo(1) >>> 0, NULL_DYNPTR);
    if (ptr.source === undefined) return 0;
    if (ptr.source !== "ring" || !call.run.reserved.delete(ptr.base))
      throw new MachineFault("VM_REFERENCE", `${call.name}: argument 1 is no reserved record, or was ended before`);
    for (const map of call.run.maps) if (map instanceof RingBuf && map.finish(ptr.base, submit)) break;
    return 0;
  };
}

const ranged = (source: DynptrSource, base: number, size: number): Dynptr => ({
  source,
  base,
  offset: 0,
  size,
  readOnly: false,
});

export const dynptrHelpers = {
  dynptr_from_mem(call) {
    const size = call.u32(2);
    if (size > MAX_DYNPTR || call.u64(3) !== 0n) {
      putDynptr(call, 4, NULL_DYNPTR);
      return size > MAX_DYNPTR ? Errno.E2BIG : Errno.EINVAL;
    }
    putDynptr(call, 4, ranged("memory", call.writable(1, size), size));
    return 0;
  },
  ringbuf_reserve_dynptr(call) {
    const map = call.mapOf(1, RingBuf);
    const size = call.u32(2);
    let error = call.u64(3) !== 0n ? Errno.EINVAL : size > MAX_DYNPTR ? Errno.E2BIG : 0;
    const at = error === 0 ? map.reserve(size) : 0;
    if (error === 0 && at === 0) error = Errno.EINVAL;
    if (at !== 0) call.run.reserved.add(at);
    putDynptr(call, 4, at === 0 ? NULL_DYNPTR : ranged("ring", at, size));
    return error;
  },
  ringbuf_submit_dynptr: ringEnd(true),
  ringbuf_discard_dynptr: ringEnd(false),
  dynptr_read(call) {
    const length = call.size(2);
    const to = call.writable(1, length);
    const ptr = dynptr(call, 3);
    if (call.u64(5) !== 0n) return Errno.EINVAL;
    const bytes = copyOut(call, ptr, call.u32(4), length);
    if (typeof bytes === "number") return bytes;
    call.run.memory.u8.set(bytes, to);
    return 0;
  },
  dynptr_write(call) {
    const bytes = call.bytes(3, 4).slice();
    return copyIn(call, dynptr(call, 1), call.u32(2), bytes, call.u64(5));
  },
  dynptr_data(call) {
    const ptr = dynptr(call, 1);
    const [offset, length] = [call.u32(2), call.u32(3)];
    // Packets and read-only memory are reached through slices.
    if (ptr.source === undefined || ptr.source === "packet" || ptr.readOnly || outOf(ptr, offset, length))
      return call.givePointer(0);
    return call.givePointer(start(ptr, call) + offset);
  },
} satisfies HelperTable;

export const dynptrKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_dynptr_from_skb: fromPacket("skb"),
  bpf_dynptr_from_xdp: fromPacket("xdp"),
  bpf_dynptr_slice: slice(false),
  bpf_dynptr_slice_rdwr: slice(true),
  bpf_dynptr_adjust(call) {
    const ptr = dynptr(call, 1);
    const [from, to] = [call.u32(2), call.u32(3)];
    if (ptr.source === undefined || from > to) return Errno.EINVAL;
    if (from > ptr.size || to > ptr.size) return Errno.ERANGE;
    ptr.offset += from;
    ptr.size = to - from;
    return 0;
  },
  bpf_dynptr_is_null: (call) => (dynptr(call, 1).source === undefined ? 1 : 0),
  bpf_dynptr_is_rdonly(call) {
    const ptr = dynptr(call, 1);
    return ptr.source !== undefined && ptr.readOnly ? 1 : 0;
  },
  bpf_dynptr_size(call) {
    const ptr = dynptr(call, 1);
    return ptr.source === undefined ? call.giveU32(Errno.EINVAL) : call.giveU32(ptr.size);
  },
  bpf_dynptr_clone(call) {
    const ptr = dynptr(call, 1);
    putDynptr(call, 2, { ...ptr });
    return ptr.source === undefined ? Errno.EINVAL : 0;
  },
  bpf_dynptr_copy(call) {
    const [to, from] = [dynptr(call, 1), dynptr(call, 3)];
    const bytes = copyOut(call, from, call.u32(4), call.u32(5));
    if (to.source === undefined || from.source === undefined || to.readOnly) return Errno.EINVAL;
    if (typeof bytes === "number") return bytes;
    return copyIn(call, to, call.u32(2), bytes, 0n);
  },
  bpf_dynptr_memset(call) {
    const ptr = dynptr(call, 1);
    const [offset, size] = [call.u32(2), call.u32(3)];
    if (ptr.source === undefined || ptr.readOnly) return Errno.EINVAL;
    if (outOf(ptr, offset, size)) return Errno.E2BIG;
    return copyIn(call, ptr, offset, new Uint8Array(size).fill(call.lo(4) & 0xff), 0n);
  },
};

/** A dynptr over memory that user space gave, at a place of its own: what drain callbacks see. */
export function sampleDynptr(call: HelperCall, place: number, base: number, size: number): void {
  call.run.dynptrs.put(call.run.memory.view, place, { ...ranged("memory", base, size), readOnly: true });
  call.setArgument(1, place, MEMORY_TAG);
}
