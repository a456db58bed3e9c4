/**
 * The packet of a run: bytes with room before and behind, in one of two places of linear memory. Every change of its
 * bounds moves it to the other place, so pointers that the program took before are stale and fault, as the verifier
 * demands. Invariant: exactly [meta, end) is valid.
 */
import type { LinearMemory } from "./memory.js";

/** Longest packet that a run takes, in bytes. */
export const MAX_PACKET = 65535;
/** XDP_PACKET_HEADROOM; the frame is a page minus skb_shared_info (kernel: bpf_prog_test_run_xdp). */
export const XDP_HEADROOM = 256;
export const XDP_FRAME = 4096 - 320;
/** Bytes before an skb's data that hold its link header, for programs above the link layer. */
const LINK_BYTES = 14;
const ROOM = 512;
const CAPACITY = ROOM + MAX_PACKET + 1 + 4096;

export class Packet {
  readonly #memory: LinearMemory;
  readonly #places: readonly [number, number];
  #which = 0;
  #writable = true;
  /** Does what lies around the packet move with it? */
  #whole = false;
  /** Are the bytes around the packet still to be cleared? A test run's buffer is fresh: they are zero. */
  #stale = false;
  /** First byte that the program may extend to, as an offset in memory. */
  hardStart = 0;
  hardEnd = 0;
  meta = 0;
  data = 0;
  end = 0;
  /** Bytes that helpers put between the link header and the network header (skb->network_header stays where it was). */
  networkGap = 0;

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
  /** Place that {@link arrange} takes a packet from. @param headroom bytes before it */
  place(headroom: number): number {
    return this.#places[0] + headroom;
  }
  /** Puts a packet in. @param headroom bytes before it @param frame bytes of the whole buffer, 0 for no limit */
  load(bytes: Uint8Array, headroom: number, frame: number, writable: boolean): void {
    this.#memory.u8.set(bytes, this.place(headroom));
    this.arrange(bytes.length, headroom, frame, writable);
  }
  /** Makes a packet of the bytes at {@link place}. Costs nothing when the last one had the same bounds. */
  arrange(length: number, headroom: number, frame: number, writable: boolean): void {
    const base = this.#places[0];
    const data = base + headroom;
    const end = data + length;
    if (this.#which === 0 && this.meta === data && this.#writable === writable) {
      if (end > this.end) this.#memory.paint(this.end, end - this.end, true, writable);
      else if (end < this.end) this.#memory.paint(end, this.end - end, false, false);
    } else {
      this.clear();
      this.#memory.paint(data, length, true, writable);
    }
    this.#which = 0;
    this.#writable = writable;
    this.networkGap = 0;
    this.hardStart = base;
    this.data = this.meta = data;
    this.end = end;
    this.hardEnd = Math.max(frame === 0 ? base + CAPACITY : base + frame, end);
    this.#whole = frame !== 0;
    this.#stale = this.#whole;
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
    if (this.#stale) {
      this.#memory.u8.fill(0, this.hardStart, this.meta);
      this.#memory.u8.fill(0, this.end, this.hardEnd);
      this.#stale = false;
    }
    // Of an skb the link header moves too, where the program does not see it.
    const [from, to] = this.#whole
      ? [this.hardStart, this.hardEnd]
      : [Math.max(this.hardStart, meta - LINK_BYTES), end];
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
