/** Links between objects in memory: 64-bit pointers, of which programs may have written any bytes. */
import { MEMORY_TAG, pointerTo } from "../address.js";
import { MachineFault } from "../fault.js";
import type { HelperCall } from "../helpers/call.js";

const WORD = 8;

function place(call: HelperCall, at: number): number {
  if (call.run.memory.canWrite(at, WORD)) return at;
  throw new MachineFault(
    "VM_HELPER_ARGUMENT",
    `${call.name}: a link leads to memory that is no object: it was overwritten`,
  );
}

/** Where the link at a place leads, 0 for none. @throws MachineFault for a link that is no pointer */
export function link(call: HelperCall, at: number): number {
  const value = call.run.memory.view.getBigUint64(place(call, at), true);
  if (value === 0n) return 0;
  if (Number(BigInt.asIntN(32, value >> 32n)) !== MEMORY_TAG) return place(call, -1);
  return Number(value & 0xffff_ffffn);
}
export function setLink(call: HelperCall, at: number, to: number): void {
  call.run.memory.view.setBigUint64(place(call, at), to === 0 ? 0n : pointerTo(to), true);
}
