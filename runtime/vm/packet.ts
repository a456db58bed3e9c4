/**
 * The packet of a run: bytes with room before and behind, in one of two places of linear memory. Every change of its
 * bounds moves it to the other place, so pointers that the program took before are stale and fault, as the verifier
 * demands. Invariant: exactly [meta, end) is valid.
 */
import type { LinearMemory } from "./memory.js";

/** Longest packet that a run takes, in bytes. */
export const MAX_PACKET = 65535;
const ROOM = 512;
const CAPACITY = ROOM + MAX_PACKET + 1 + 4096;

export class Packet {
  readonly #memory: LinearMemory;
  readonly #places: readonly [number, number];
  #which = 0;
  #writable = true;
  /** Does what lies around the packet move with it? */
  #whole = false;
  /** First byte that the program may extend to, as an offset in memory. */
  hardStart = 0;
  hardEnd = 0;
  meta = 0;
  data = 0;
  end = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#places = [memory.allocate(CAPACITY, 16), memory.allocate(CAPACITY, 16)];
  }
  get length(): number {
    return this.end - this.data;
  }
  /** A view of the bytes from data to end. */
  get bytes(): Uint8Array {
    return this.#memory.bytes(this.data, this.length);
  }
  /** Puts a packet in. @param headroom bytes before it @param frame bytes of the whole buffer, 0 for no limit */
  load(bytes: Uint8Array, headroom: number, frame: number, writable: boolean): void {
    this.clear();
    this.#writable = writable;
    const base = this.#places[this.#which] ?? 0;
    this.hardStart = base;
    this.data = this.meta = base + headroom;
    this.end = this.data + bytes.length;
    this.hardEnd = Math.max(frame === 0 ? base + CAPACITY : base + frame, this.end);
    // A test run's buffer is fresh: what a program uncovers before and behind the packet is zero.
    this.#whole = frame !== 0;
    if (this.#whole) this.#memory.u8.fill(0, this.hardStart, this.hardEnd);
    this.#memory.u8.set(bytes, this.data);
    this.#memory.paint(this.data, bytes.length, true, writable);
  }
  clear(): void {
    if (this.end > this.meta) this.#memory.paint(this.meta, this.end - this.meta, false, false);
    this.meta = this.data = this.end = 0;
  }
  /** Changes the bounds (bytes between stay) and moves the packet. New bytes hold what lay there. */
  reshape(meta: number, data: number, end: number): void {
    const old = this.#places[this.#which] ?? 0;
    this.#memory.paint(this.meta, this.end - this.meta, false, false);
    this.#which = 1 - this.#which;
    const base = this.#places[this.#which] ?? 0;
    const [from, to] = this.#whole ? [this.hardStart, this.hardEnd] : [meta, end];
    this.#memory.u8.copyWithin(base + (from - old), from, to);
    const shift = base - old;
    this.hardStart += shift;
    this.hardEnd += shift;
    this.meta = meta + shift;
    this.data = data + shift;
    this.end = end + shift;
    this.#memory.paint(this.meta, this.end - this.meta, true, this.#writable);
  }
  /** Inserts zeroed bytes at an offset (or removes bytes there when negative), keeping what is before and behind. */
  splice(offset: number, by: number): void {
    const { u8 } = this.#memory;
    const at = this.data + offset;
    if (by >= 0) {
      u8.copyWithin(at + by, at, this.end);
      u8.fill(0, at, at + by);
    } else u8.copyWithin(at, at - by, this.end);
    this.reshape(this.data, this.data, this.end + by);
  }
}
