/**
 * The machine's one linear memory, with two bits per byte: may be read, may be written. Every engine shares it.
 * Layout: [0, size) data, then the read bitmap, then the write bitmap, each size / 8 bytes, in the same buffer, so that
 * generated WebAssembly can reach them; then room for the interpreter's records (interpreter/loop). Invariant: bytes that belong to no object have both bits clear, and objects are
 * at least RED_ZONE bytes apart, so an access that leaves its object by less meets clear bits.
 */
import { LAYOUT } from "./address.js";
import { MachineError } from "./errors.js";

const RED_ZONE = 32;
/** Bytes behind the bitmaps, so that 16-bit peeks at their last byte stay inside. */
const SPARE = 64;

export class LinearMemory {
  /** Bytes of data: a power of two. */
  readonly size: number;
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly view: DataView;
  /** Bit n of byte k: may byte 8k + n be read? One spare byte at the end, for 16-bit peeks. */
  readonly readable: Uint8Array;
  readonly writable: Uint8Array;
  /** Where records begin; they end with the buffer. */
  readonly records: number;
  #next: number = LAYOUT.heap;

  /**
   * @param log2 data bytes as a power of two, 18 to 30
   * @param make the buffer of a WebAssembly memory, for engines that generate code; default an ArrayBuffer
   * @param recordBytes room for records, default none
   */
  constructor(log2: number, make: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes), recordBytes = 0) {
    if (!Number.isInteger(log2) || log2 < 18 || log2 > 30) {
      throw new MachineError("VM_MEMORY", `memory of 2^${log2} bytes: 2^18 to 2^30 are possible`);
    }
    this.size = 2 ** log2;
    const bitmap = this.size / 8;
    // Pages are only committed when touched, so a large memory costs address space, not RAM.
    this.records = this.size + 2 * bitmap + SPARE;
    this.buffer = make(this.records + recordBytes);
    this.u8 = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
    this.readable = new Uint8Array(this.buffer, this.size, bitmap + 2);
    this.writable = new Uint8Array(this.buffer, this.size + bitmap, bitmap + 2);
  }

  /** Offset of the first free byte. */
  get used(): number {
    return this.#next;
  }

  /**
   * Reserves a zeroed object with a red zone behind; nothing is valid in it until painted.
   * @throws MachineError `VM_MEMORY` when the memory is full
   */
  allocate(bytes: number, align = 8): number {
    const at = Math.ceil(this.#next / align) * align;
    const next = at + bytes + RED_ZONE;
    if (next > this.size) {
      throw new MachineError(
        "VM_MEMORY",
        `memory of ${this.size} bytes is full: ${bytes} more are needed (option memory)`,
      );
    }
    this.#next = Math.ceil(next / 8) * 8;
    return at;
  }

  /** Sets or clears the validity of a range. */
  paint(offset: number, length: number, read: boolean, write: boolean): void {
    fill(this.readable, offset, length, read);
    fill(this.writable, offset, length, write);
  }

  paintReadable(offset: number, length: number, on: boolean): void {
    fill(this.readable, offset, length, on);
  }

  /** Are all bytes of a range valid? A range that leaves the memory is not. */
  canRead(offset: number, length: number): boolean {
    return allSet(this.readable, offset, length, this.size);
  }

  canWrite(offset: number, length: number): boolean {
    return allSet(this.writable, offset, length, this.size);
  }

  /** A view of a range, not a copy. */
  bytes(offset: number, length: number): Uint8Array {
    return this.u8.subarray(offset, offset + length);
  }
}

/** Ranges up to this many bytes of the bitmap are set one by one: TypedArray.fill has a price of its own. */
const SHORT = 32;

function fill(bits: Uint8Array, offset: number, length: number, on: boolean): void {
  if (length <= 0) return;
  const end = offset + length;
  const [first, last] = [offset >> 3, end >> 3];
  const head = (0xff << (offset & 7)) & 0xff;
  const tail = (1 << (end & 7)) - 1;
  if (first === last) {
    setBits(bits, first, head & tail, on);
    return;
  }
  setBits(bits, first, head, on);
  const value = on ? 0xff : 0;
  if (last - first > SHORT) bits.fill(value, first + 1, last);
  else for (let i = first + 1; i < last; i++) bits[i] = value;
  if (tail !== 0) setBits(bits, last, tail, on);
}

function setBits(bits: Uint8Array, at: number, mask: number, on: boolean): void {
  const old = bits[at] ?? 0;
  bits[at] = on ? old | mask : old & ~mask;
}

function allSet(bits: Uint8Array, offset: number, length: number, size: number): boolean {
  if (offset < 0 || length < 0 || offset + length > size) return false;
  let at = offset;
  const end = offset + length;
  for (; at < end && (at & 7) !== 0; at++) if (((bits[at >> 3] ?? 0) & (1 << (at & 7))) === 0) return false;
  for (; at + 8 <= end; at += 8) if (bits[at >> 3] !== 0xff) return false;
  for (; at < end; at++) if (((bits[at >> 3] ?? 0) & (1 << (at & 7))) === 0) return false;
  return true;
}
