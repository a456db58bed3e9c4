/** BPF_PROG_TEST_RUN: one program, one input, in the kernel, attached to nothing. */
import { Attr } from "./attr.js";
import { checked, ENOTSUPP, UnsupportedFeatureError } from "./errors.js";
import { BpfCmd } from "./uapi.js";

/** Input of {@link testRun}. */
export interface TestRunOptions {
  /** The packet, Ethernet header included; at least 14 bytes for most program types. */
  readonly data?: Uint8Array;
  /** The program type's context struct (struct xdp_md, struct __sk_buff, or a syscall program's own). */
  readonly context?: Uint8Array;
  /** Runs in a row; `durationNs` is their mean. Default 1. */
  readonly repeat?: number;
  /** BPF_F_TEST_* */
  readonly flags?: number;
  /** Room for the packet afterwards, in bytes; default input plus 512. */
  readonly outputBytes?: number;
}

/** Outcome of {@link testRun}. */
export interface TestRunResult {
  /** The program's return value, unsigned 32 bits. */
  readonly retval: number;
  /** Mean nanoseconds per run. */
  readonly durationNs: number;
  /** The packet afterwards; empty when no data went in. */
  readonly data: Uint8Array;
  /** The context afterwards, where the type gives it back. */
  readonly context: Uint8Array;
}

/**
 * Runs a loaded program.
 * @throws UnsupportedFeatureError for types that cannot be run so (tracepoint, kprobe, most cgroup hooks);
 *   SyscallError otherwise (EINVAL: packet too short, or context refused)
 * @example testRun(fd, { data: packet }).retval
 */
export function testRun(programFd: number, o: TestRunOptions = {}): TestRunResult {
  const dataOut = o.data && new Uint8Array(o.outputBytes ?? o.data.length + 512);
  const contextOut = o.context && new Uint8Array(o.context.length);
  const attr = new Attr(80)
    .u32(0, programFd)
    .u32(8, o.data?.length ?? 0)
    .u32(12, dataOut?.length ?? 0)
    .pointer(16, o.data)
    .pointer(24, dataOut)
    .u32(32, o.repeat ?? 0)
    .u32(40, o.context?.length ?? 0)
    .u32(44, contextOut?.length ?? 0)
    .pointer(48, o.context)
    .pointer(56, contextOut)
    .u32(64, o.flags ?? 0);
  const result = attr.call(BpfCmd.ProgTestRun);
  // kernel/bpf/syscall.c, bpf_prog_test_run: -ENOTSUPP for types without test_run.
  if (result === -ENOTSUPP) throw new UnsupportedFeatureError("test run of this program type", "none", ENOTSUPP);
  checked("test run", result);
  return {
    retval: attr.getU32(4),
    durationNs: attr.getU32(36),
    data: dataOut?.subarray(0, attr.getU32(12)) ?? new Uint8Array(),
    context: contextOut?.subarray(0, attr.getU32(44)) ?? new Uint8Array(),
  };
}
