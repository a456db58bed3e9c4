/**
 * Guest addresses. A pointer is 64 bits: a tag in the upper half that looks like a kernel address, and the offset in
 * linear memory in the lower half. NULL, small integers and pointers cut to 32 bits never carry the tag, so they fault.
 */
import { MAX_TAIL_CALLS } from "./limits.js";

/** Upper half of pointers to memory (as signed 32-bit, the form registers hold it in). */
export const MEMORY_TAG = 0xffff8880 | 0;
/** Upper half of map references: passed to helpers, never dereferenced. */
export const MAP_TAG = 0xffffa000 | 0;
/** Upper half of function addresses (callbacks). */
export const FUNCTION_TAG = 0xffffc000 | 0;
/** Upper half of kernel objects that the machine has no memory for (sockets, tasks). */
export const OBJECT_TAG = 0xffffe000 | 0;

const asBig = (tag: number): bigint => BigInt(tag >>> 0) << 32n;
const MEMORY_BASE = asBig(MEMORY_TAG);

/** The 64-bit pointer to an offset of linear memory. */
export function pointerTo(offset: number): bigint {
  return MEMORY_BASE | BigInt(offset >>> 0);
}

/** The memory offset of a pointer, or undefined when it carries another tag. */
export function offsetOf(pointer: bigint): number | undefined {
  const unsigned = BigInt.asUintN(64, pointer);
  return unsigned >> 32n === MEMORY_BASE >> 32n ? Number(unsigned & 0xffff_ffffn) : undefined;
}

/** Fixed places in linear memory; everything else is allocated behind. Offsets below `stack` are never valid. */
export const LAYOUT = {
  /** Frame f's stack is the 512 bytes that end at stack + (f + 1) * FRAME_STRIDE - gap. */
  stack: 0x4000,
  context: 0x26000,
  contextBytes: 0x1000,
  /** What the context of a runner's runs is before each of them; never valid for programs. */
  fresh: 0x27040,
  freshBytes: 0x780,
  heap: 0x27800,
} as const;

/** Nested calls of one program, itself included (kernel: MAX_CALL_FRAMES). */
export const MAX_FRAMES = 8;
/**
 * Frames of a run. A tail call out of a function takes over that function's frame, and its target may call as deep as any
 * program: each of the {@link MAX_TAIL_CALLS} adds up to seven.
 */
export const RUN_FRAMES = MAX_FRAMES + MAX_TAIL_CALLS * (MAX_FRAMES - 1);
/** MAX_BPF_STACK */
export const STACK_BYTES = 512;
/** Bytes between the starts of two frames: the stack and a red zone. */
export const FRAME_STRIDE = STACK_BYTES + 64;
/** First offset behind all stacks. */
export const STACK_END = LAYOUT.stack + RUN_FRAMES * FRAME_STRIDE;

/** Value of r10 in a frame, as an offset. */
export function frameTop(frame: number): number {
  return LAYOUT.stack + frame * FRAME_STRIDE + STACK_BYTES;
}

/** Upper half of the first word of a dynptr on the stack. */
export const DYNPTR_TAG = 0xffffd000 | 0;

/** The slot that a function address means, or undefined for another value. */
export function functionSlot(lo: number, hi: number): number | undefined {
  return hi === FUNCTION_TAG ? lo >>> 0 : undefined;
}
