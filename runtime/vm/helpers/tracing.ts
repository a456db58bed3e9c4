/** What tracing programs ask: arguments, return values, stacks, sysctl values. All of it is the test's to set. */
import { Errno } from "../errno.js";
import { StackTrace } from "../maps/stack-trace.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";
import { printed } from "./print.js";

const USER_STACK = 1n << 8n;
const BUILD_ID = 1n << 11n;
const SKIP = 0xffn;

const frames = (call: HelperCall, flags: bigint): readonly bigint[] =>
  (flags & USER_STACK) === 0n ? call.run.world.stacks.kernel : call.run.world.stacks.user;

function stack(pointer: number, size: number, flagsAt: number): Implementation {
  return (call) => {
    const bytes = call.size(size);
    const to = call.writable(pointer, bytes);
    const flags = call.u64(flagsAt);
    const { memory } = call.run;
    memory.u8.fill(0, to, to + bytes);
    // __bpf_get_stack: build ids need files, which the machine has not.
    if ((flags & ~(SKIP | USER_STACK)) !== 0n) return (flags & BUILD_ID) !== 0n ? Errno.EOPNOTSUPP : Errno.EINVAL;
    if (bytes % 8 !== 0) return Errno.EINVAL;
    const kept = frames(call, flags)
      .slice(Number(flags & SKIP))
      .slice(0, bytes / 8);
    if (kept.length === 0 && (flags & SKIP) !== 0n) return Errno.EFAULT;
    for (const [i, frame] of kept.entries()) memory.view.setBigUint64(to + i * 8, BigInt.asUintN(64, frame), true);
    return kept.length * 8;
  };
}

/** Argument words of a tracing program. The last word is the return value in exit programs. */
function argument(call: HelperCall, index: number, to: number): number {
  const { memory } = call.run;
  const at = call.writable(to, 8);
  const value = call.run.context.word(index);
  if (value === undefined) {
    memory.view.setBigUint64(at, 0n, true);
    return Errno.EINVAL;
  }
  memory.view.setBigUint64(at, value, true);
  return 0;
}

export const tracingHelpers = {
  get_stackid(call) {
    const flags = call.u64(3);
    return call.mapOf(2, StackTrace).store(frames(call, flags), flags);
  },
  get_stack: stack(2, 3, 4),
  get_task_stack: stack(2, 3, 4),
  get_func_arg(call) {
    const count = argumentCount(call);
    return argument(call, call.u64(2) < BigInt(count) ? call.u32(2) : -1, 3);
  },
  get_func_ret(call) {
    const last = call.run.context.words - 1;
    if (!exits(call)) {
      call.run.memory.view.setBigUint64(call.writable(2, 8), 0n, true);
      return Errno.EOPNOTSUPP;
    }
    return argument(call, last, 2);
  },
  get_func_arg_cnt: (call) => call.give(BigInt(argumentCount(call))),
  get_retval: (call) => call.run.retval,
  set_retval(call) {
    // In cgroup hooks only errors and 0 can be set (bpf_set_retval).
    call.run.retval = call.int(1);
    return 0;
  },
  task_pt_regs: (call) => call.give(call.run.world.kernel.place(new Uint8Array(168))),
  copy_from_user_task(call) {
    const size = call.size(2);
    const to = call.writable(1, size);
    if (call.u64(5) !== 0n) return Errno.EINVAL;
    const source = call.run.world.user.at(call.u64(3), size);
    if (source === undefined || source.length < size) {
      call.run.memory.u8.fill(0, to, to + size);
      return Errno.EFAULT;
    }
    call.run.memory.u8.set(source, to);
    return 0;
  },
  check_mtu(call) {
    const at = call.writable(3, 4);
    const { packet, kind, memory } = call.run;
    const flags = call.u64(5);
    if ((flags & ~1n) !== 0n || (kind.shape === "xdp" && flags !== 0n)) return Errno.EINVAL;
    const length = (memory.view.getUint32(at, true) || packet.length - 14) + call.int(4);
    memory.view.setUint32(at, MTU, true);
    // BPF_MTU_CHK_RET_FRAG_NEEDED
    return length > MTU ? 1 : 0;
  },
  kallsyms_lookup_name(call) {
    call.bytes(1, 2);
    call.run.memory.view.setBigUint64(call.writable(4, 8), 0n, true);
    return call.u64(3) === 0n ? Errno.ENOENT : Errno.EINVAL;
  },
  seq_printf(call) {
    const text = printed(call, 2, 3, 4, 5);
    if (typeof text === "number") return text;
    call.run.output.push(text);
    return 0;
  },
  seq_write(call) {
    call.run.output.push(Buffer.from(call.bytes(2, 3)).toString("latin1"));
    return 0;
  },
} satisfies HelperTable;

/** The machine's interfaces all have Ethernet's. */
const MTU = 1500;
const exits = (call: HelperCall): boolean => /^(fexit|fmod_ret)/.test(call.run.program?.program.section ?? "");
/** In exit programs the last word is the return value. */
const argumentCount = (call: HelperCall): number => Math.max(0, call.run.context.words - (exits(call) ? 1 : 0));
