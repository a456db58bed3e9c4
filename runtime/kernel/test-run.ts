/** BPF_PROG_TEST_RUN: one program, one input, in the kernel, attached to nothing. */
import { constants } from "node:os";
import { ProgramTypeId } from "../facts/program-types/ids.js";
import { Attr } from "./attr.js";
import { checked, ENOTSUPP, SyscallError, UnsupportedFeatureError } from "./errors.js";
import { programInfo } from "./info.js";
import { options } from "./options.js";
import { BpfCmd, ETH_HLEN } from "./uapi.js";

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

const TEST_RUN_OPTIONS = {
  data: "object?",
  context: "object?",
  repeat: "number?",
  flags: "number?",
  outputBytes: "number?",
} as const;

/** Types whose test run takes an Ethernet frame (net/bpf/test_run.c: size < ETH_HLEN is EINVAL). */
const ETHERNET: ReadonlySet<string> = new Set(
  "socket_filter sched_cls sched_act xdp cgroup_skb flow_dissector lwt_in lwt_out lwt_xmit lwt_seg6local".split(" "),
);

const progTypeName = (type: number): string =>
  Object.entries(ProgramTypeId).find(([, id]) => id === type)?.[0] ?? `type ${type}`;

function explainShortPacket(programFd: number, bytes: number): void {
  if (bytes >= ETH_HLEN || !ETHERNET.has(progTypeName(programInfo(programFd).type))) return;
  throw new SyscallError(
    "test run",
    constants.errno.EINVAL,
    "ARGUMENT",
    `the packet has ${bytes} bytes, and the kernel runs this type of program on frames of at least ${ETH_HLEN} (an Ethernet header)`,
  );
}

/**
 * Runs a loaded program.
 * @throws UnsupportedFeatureError for types that cannot be run so (tracepoint, kprobe, most cgroup hooks); SyscallError with
 *   code ARGUMENT for a packet that is shorter than an Ethernet header, SyscallError otherwise (EINVAL: context refused)
 * @example testRun(fd, { data: packet }).retval
 */
export function testRun(programFd: number, o: TestRunOptions = {}): TestRunResult {
  options("testRun", o, TEST_RUN_OPTIONS, "{ data: new Uint8Array(64) }");
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
  if (result === -ENOTSUPP)
    throw new UnsupportedFeatureError(
      `test run of a ${progTypeName(programInfo(programFd).type)} program`,
      undefined,
      ENOTSUPP,
      "attach it, or run it in the software machine (ebpftsc/testing)",
    );
  if (result === -constants.errno.EINVAL) explainShortPacket(programFd, o.data?.length ?? 0);
  checked("test run", result);
  return {
    retval: attr.getU32(4),
    durationNs: attr.getU32(36),
    data: dataOut?.subarray(0, attr.getU32(12)) ?? new Uint8Array(),
    context: contextOut?.subarray(0, attr.getU32(44)) ?? new Uint8Array(),
  };
}
