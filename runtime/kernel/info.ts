/** What the kernel says of a program, map or link, and the run-time statistics switch. */
import { closeSync } from "node:fs";
import { Attr } from "./attr.js";
import { checked } from "./errors.js";
import { BpfCmd } from "./uapi.js";

function infoOf(fd: number, size: number): DataView {
  const info = new Uint8Array(size);
  checked("object info", new Attr(16).u32(0, fd).u32(4, size).pointer(8, info).call(BpfCmd.ObjGetInfoByFd));
  return new DataView(info.buffer);
}

function nameAt(view: DataView, offset: number): string {
  const bytes = new Uint8Array(view.buffer, offset, 16);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? 16 : end));
}

/** struct bpf_prog_info, in part. */
export interface ProgramInfo {
  readonly id: number;
  /** enum bpf_prog_type */
  readonly type: number;
  readonly name: string;
  /** Bytes after the kernel's rewriting. */
  readonly translatedBytes: number;
  /** Bytes of machine code; 0 without a JIT. */
  readonly jitedBytes: number;
  /** Nanoseconds spent and runs counted while statistics were on (Linux 5.1). */
  readonly runTimeNs: bigint;
  readonly runCount: bigint;
  /** Instructions that the verifier walked (Linux 5.16, else 0). */
  readonly verifiedInsns: number;
}

/** @throws SyscallError */
export function programInfo(fd: number): ProgramInfo {
  // Offsets of struct bpf_prog_info: type 0, id 4, tag 8, jited_prog_len 16, xlated_prog_len 20, ..., load_time 40,
  // created_by_uid 48, nr_map_ids 52, map_ids 56, name 64, ..., run_time_ns 192, run_cnt 200, recursion_misses 208,
  // verified_insns 216.
  const view = infoOf(fd, 232);
  return {
    type: view.getUint32(0, true),
    id: view.getUint32(4, true),
    jitedBytes: view.getUint32(16, true),
    translatedBytes: view.getUint32(20, true),
    name: nameAt(view, 64),
    runTimeNs: view.getBigUint64(192, true),
    runCount: view.getBigUint64(200, true),
    verifiedInsns: view.getUint32(216, true),
  };
}

/** struct bpf_map_info, in part; sizes in bytes. */
export interface MapInfo {
  readonly type: number;
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
}

/** @throws SyscallError */
export function mapInfo(fd: number): MapInfo {
  const view = infoOf(fd, 80);
  return {
    type: view.getUint32(0, true),
    id: view.getUint32(4, true),
    keySize: view.getUint32(8, true),
    valueSize: view.getUint32(12, true),
    maxEntries: view.getUint32(16, true),
    flags: view.getUint32(20, true),
    name: nameAt(view, 24),
  };
}

/** struct bpf_link_info, in part. */
export interface LinkInfo {
  /** enum bpf_link_type: 6 xdp, 7 perf event, 11 tcx. */
  readonly type: number;
  readonly id: number;
  readonly programId: number;
  /** Interface of an XDP, tcx or netkit link, as its namespace numbers it; else 0 or of no meaning. */
  readonly ifindex: number;
}

/** @throws SyscallError */
export function linkInfo(fd: number): LinkInfo {
  const view = infoOf(fd, 64);
  return {
    type: view.getUint32(0, true),
    id: view.getUint32(4, true),
    programId: view.getUint32(8, true),
    // struct bpf_link_info: a union at 16, whose xdp, tcx and netkit begin with ifindex.
    ifindex: view.getUint32(16, true),
  };
}

/**
 * Turns on run time statistics for every program of the machine until the result is disposed (Linux 5.8,
 * BPF_STATS_RUN_TIME). Costs tens of nanoseconds per run.
 * @throws SyscallError
 * @example { using stats = enableStats(); ...; console.log(programInfo(fd).runTimeNs); }
 */
export function enableStats(): Disposable {
  const fd = checked("enable statistics", new Attr(4).u32(0, 0).call(BpfCmd.EnableStats));
  return { [Symbol.dispose]: () => closeSync(fd) };
}
