/** Timers and work queues (kernel/bpf/helpers.c): set up here, fired by `machine.advance`. */
import { Errno } from "../errno.js";
import type { Timer } from "../timers.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";

const EDEADLK = -35;
/** CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME. */
const CLOCKS: readonly bigint[] = [0n, 1n, 7n];
const StartFlag = { Absolute: 1n, PinCpu: 2n } as const;
const FIELD_BYTES = 16;

function field(call: HelperCall): { at: number; timer: Timer | undefined } {
  const at = call.writable(1, FIELD_BYTES);
  return { at, timer: call.run.timers.get(at) };
}

function init(call: HelperCall, kind: Timer["kind"]): number {
  const { at, timer } = field(call);
  if (timer !== undefined) return Errno.EBUSY;
  call.run.timers.add({ kind, at, map: call.map(2) });
  return 0;
}

function setCallback(call: HelperCall): number {
  const { timer } = field(call);
  const program = call.run.program;
  if (timer === undefined || program === undefined) return Errno.EINVAL;
  timer.callback = { program, slot: call.func(2) };
  return 0;
}

export const timerHelpers = {
  timer_init(call) {
    return CLOCKS.includes(call.u64(3)) ? init(call, "timer") : Errno.EINVAL;
  },
  timer_set_callback: setCallback,
  timer_start(call) {
    const { timer } = field(call);
    const flags = call.u64(3);
    if ((flags & ~(StartFlag.Absolute | StartFlag.PinCpu)) !== 0n) return Errno.EINVAL;
    if (timer?.callback === undefined) return Errno.EINVAL;
    timer.due = flags & StartFlag.Absolute ? call.u64(2) : call.run.world.peek() + call.u64(2);
    return 0;
  },
  timer_cancel(call) {
    const { timer } = field(call);
    if (timer === undefined) return Errno.EINVAL;
    if (call.run.timers.running === timer) return EDEADLK;
    const was = timer.due !== undefined;
    timer.due = undefined;
    // The reference to the program goes with it: a new callback is needed (drop_prog_refcnt).
    delete timer.callback;
    return was ? 1 : 0;
  },
} satisfies HelperTable;

export const workKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_wq_init(call) {
    return call.u32(3) === 0 ? init(call, "wq") : Errno.EINVAL;
  },
  bpf_wq_set_callback_impl(call) {
    return call.u32(3) === 0 ? setCallback(call) : Errno.EINVAL;
  },
  bpf_wq_start(call) {
    const { timer } = field(call);
    if (timer === undefined || call.u32(2) !== 0) return Errno.EINVAL;
    if (timer.callback === undefined) return Errno.EINVAL;
    timer.due = call.run.world.peek();
    return 0;
  },
};
