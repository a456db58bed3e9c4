/** Loads, stores and atomic operations (RFC 9669, 5): one operation of prepared code to WebAssembly. */
import { Atomic, accessBytes, Mode } from "../../isa/index.js";
import { Internal } from "../code.js";
import { type Bitmaps, loadWord, readPlace, refusedRead, type Site, writePlace } from "./access.js";
import type { OperandBody } from "./assembler.js";
import { type Body, Local } from "./body.js";
import { W } from "./opcodes.js";

export type Bytes = 1 | 2 | 4 | 8;

export const LOAD: Readonly<Record<Bytes, number>> = { 1: W.i64Load8U, 2: W.i64Load16U, 4: W.i64Load32U, 8: W.i64Load };
export const LOAD_SIGNED: Readonly<Record<Bytes, number>> = {
  1: W.i64Load8S,
  2: W.i64Load16S,
  4: W.i64Load32S,
  8: W.i64Load,
};
export const STORE: Readonly<Record<Bytes, number>> = {
  1: W.i64Store8,
  2: W.i64Store16,
  4: W.i64Store32,
  8: W.i64Store,
};
export const ATOMIC: Readonly<Record<number, number>> = {
  [Atomic.Add]: W.i64Add,
  [Atomic.Or]: W.i64Or,
  [Atomic.And]: W.i64And,
  [Atomic.Xor]: W.i64Xor,
};

export interface Access {
  readonly operation: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly lo: number;
  /** Bits, for internal operations. */
  readonly width: number;
}

export function load(body: Body, maps: Bitmaps, access: Access, site: Site): void {
  const { operation, dst, src, off } = access;
  const bytes = accessBytes(operation);
  const signed = (operation & 0xe0) === Mode.MemSx;
  if (bytes === 4 && !signed) loadWord(body, maps, src, off, site);
  else body.memory((signed ? LOAD_SIGNED : LOAD)[bytes], readPlace(body, maps, src, off, bytes, site));
  body.setReg(dst);
}

/** @param immediate store the immediate instead of the source register */
export function store(body: Body, maps: Bitmaps, access: Access, site: Site, immediate: boolean): void {
  const bytes = accessBytes(access.operation);
  const offset = writePlace(body, maps, access.dst, access.off, bytes, site);
  if (immediate) body.i64(access.lo);
  else body.reg(access.src);
  body.memory(STORE[bytes], offset);
}

/**
 * Combines src with what lies at `scratch32` + offset. One thread runs at a time, so a plain read and write will do. The
 * old value is then in `scratch64`.
 */
export function atomicUpdate(body: OperandBody, kind: number, src: number, bytes: 4 | 8, offset: number): void {
  const { scratch32: place, scratch64: old } = body;
  body.get(place);
  body.memory(LOAD[bytes], offset);
  body.set(old);
  if (kind === Atomic.Cmpxchg) {
    body.get(old);
    body.reg(0);
    if (bytes === 4) {
      body.op(W.i32Wrap);
      body.op(W.i64ExtendU);
    }
    body.op(W.i64Eq);
    body.open(W.if);
    body.get(place);
    body.reg(src);
    body.memory(STORE[bytes], offset);
    body.end();
    body.get(old);
    body.setReg(0);
    return;
  }
  body.get(place);
  const combine = ATOMIC[kind & ~Atomic.Fetch];
  if (combine === undefined) body.reg(src);
  else {
    body.get(old);
    body.reg(src);
    body.op(combine);
  }
  body.memory(STORE[bytes], offset);
  if ((kind & Atomic.Fetch) === 0) return;
  body.get(old);
  body.setReg(src);
}

function atomic(body: Body, maps: Bitmaps, access: Access, site: Site, bytes: 4 | 8): void {
  const { dst, src, off, lo: kind } = access;
  const offset = writePlace(body, maps, dst, off, bytes, site);
  body.set(Local.place);
  refusedRead(body, maps, dst, off, bytes, site);
  atomicUpdate(body, kind, src, bytes, offset);
}

/** Emits an atomic operation; false when the operation is none. */
export function internalAccess(body: Body, maps: Bitmaps, access: Access, site: Site): boolean {
  const { operation, dst, src, off, width } = access;
  const bytes = (width >> 3) as Bytes;
  switch (operation) {
    case Internal.Atomic32:
      atomic(body, maps, access, site, 4);
      return true;
    case Internal.Atomic64:
      atomic(body, maps, access, site, 8);
      return true;
    case Internal.LoadAcquire:
      body.memory(LOAD[bytes], readPlace(body, maps, src, off, bytes, site));
      body.setReg(dst);
      return true;
    case Internal.StoreRelease: {
      const offset = writePlace(body, maps, dst, off, bytes, site);
      body.reg(src);
      body.memory(STORE[bytes], offset);
      return true;
    }
    default:
      return false;
  }
}
