/** Ring buffers and perf event arrays. */
import { Errno } from "../errno.js";
import { MachineFault } from "../fault.js";
import { PerfEventArray } from "../maps/events.js";
import { RingBuf } from "../maps/ringbuf.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";

const CURRENT_CPU = 0xffff_ffffn;

function finish(submit: boolean): Implementation {
  return (call) => {
    const at = call.lo(1) >>> 0;
    if (!call.run.reserved.delete(at))
      throw new MachineFault("VM_REFERENCE", `${call.name}: argument 1 is no reserved record, or was ended before`);
    for (const map of call.run.maps) if (map instanceof RingBuf && map.finish(at, submit)) break;
    return 0;
  };
}

function perfOutput(call: HelperCall): number {
  const map = call.mapOf(2, PerfEventArray);
  const flags = call.u64(3);
  const data = call.bytes(4, 5).slice();
  // Bits 32 to 51 ask for bytes of the packet behind the data, where the context has one.
  const extra = Number((flags >> 32n) & 0xfffffn);
  if ((flags & ~0xf_ffff_ffff_ffffn) !== 0n) return Errno.EINVAL;
  const { packet } = call.run;
  if (extra > packet.length) return Errno.EFAULT;
  const index = (flags & 0xffff_ffffn) === CURRENT_CPU ? call.run.cpu : Number(flags & 0xffff_ffffn);
  return map.emit(index, Uint8Array.from([...data, ...packet.bytes.subarray(0, extra)]));
}

export const ringHelpers = {
  ringbuf_output(call) {
    const map = call.mapOf(1, RingBuf);
    return map.output(call.bytes(2, 3), call.u32(4));
  },
  ringbuf_reserve(call) {
    const map = call.mapOf(1, RingBuf);
    const size = call.size(2, 0x7fff_ffff);
    if (!call.isNull(3)) return call.givePointer(0);
    const at = map.reserve(size);
    if (at !== 0) call.run.reserved.add(at);
    return call.givePointer(at);
  },
  ringbuf_submit: finish(true),
  ringbuf_discard: finish(false),
  ringbuf_query: (call) => call.give(BigInt(call.mapOf(1, RingBuf).query(call.u32(2)))),
  perf_event_output: perfOutput,
  skb_output: perfOutput,
  xdp_output: perfOutput,
} satisfies HelperTable;
