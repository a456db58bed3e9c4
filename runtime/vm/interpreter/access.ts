/** Why an access is not allowed: the fault with the clearest reason. Slow path only. */
import {
  FRAME_STRIDE,
  FUNCTION_TAG,
  LAYOUT,
  MAP_TAG,
  MEMORY_TAG,
  OBJECT_TAG,
  STACK_BYTES,
  STACK_END,
} from "../address.js";
import { MachineFault } from "../fault.js";
import type { LinearMemory } from "../memory.js";

const hex = (hi: number, lo: number): string => `0x${((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16)}`;

function stackPlace(lo: number): string {
  const frame = Math.floor((lo - LAYOUT.stack) / FRAME_STRIDE);
  return `fp${lo - (LAYOUT.stack + frame * FRAME_STRIDE + STACK_BYTES)} of frame ${frame}`;
}

/** The fault of an access of `bytes` bytes at hi:lo that the checks refused. */
export function accessFault(memory: LinearMemory, hi: number, lo: number, bytes: number, write: boolean): MachineFault {
  const what = `${write ? "write" : "read"} of ${bytes} byte${bytes === 1 ? "" : "s"}`;
  if (hi !== MEMORY_TAG) {
    if (hi === 0 && lo >>> 0 < 4096)
      return new MachineFault("VM_POINTER", `${what} through NULL${lo === 0 ? "" : ` + ${lo}`}`);
    const tags = new Map([
      [MAP_TAG, "a map reference"],
      [FUNCTION_TAG, "a function address"],
      [OBJECT_TAG, "a kernel object"],
    ]);
    return new MachineFault("VM_POINTER", `${what} at ${hex(hi, lo)}, which is ${tags.get(hi) ?? "no pointer"}`);
  }
  const at = lo >>> 0;
  if (at >= LAYOUT.stack - 64 && at < STACK_END) {
    const inside = memory.canWrite(at, bytes);
    if (!write && inside)
      return new MachineFault("VM_UNINITIALISED_STACK", `${what} of stack never written, at ${stackPlace(at)}`);
    return new MachineFault("VM_ACCESS", `${what} outside the stack, at ${stackPlace(at)}`);
  }
  if (write && memory.canRead(at, bytes))
    return new MachineFault("VM_READ_ONLY", `${what} to read-only memory at ${hex(hi, lo)}`);
  if (at >= LAYOUT.context && at < LAYOUT.context + LAYOUT.contextBytes) {
    return new MachineFault("VM_ACCESS", `${what} at offset ${at - LAYOUT.context} of the context is not allowed`);
  }
  return new MachineFault("VM_ACCESS", `${what} outside any object, at ${hex(hi, lo)}`);
}

/** Ends a read that is refused. @throws MachineFault */
export function refuseRead(memory: LinearMemory, hi: number, lo: number, bytes: number): never {
  throw accessFault(memory, hi, lo, bytes, false);
}
