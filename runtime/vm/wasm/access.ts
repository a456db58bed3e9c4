/**
 * Checked memory access. Each leaves the place in linear memory on the stack, or bails to the interpreter, which meets
 * the same fault again and describes it. A place is valid when all bits of its bytes are set in the bitmap (memory.ts);
 * a write to a stack sets the bits that make it readable, as the interpreter does.
 */
import { LAYOUT, MEMORY_TAG, STACK_BYTES, STACK_END } from "../address.js";
import { type Body, Local } from "./body.js";
import { Type, W } from "./opcodes.js";

/** What the checks know about the memory. */
export interface Bitmaps {
  /** log2 of the data bytes. */
  readonly log2: number;
  /** Places of the two bitmaps. */
  readonly readable: number;
  readonly writable: number;
}

/** Where an instruction stands: for bailing. */
export interface Site {
  readonly slot: number;
  /** Instructions of its segment before it. */
  readonly done: number;
  /** Has every way here checked these bytes already (checked.ts)? */
  readonly checked: boolean;
}

/** A valid place: on the stack, to be used with this constant offset. */
export type Offset = number;

/** Is r10 + off inside the frame for `bytes` bytes? Then the bits to look at are known. */
export function inFrame(base: number, off: number, bytes: number): boolean {
  return base === 10 && off >= -STACK_BYTES && off + bytes <= 0;
}

/** Byte of the bitmap from the frame's first one, and how far the access's bits are shifted in it. */
function frameBits(off: number, bytes: number): { readonly at: number; readonly mask: number } {
  const bit = STACK_BYTES + off;
  return { at: bit >> 3, mask: ((1 << bytes) - 1) << (bit & 7) };
}

/** Pushes 1 when the frame's bytes were not all written yet. */
function frameUnread(body: Body, maps: Bitmaps, off: number, bytes: number): void {
  const { at, mask } = frameBits(off, bytes);
  body.get(Local.bits);
  body.memory(mask > 0xff ? W.i32Load16U : W.i32Load8U, maps.readable + at);
  body.i32(mask);
  body.op(W.i32And);
  body.i32(mask);
  body.op(W.i32Ne);
}

/**
 * Marks the frame's bytes as written, once: a store to the bitmap that a load of other width follows would stall the CPU,
 * and in loops the bits are mostly set already.
 */
function frameWritten(body: Body, maps: Bitmaps, off: number, bytes: number): void {
  const { at, mask } = frameBits(off, bytes);
  frameUnread(body, maps, off, bytes);
  body.open(W.if);
  body.get(Local.bits);
  body.get(Local.bits);
  body.memory(mask > 0xff ? W.i32Load16U : W.i32Load8U, maps.readable + at);
  body.i32(mask);
  body.op(W.i32Or);
  body.memory(mask > 0xff ? W.i32Store16 : W.i32Store8, maps.readable + at);
  body.end();
}

/** Leaves the address base + off in `address`; bails unless it lies in the memory. Its low half is then in `place`. */
function address(body: Body, maps: Bitmaps, base: number, off: number, site: Site): void {
  body.reg(base);
  if (off !== 0) {
    body.i64(off);
    body.op(W.i64Add);
  }
  body.tee(Local.address);
  body.i64(maps.log2);
  body.op(W.i64ShrU);
  const tag = (BigInt(MEMORY_TAG >>> 0) << 32n) >> BigInt(maps.log2);
  body.i64Words(Number(tag & 0xffff_ffffn), Number(tag >> 32n));
  body.op(W.i64Ne);
  body.bailIf(site.slot, site.done);
  body.get(Local.address);
  body.op(W.i32Wrap);
  body.set(Local.place);
}

/** Pushes 1 when not all bytes at `place` have their bit. */
function refused(body: Body, bitmap: number, bytes: number): void {
  body.get(Local.place);
  body.i32(3);
  body.op(W.i32ShrU);
  body.memory(bytes === 1 ? W.i32Load8U : W.i32Load16U, bitmap);
  body.get(Local.place);
  body.i32(7);
  body.op(W.i32And);
  body.op(W.i32ShrU);
  const mask = (1 << bytes) - 1;
  body.i32(mask);
  body.op(W.i32And);
  if (bytes === 1) body.op(W.i32Eqz);
  else {
    body.i32(mask);
    body.op(W.i32Ne);
  }
}

/** Marks the bytes at `place` as written when they are on a stack and not marked yet. */
function written(body: Body, maps: Bitmaps, bytes: number): void {
  body.get(Local.place);
  body.i32(STACK_END);
  body.op(W.i32LtU);
  body.open(W.if);
  refused(body, maps.readable, bytes);
  body.open(W.if);
  body.get(Local.place);
  body.i32(3);
  body.op(W.i32ShrU);
  body.tee(Local.next);
  body.get(Local.next);
  body.memory(W.i32Load16U, maps.readable);
  body.i32((1 << bytes) - 1);
  body.get(Local.place);
  body.i32(7);
  body.op(W.i32And);
  body.op(W.i32Shl);
  body.op(W.i32Or);
  body.memory(W.i32Store16, maps.readable);
  body.end();
  body.end();
}

/** Pushes a place that is known to be good. */
function knownPlace(body: Body, base: number, off: number, bytes: number): Offset {
  if (inFrame(base, off, bytes)) {
    body.get(Local.frame);
    return STACK_BYTES + off;
  }
  body.reg32(base);
  // Added, not given as the instruction's offset: only the sum is known to lie in the memory.
  if (off !== 0) {
    body.i32(off);
    body.op(W.i32Add);
  }
  return 0;
}

/** Pushes a place that may be read. */
export function readPlace(body: Body, maps: Bitmaps, base: number, off: number, bytes: number, site: Site): Offset {
  if (site.checked) return knownPlace(body, base, off, bytes);
  if (inFrame(base, off, bytes)) {
    frameUnread(body, maps, off, bytes);
    body.bailIf(site.slot, site.done);
    body.get(Local.frame);
    return STACK_BYTES + off;
  }
  address(body, maps, base, off, site);
  refused(body, maps.readable, bytes);
  body.bailIf(site.slot, site.done);
  body.get(Local.place);
  return 0;
}

/** Pushes a place that may be written. */
export function writePlace(body: Body, maps: Bitmaps, base: number, off: number, bytes: number, site: Site): Offset {
  if (site.checked) return knownPlace(body, base, off, bytes);
  if (inFrame(base, off, bytes)) {
    frameWritten(body, maps, off, bytes);
    body.get(Local.frame);
    return STACK_BYTES + off;
  }
  address(body, maps, base, off, site);
  refused(body, maps.writable, bytes);
  body.bailIf(site.slot, site.done);
  written(body, maps, bytes);
  body.get(Local.place);
  return 0;
}

/**
 * A 4-byte load, which on a context's pointer field gives the whole pointer. Such fields are not readable, so the
 * question comes up only when the check refuses. @param pointer index of the function that answers it (pointer.ts)
 */
export function loadWord(body: Body, maps: Bitmaps, base: number, off: number, site: Site, pointer: number): void {
  if (site.checked || inFrame(base, off, 4)) {
    body.memory(W.i64Load32U, readPlace(body, maps, base, off, 4, site));
    return;
  }
  address(body, maps, base, off, site);
  refused(body, maps.readable, 4);
  body.open(W.if, Type.i64);
  body.get(Local.place);
  body.i32(LAYOUT.context);
  body.op(W.i32Sub);
  body.call(pointer);
  body.tee(Local.address);
  body.op(W.i64Eqz);
  body.bailIf(site.slot, site.done);
  body.get(Local.address);
  body.else();
  body.get(Local.place);
  body.memory(W.i64Load32U, 0);
  body.end();
}

/** After {@link writePlace}: bails unless the place may be read too. A stack that was written may. */
export function refusedRead(body: Body, maps: Bitmaps, base: number, off: number, bytes: number, site: Site): void {
  if (inFrame(base, off, bytes)) return;
  refused(body, maps.readable, bytes);
  body.bailIf(site.slot, site.done);
}

/** Clears the frame's readable bits: its stack holds nothing yet. Sets `bits`. */
export function enterFrame(body: Body, maps: Bitmaps): void {
  body.get(Local.frame);
  body.i32(3);
  body.op(W.i32ShrU);
  body.set(Local.bits);
  for (let i = 0; i < STACK_BYTES / 64; i++) {
    body.get(Local.bits);
    body.i64(0);
    body.memory(W.i64Store, maps.readable + i * 8);
  }
}
