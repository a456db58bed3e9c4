/**
 * Kernel helpers as functions. Names follow the kernel's without `bpf_`; what each does is in
 * include/uapi/linux/bpf.h (the helper documentation) and bpf-helpers(7).
 */
import { u16, type u32, type u64 } from "./int.js";
import type { CString, DataLoc, Ptr, RelLoc, UserPtr } from "./memory.js";
import { kernelOnly } from "./registry.js";

/** Nanoseconds since boot, without time asleep (CLOCK_MONOTONIC). */
export function ktimeGetNs(): u64 {
  return kernelOnly("ktimeGetNs");
}
/** Nanoseconds since boot, time asleep included (CLOCK_BOOTTIME, Linux 5.8). */
export function ktimeGetBootNs(): u64 {
  return kernelOnly("ktimeGetBootNs");
}
/** Like {@link ktimeGetNs} at tick resolution, cheaper (Linux 5.11). */
export function ktimeGetCoarseNs(): u64 {
  return kernelOnly("ktimeGetCoarseNs");
}
/** International atomic time (CLOCK_TAI, Linux 6.1). */
export function ktimeGetTaiNs(): u64 {
  return kernelOnly("ktimeGetTaiNs");
}
/** Timer ticks since boot (Linux 5.5). */
export function jiffies64(): u64 {
  return kernelOnly("jiffies64");
}
/** A pseudo-random number. */
export function randomU32(): u32 {
  return kernelOnly("randomU32");
}
/** The CPU that runs the program. */
export function currentCpu(): u32 {
  return kernelOnly("currentCpu");
}
/** The NUMA node of that CPU. */
export function currentNumaNode(): u32 {
  return kernelOnly("currentNumaNode");
}
/** Process id (tgid) in the upper, thread id in the lower 32 bits. */
export function currentPidTgid(): u64 {
  return kernelOnly("currentPidTgid");
}
/** Process id as user space calls it (the kernel's tgid). */
export function currentPid(): u32 {
  return kernelOnly("currentPid");
}
/** Thread id (the kernel's pid). */
export function currentTid(): u32 {
  return kernelOnly("currentTid");
}
/** Group id in the upper, user id in the lower 32 bits. */
export function currentUidGid(): u64 {
  return kernelOnly("currentUidGid");
}
/** User id of the current task. */
export function currentUid(): u32 {
  return kernelOnly("currentUid");
}
/** Group id of the current task. */
export function currentGid(): u32 {
  return kernelOnly("currentGid");
}
/** The cgroup v2 id of the current task. */
export function currentCgroupId(): u64 {
  return kernelOnly("currentCgroupId");
}
/** Writes the command name of the current task: 0 or a negative errno. */
export function currentComm<N extends number>(_into: CString<N>): number {
  return kernelOnly("currentComm");
}
/** Copies a string from user memory, cut to fit and terminated: its length with the NUL, or a negative errno. */
export function readUserStr<N extends number>(_into: CString<N>, _from: UserPtr<unknown>): number {
  return kernelOnly("readUserStr");
}
/** Copies a string from kernel memory. */
export function readKernelStr<N extends number>(
  _into: CString<N>,
  _from: Ptr<unknown> | DataLoc<unknown> | RelLoc<unknown>,
): number {
  return kernelOnly("readKernelStr");
}
/**
 * Copies a string, cut to fit and terminated: its length with the NUL, or a negative errno. What `from` is decides where
 * it is read: user memory of a `UserPtr`, kernel memory of a `Ptr`, the event itself of a tracepoint's dynamic field.
 * @example `readStr(event.path, ctx.filename)`
 */
export function readStr<N extends number>(
  _into: CString<N>,
  _from: UserPtr<unknown> | Ptr<unknown> | DataLoc<unknown> | RelLoc<unknown>,
): number {
  return kernelOnly("readStr");
}
/** Fills `into` from user memory: 0 or -EFAULT (then it is zeroed). */
export function readUser(_into: object, _from: UserPtr<unknown>): number {
  return kernelOnly("readUser");
}
/**
 * Fills `into` from kernel memory, or with the first bytes of a tracepoint's dynamic field: all of `into`, so compare its
 * size with the field's `length`.
 */
export function readKernel(_into: object, _from: Ptr<unknown> | DataLoc<unknown> | RelLoc<unknown>): number {
  return kernelOnly("readKernel");
}
/**
 * Checksum difference of two buffers whose sizes are multiples of 4; either may be undefined.
 * Returns the 32-bit sum (not folded), or a negative errno.
 */
export function csumDiff(_from: object | undefined, _to: object | undefined, _seed?: u32): number {
  return kernelOnly("csumDiff");
}
/** Folds a 32-bit checksum to 16 bits and complements it: what goes into a header. */
export function csumFold(sum: number): u16 {
  let folded = sum & 0xffffffff;
  folded = (folded & 0xffff) + (folded >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  return u16(~folded);
}

/**
 * Numbers from `from` (inclusive) to `to` (exclusive). With constants a plain bounded loop; `to` known only at run time
 * needs `max`, the most rounds there can be.
 * @example `for (const i of range(0, n, 64)) …`
 */
export function* range(from: number, to?: number, max?: number): IterableIterator<number> {
  const [start, end] = to === undefined ? [0, from] : [from, to];
  for (let i = start, n = 0; i < end && (max === undefined || n < max); i++, n++) yield i;
}

/**
 * Runs another program of the class in place of this one: on success nothing after it runs. It fails after 33 tail calls
 * in a row, or when the loader emptied the slot; then `otherwise` (0 if absent) is the value.
 * @example `return tail(Router.ipv6, ctx, XdpAction.Pass);`
 */
export function tail<C, R extends number>(_program: (ctx: C) => R, _ctx: C, _otherwise?: R): R {
  return kernelOnly("tail");
}

/** Bytes of a struct. */
export function sizeOf<T>(_type: abstract new () => T): number {
  return kernelOnly("sizeOf");
}
/** Bytes before a struct's field. */
export function offsetOf<T>(_type: abstract new () => T, _field: keyof T & string): number {
  return kernelOnly("offsetOf");
}

/** Whether two buffers or structs of one type hold the same bytes. */
export function bytesEqual<T extends object>(_a: T, _b: T): boolean {
  return kernelOnly("bytesEqual");
}
