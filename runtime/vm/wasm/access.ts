/**
 * Checked memory access. Each leaves the place in linear memory on the stack, or bails to the interpreter, which meets
 * the same fault again and describes it. A place is valid when all bits of its bytes are set in the bitmap (memory.ts);
 * a write to a stack sets the bits that make it readable, as the interpreter does.
 */
import { LAYOUT, MEMORY_TAG, STACK_BYTES, STACK_END } from "../address.js";
import type { InlineMap } from "../engine.js";
import type { ArenaWindow } from "../maps/arena.js";
import { Place } from "../places.js";
import { type Body, Local, rangeLocal } from "./body.js";
import type { Check, Range } from "./checked.js";
import type { Counters } from "./counters.js";
import { Type, W } from "./opcodes.js";

/** What the checks know about the memory, and the functions that they call. */
export interface Bitmaps {
  /** log2 of the data bytes. */
  readonly log2: number;
  /** Places of the two bitmaps. */
  readonly readable: number;
  readonly writable: number;
  /** False: accesses go where they say, within the linear memory. */
  readonly checks: boolean;
  /** Function (context offset) -> pointer or 0. */
  readonly pointer: number;
  /** Function (low half of an address, most, write): finds the range around it (ranges.ts). */
  readonly range: number;
  /** Does the context hold a pointer at an offset? */
  readonly pointers: (offset: number) => boolean;
  /** The arena that address casts are about. */
  readonly arena?: ArenaWindow | undefined;
  /** Counts blocks and jumps, when there are any. */
  readonly counters?: Counters | undefined;
  /** May a helper's work be done here? */
  readonly inlineHelper: (id: number) => boolean;
  /** A map that look-ups may be compiled for. */
  readonly inlineMap: (index: number) => InlineMap | undefined;
}

/** Where an instruction stands: for bailing. */
export interface Site {
  readonly slot: number;
  /** Instructions of its segment before it. */
  readonly done: number;
  readonly check: Check;
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

/** Leaves the address base + off in `address`. */
function sum(body: Body, base: number, off: number): void {
  body.reg(base);
  if (off !== 0) {
    body.i64(off);
    body.op(W.i64Add);
  }
  body.set(Local.address);
}

/** The low half of `address` to `place`. */
function placeOf(body: Body): void {
  body.get(Local.address);
  body.op(W.i32Wrap);
  body.set(Local.place);
}

/** Leaves the address base + off in `address`; bails unless it lies in the memory. Its low half is then in `place`. */
function address(body: Body, maps: Bitmaps, base: number, off: number, site: Site): void {
  sum(body, base, off);
  outsideMemory(body, maps, site);
  placeOf(body);
}

/** Bails unless `address` lies in the memory. */
function outsideMemory(body: Body, maps: Bitmaps, site: Site): void {
  outside(body, maps);
  body.bailIf(site.slot, site.done);
}

/** Pushes 1 when `address` lies outside the memory. */
function outside(body: Body, maps: Bitmaps): void {
  body.get(Local.address);
  body.i64(maps.log2);
  body.op(W.i64ShrU);
  const tag = (BigInt(MEMORY_TAG >>> 0) << 32n) >> BigInt(maps.log2);
  body.i64Words(Number(tag & 0xffff_ffffn), Number(tag >> 32n));
  body.op(W.i64Ne);
}

/** Pushes 1 when not all bytes at `place` have their bit. At most 57 bytes. */
function refused(body: Body, bitmap: number, bytes: number): void {
  const wide = bytes > 25;
  body.get(Local.place);
  body.i32(3);
  body.op(W.i32ShrU);
  if (wide) body.memory(W.i64Load, bitmap);
  else body.memory(bytes === 1 ? W.i32Load8U : bytes <= 9 ? W.i32Load16U : W.i32Load, bitmap);
  body.get(Local.place);
  body.i32(7);
  body.op(W.i32And);
  if (wide) body.op(W.i64ExtendU);
  body.op(wide ? W.i64ShrU : W.i32ShrU);
  const mask = 2 ** Math.min(bytes, 32) - 1;
  const constant = (): void => {
    if (wide) body.i64Words(mask, bytes > 32 ? 2 ** (bytes - 32) - 1 : 0);
    else body.i32(mask);
  };
  constant();
  body.op(wide ? W.i64And : W.i32And);
  if (bytes === 1) body.op(W.i32Eqz);
  else {
    constant();
    body.op(wide ? W.i64Ne : W.i32Ne);
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

/**
 * Asks the range that was found valid before the loop: one comparison covers tag, object and bounds. Else the bitmap.
 * No call stands here: V8 would keep every local of the loop in memory for it. Leaves `place`.
 */
function inRange(
  body: Body,
  maps: Bitmaps,
  base: number,
  off: number,
  bytes: number,
  site: Site,
  write: boolean,
): void {
  const local = rangeLocal(site.check.range ?? 0);
  sum(body, base, off);
  body.get(Local.address);
  body.get(local);
  body.op(W.i64Sub);
  body.get(local + 1);
  body.op(W.i64GeU);
  body.open(W.if);
  outsideMemory(body, maps, site);
  placeOf(body);
  refused(body, write ? maps.writable : maps.readable, bytes);
  body.bailIf(site.slot, site.done);
  if (write) written(body, maps, bytes);
  body.end();
  placeOf(body);
}

/** In front of a loop: looks for the range around a register's value, unless it lies in the known one. */
export function findRange(body: Body, maps: Bitmaps, n: number, { base, kind, most }: Range): void {
  const local = rangeLocal(n);
  body.reg(base);
  body.get(local);
  body.op(W.i64Sub);
  body.get(local + 1);
  body.op(W.i64GeU);
  body.open(W.if);
  body.reg(base);
  body.i64(32);
  body.op(W.i64ShrU);
  body.op(W.i32Wrap);
  body.i32(MEMORY_TAG);
  body.op(W.i32Eq);
  body.open(W.if);
  body.reg32(base);
  body.i32(most);
  body.i32(kind);
  body.call(maps.range);
  for (const [i, place] of [Place.rangeStart, Place.rangeSpan].entries()) {
    body.i32(0);
    body.memory(W.i64Load, place);
    body.set(local + i);
  }
  body.end();
  body.end();
}

/** Leaves a register's place in `place` when its bytes may be read, at most 57; else goes to a label. */
export function keyPlace(body: Body, maps: Bitmaps, base: number, bytes: number, otherwise: number): void {
  sum(body, base, 0);
  if (maps.checks) {
    outside(body, maps);
    body.br(otherwise, W.brIf);
    placeOf(body);
    refused(body, maps.readable, bytes);
    body.br(otherwise, W.brIf);
  } else placeOf(body);
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

/** The extent of a site's check: bytes in front of the access, and all of them. */
function extentOf(site: Site, bytes: number): { readonly before: number; readonly length: number } {
  const { before, after } = site.check.extent ?? { before: 0, after: bytes };
  return { before, length: before + after };
}

/** Pushes a place that may be read. */
export function readPlace(body: Body, maps: Bitmaps, base: number, off: number, bytes: number, site: Site): Offset {
  if (!maps.checks || site.check.known) return knownPlace(body, base, off, bytes);
  if (inFrame(base, off, bytes)) {
    frameUnread(body, maps, off, bytes);
    body.bailIf(site.slot, site.done);
    body.get(Local.frame);
    return STACK_BYTES + off;
  }
  const { before, length } = extentOf(site, bytes);
  if (site.check.range !== undefined) inRange(body, maps, base, off - before, length, site, false);
  else {
    address(body, maps, base, off - before, site);
    refused(body, maps.readable, length);
    body.bailIf(site.slot, site.done);
  }
  body.get(Local.place);
  return before;
}

/** Pushes a place that may be written. */
export function writePlace(body: Body, maps: Bitmaps, base: number, off: number, bytes: number, site: Site): Offset {
  if (!maps.checks) return knownPlace(body, base, off, bytes);
  if (inFrame(base, off, bytes)) {
    if (!site.check.known) frameWritten(body, maps, off, bytes);
    body.get(Local.frame);
    return STACK_BYTES + off;
  }
  const { before, length } = extentOf(site, bytes);
  if (site.check.known) {
    if (!site.check.marks) return knownPlace(body, base, off, bytes);
    sum(body, base, off);
    placeOf(body);
    written(body, maps, bytes);
    body.get(Local.place);
    return 0;
  }
  if (site.check.range !== undefined) {
    inRange(body, maps, base, off - before, length, site, true);
    body.get(Local.place);
    return before;
  }
  address(body, maps, base, off - before, site);
  refused(body, maps.writable, length);
  body.bailIf(site.slot, site.done);
  if (before > 0) {
    body.get(Local.place);
    body.i32(before);
    body.op(W.i32Add);
    body.set(Local.place);
  }
  written(body, maps, bytes);
  body.get(Local.place);
  return 0;
}

/** Pushes the pointer that the context holds at `place` or 0. */
function askPointer(body: Body, maps: Bitmaps): void {
  body.get(Local.place);
  body.i32(LAYOUT.context);
  body.op(W.i32Sub);
  body.call(maps.pointer);
}

/** Pushes the pointer of a context field that is known. */
function field(body: Body, offset: number): void {
  body.i32(0);
  body.memory(W.i64Load, Place.shadow + offset * 2);
}

/** Without checks: only loads with the offset of a pointer field are compared with the context's place. */
function uncheckedWord(body: Body, maps: Bitmaps, base: number, off: number): void {
  if (!maps.pointers(off) || inFrame(base, off, 4)) {
    body.memory(W.i64Load32U, knownPlace(body, base, off, 4));
    return;
  }
  body.reg(base);
  body.i64Words(LAYOUT.context, MEMORY_TAG);
  body.op(W.i64Eq);
  body.open(W.if, Type.i64);
  field(body, off);
  body.else();
  body.memory(W.i64Load32U, knownPlace(body, base, off, 4));
  body.end();
}

/**
 * A 4-byte load, which on a context's pointer field gives the whole pointer. Such fields are not readable, so the
 * question comes up only when the check refuses.
 */
export function loadWord(body: Body, maps: Bitmaps, base: number, off: number, site: Site): void {
  const { check } = site;
  if (check.field !== undefined) {
    field(body, check.field);
    return;
  }
  if (!maps.checks) {
    uncheckedWord(body, maps, base, off);
    return;
  }
  if (check.known || inFrame(base, off, 4) || check.range !== undefined || check.extent !== undefined) {
    body.memory(W.i64Load32U, readPlace(body, maps, base, off, 4, site));
    return;
  }
  address(body, maps, base, off, site);
  refused(body, maps.readable, 4);
  body.open(W.if, Type.i64);
  askPointer(body, maps);
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
  if (!maps.checks || inFrame(base, off, bytes)) return;
  refused(body, maps.readable, bytes);
  body.bailIf(site.slot, site.done);
}

/**
 * Clears the frame's readable bits: its stack holds nothing yet. Without checks it counts as written, for helpers that
 * look. Sets `bits`.
 */
export function enterFrame(body: Body, maps: Bitmaps): void {
  body.get(Local.frame);
  body.i32(3);
  body.op(W.i32ShrU);
  body.set(Local.bits);
  for (let i = 0; i < STACK_BYTES / 64; i++) {
    body.get(Local.bits);
    body.i64(maps.checks ? 0 : -1);
    body.memory(W.i64Store, maps.readable + i * 8);
  }
}
