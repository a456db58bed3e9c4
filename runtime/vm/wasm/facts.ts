/**
 * What is known at a point of a function, whatever way led there, as bits of one Int32Array, so that two ways meet by
 * AND. Per register r0 to r9: which bytes -64 to 63 around its value may be read, and which may be written; for the own
 * frame: which of its 512 bytes were written; which registers hold the context, or surely do not; and which hold NULL or
 * the address of that many good bytes.
 */
import { STACK_BYTES } from "../address.js";

/** One bit for every two bytes, up to 64. */
function ones(bytes: number): number {
  const pairs = Math.min(32, bytes >> 1);
  return pairs === 32 ? -1 : (1 << pairs) - 1;
}

/** Bytes around a register that have bits. */
export const REACH = 64;
const WORDS = (REACH * 2) / 32;
const PER_REGISTER = WORDS * 2;
const FRAME = 10 * PER_REGISTER;
const CONTEXT = FRAME + STACK_BYTES / 32;
const OTHER = CONTEXT + 1;
/** Per register: bytes to read, bytes to write. */
const OR_NULL = OTHER + 1;
const SIZE = OR_NULL + 20;

export const READ = 0;
export const WRITE = 1;
export type Kind = typeof READ | typeof WRITE;

export class Facts {
  readonly words: Int32Array;
  constructor(words: Int32Array = new Int32Array(SIZE)) {
    this.words = words;
  }
  copy(): Facts {
    return new Facts(this.words.slice());
  }

  #bit(at: number): boolean {
    return ((this.words[at >> 5] as number) & (1 << (at & 31))) !== 0;
  }
  #set(at: number): void {
    this.words[at >> 5] = (this.words[at >> 5] as number) | (1 << (at & 31));
  }

  /** May all bytes at register + off be read or written? */
  has(reg: number, kind: Kind, off: number, bytes: number): boolean {
    if (off < -REACH || off + bytes > REACH) return false;
    const base = (reg * PER_REGISTER + kind * WORDS) * 32 + REACH;
    for (let i = off; i < off + bytes; i++) if (!this.#bit(base + i)) return false;
    return true;
  }
  add(reg: number, kind: Kind, off: number, bytes: number): void {
    const base = (reg * PER_REGISTER + kind * WORDS) * 32 + REACH;
    for (let i = Math.max(off, -REACH); i < Math.min(off + bytes, REACH); i++) this.#set(base + i);
  }
  /** Were all bytes of the frame at r10 + off written? */
  hasFrame(off: number, bytes: number): boolean {
    const base = FRAME * 32 + STACK_BYTES;
    for (let i = off; i < off + bytes; i++) if (!this.#bit(base + i)) return false;
    return true;
  }
  addFrame(off: number, bytes: number): void {
    const base = FRAME * 32 + STACK_BYTES;
    for (let i = off; i < off + bytes; i++) this.#set(base + i);
  }

  /** The register got a value of which nothing is known. */
  forget(reg: number): void {
    if (reg > 9) return;
    const { words } = this;
    for (let i = reg * PER_REGISTER; i < (reg + 1) * PER_REGISTER; i++) words[i] = 0;
    this.setContext(reg, false);
    this.setOther(reg, false);
    this.setOrNull(reg, 0, 0);
  }
  /** A call: no memory but the frame stays valid for sure. */
  forgetMemory(): void {
    this.words.fill(0, 0, FRAME);
    this.words.fill(0, OR_NULL);
  }
  /** dst = src */
  move(dst: number, src: number): void {
    if (src > 9) {
      this.forget(dst);
      this.setOther(dst, true);
      return;
    }
    if (dst === src) return;
    this.words.copyWithin(dst * PER_REGISTER, src * PER_REGISTER, (src + 1) * PER_REGISTER);
    this.setContext(dst, this.isContext(src));
    this.setOther(dst, this.isOther(src));
    this.words.copyWithin(OR_NULL + 2 * dst, OR_NULL + 2 * src, OR_NULL + 2 * src + 2);
  }
  /** reg += by: what lay at off lies at off - by. */
  shift(reg: number, by: number): void {
    const start = reg * PER_REGISTER;
    const old = this.words.slice(start, start + PER_REGISTER);
    const other = this.isOther(reg);
    this.forget(reg);
    // The context plus something is still near the context.
    this.setOther(reg, other);
    if (Math.abs(by) >= REACH * 2 || old.every((word) => word === 0)) return;
    for (const kind of [READ, WRITE] as const) {
      for (let i = 0; i < REACH * 2; i++) {
        if (((old[kind * WORDS + (i >> 5)] as number) & (1 << (i & 31))) !== 0) this.add(reg, kind, i - REACH - by, 1);
      }
    }
  }

  /** Does the register hold the context's address? */
  isContext(reg: number): boolean {
    return ((this.words[CONTEXT] as number) & (1 << reg)) !== 0;
  }
  setContext(reg: number, on: boolean): void {
    const bits = this.words[CONTEXT] as number;
    this.words[CONTEXT] = on ? bits | (1 << reg) : bits & ~(1 << reg);
  }
  /** Does its value come from something that is not the context: a packet, a map, a constant? */
  isOther(reg: number): boolean {
    return reg > 9 || ((this.words[OTHER] as number) & (1 << reg)) !== 0;
  }
  setOther(reg: number, on: boolean): void {
    const bits = this.words[OTHER] as number;
    this.words[OTHER] = on ? bits | (1 << reg) : bits & ~(1 << reg);
  }

  /** The register holds 0 or the address of so many bytes that may be read, and written. */
  setOrNull(reg: number, readable: number, writable: number): void {
    // All ones below a limit, so that two ways meet in the smaller one.
    this.words[OR_NULL + 2 * reg] = ones(readable);
    this.words[OR_NULL + 2 * reg + 1] = ones(writable);
  }
  /** The register turned out not to be 0. */
  notNull(reg: number): void {
    for (const kind of [READ, WRITE] as const) {
      const bits = this.words[OR_NULL + 2 * reg + kind] as number;
      if (bits !== 0) this.add(reg, kind, 0, REACH - 2 * Math.clz32(bits));
    }
  }

  /** Keeps only what also holds on another way; true when that changed anything. */
  meet(other: Facts): boolean {
    let changed = false;
    for (let i = 0; i < SIZE; i++) {
      const old = this.words[i] as number;
      const both = old & (other.words[i] as number);
      if (both === old) continue;
      this.words[i] = both;
      changed = true;
    }
    return changed;
  }
}
