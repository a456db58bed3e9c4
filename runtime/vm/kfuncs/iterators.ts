/** Open-coded iterators over numbers and bits (kernel/bpf/bpf_iter.c, kernel/bpf/helpers.c); their state is on the program's stack. */
import { Errno } from "../errno.js";
import type { HelperCall, Implementation } from "../helpers/call.js";

const NUM_BYTES = 8;
const BITS_BYTES = 16;
/** BPF_MAX_LOOPS */
const MAX_LOOPS = 8 * 1024 * 1024;
/** BITS_ITER_NR_WORDS_MAX: the size of the copy has to fit into 12 bits less one word. */
const MAX_WORDS = 511;

const i32 = (call: HelperCall, at: number): number => call.run.memory.view.getInt32(at, true);
const set = (call: HelperCall, at: number, value: number): void => call.run.memory.view.setInt32(at, value, true);

export const iteratorKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_iter_num_new(call) {
    const at = call.writable(1, NUM_BYTES);
    const [start, end] = [call.int(2), call.int(3)];
    const error = start > end ? Errno.EINVAL : end - start > MAX_LOOPS ? Errno.E2BIG : 0;
    // Empty after an error. One before the first, since `next` counts up before it answers.
    set(call, at, error === 0 ? (start - 1) | 0 : 0);
    set(call, at + 4, error === 0 ? end : 0);
    return error;
  },
  bpf_iter_num_next(call) {
    const at = call.readable(1, NUM_BYTES);
    const next = i32(call, at) + 1;
    // 64-bit comparison: the state may be INT_MIN - 1, wrapped.
    const current = i32(call, at) === 0x7fff_ffff ? -0x8000_0000 : next;
    if (current >= i32(call, at + 4)) {
      set(call, at, 0);
      set(call, at + 4, 0);
      return call.givePointer(0);
    }
    set(call, at, current);
    return call.givePointer(at);
  },
  bpf_iter_num_destroy(call) {
    const at = call.writable(1, NUM_BYTES);
    set(call, at, 0);
    set(call, at + 4, 0);
    return 0;
  },
  // State: place of a copy of the words, number of bits, next bit (two 16-bit halves of the second word hold both).
  bpf_iter_bits_new(call) {
    const at = call.writable(1, BITS_BYTES);
    call.run.memory.u8.fill(0, at, at + BITS_BYTES);
    const words = call.u32(3);
    if (call.isNull(2) || words === 0) return Errno.EINVAL;
    if (words > MAX_WORDS) return Errno.E2BIG;
    const source = call.readable(2, words * 8);
    const copy = call.run.heap.take(words * 8 + 8, "iterator of bits", { read: true, write: false });
    call.run.memory.u8.copyWithin(copy + 8, source, source + words * 8);
    set(call, at, copy);
    set(call, at + 8, words * 64);
    set(call, at + 12, 0);
    return 0;
  },
  bpf_iter_bits_next(call) {
    const at = call.readable(1, BITS_BYTES);
    const [copy, bits] = [i32(call, at), i32(call, at + 8)];
    if (bits === 0) return call.givePointer(0);
    const size = call.run.heap.sizeOf(copy);
    if (size === undefined || bits !== (size - 8) * 8 || i32(call, at + 12) < 0)
      throw call.fault(1, "is no iterator, or was overwritten");
    for (let bit = i32(call, at + 12); bit < bits; bit++) {
      if (((call.run.memory.u8[copy + 8 + (bit >> 3)] ?? 0) & (1 << (bit & 7))) === 0) continue;
      set(call, at + 12, bit + 1);
      // The program reads the number through a pointer.
      set(call, copy, bit);
      return call.givePointer(copy);
    }
    set(call, at + 12, bits);
    return call.givePointer(0);
  },
  bpf_iter_bits_destroy(call) {
    const at = call.writable(1, BITS_BYTES);
    call.run.heap.release(i32(call, at));
    call.run.memory.u8.fill(0, at, at + BITS_BYTES);
    return 0;
  },
};
