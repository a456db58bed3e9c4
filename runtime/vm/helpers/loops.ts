/** Helpers that call back without a map. */
import { Errno } from "../errno.js";
import type { HelperTable } from "./call.js";

/** BPF_MAX_LOOPS */
const MAX_LOOPS = 8 * 1024 * 1024;

export const loopHelpers = {
  loop(call) {
    const rounds = call.u32(1);
    const slot = call.func(2);
    const [ctxLo, ctxHi] = [call.lo(3), call.hi(3)];
    if (!call.isNull(4)) return Errno.EINVAL;
    // The verifier inlines the call and sets the error with a 32-bit move (kernel/bpf/verifier.c, inline_bpf_loop).
    if (rounds > MAX_LOOPS) return call.giveU32(Errno.E2BIG);
    for (let i = 0; i < rounds; i++) {
      call.setArgument(1, i, 0);
      call.setArgument(2, ctxLo, ctxHi);
      call.engine.callback(slot);
      // 1 ends the loop; the round counts.
      if (call.lo(0) !== 0) return i + 1;
    }
    return rounds;
  },
} satisfies HelperTable;
