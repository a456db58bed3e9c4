/**
 * Ring buffers (kernel/bpf/ringbuf.c): positions and the 8-byte headers count exactly as in the kernel, so a full ring
 * loses the same records; the bytes of a record are an object of its own here, so that a write past its end, or after
 * submit, faults.
 */
import { Errno } from "../errno.js";
import { VmMap } from "./map.js";

const HEADER = 8;
/** RINGBUF_MAX_RECORD_SZ */
const MAX_RECORD = 0xffffffff >>> 2;
const Flag = { NoWakeup: 1, ForceWakeup: 2 } as const;
export const RingQuery = { AvailableData: 0, RingSize: 1, ConsumerPosition: 2, ProducerPosition: 3 } as const;

const NOTHING = new Uint8Array();

interface Record {
  readonly at: number;
  readonly size: number;
  readonly span: number;
  state: "busy" | "submitted" | "discarded";
  bytes: Uint8Array;
}

export class RingBuf extends VmMap {
  readonly #records: Record[] = [];
  /** Those that are to be submitted or discarded, by their place: a full ring has many others. */
  readonly #busy = new Map<number, Record>();
  readonly #free = new Map<number, number[]>();
  #producer = 0;
  #consumer = 0;
  /** Records that did not fit since the machine was made or reset. */
  lost = 0;

  get #size(): number {
    return this.def.maxEntries;
  }
  /** Place of a reserved record's bytes, or 0 when it does not fit. */
  reserve(size: number): number {
    const span = Math.ceil((size + HEADER) / 8) * 8;
    // __bpf_ringbuf_reserve: one byte of the ring always stays free (the mask is size - 1).
    if (size > MAX_RECORD || span > this.#size || this.#producer + span - this.#consumer > this.#size - 1) {
      this.lost++;
      return 0;
    }
    this.#producer += span;
    const at = this.#free.get(span)?.pop() ?? this.memory.allocate(span);
    this.memory.u8.fill(0, at, at + span);
    this.memory.paint(at, size, true, true);
    const record: Record = { at, size, span, state: "busy", bytes: NOTHING };
    this.#records.push(record);
    this.#busy.set(at, record);
    return at;
  }
  /** Is there a record at a place that is still to be submitted or discarded? */
  owns(at: number): boolean {
    return this.#busy.has(at);
  }
  /** Ends a reservation. False when there is none at the place. */
  finish(at: number, submit: boolean): boolean {
    const record = this.#busy.get(at);
    if (record === undefined) return false;
    this.#busy.delete(at);
    record.state = submit ? "submitted" : "discarded";
    record.bytes = this.memory.bytes(at, record.size).slice();
    this.memory.paint(at, record.span, false, false);
    const list = this.#free.get(record.span) ?? [];
    list.push(at);
    this.#free.set(record.span, list);
    return true;
  }
  output(bytes: Uint8Array, flags: number): number {
    if (flags & ~(Flag.NoWakeup | Flag.ForceWakeup)) return Errno.EINVAL;
    const copyOf = bytes.slice();
    const at = this.reserve(copyOf.length);
    if (at === 0) return Errno.EAGAIN;
    this.memory.u8.set(copyOf, at);
    this.finish(at, true);
    return 0;
  }
  query(what: number): number {
    switch (what) {
      case RingQuery.AvailableData:
        return this.#producer - this.#consumer;
      case RingQuery.RingSize:
        return this.#size;
      case RingQuery.ConsumerPosition:
        return this.#consumer;
      case RingQuery.ProducerPosition:
        return this.#producer;
      default:
        return 0;
    }
  }
  /** Reservations of the run that nobody ended. */
  get open(): number {
    return this.#busy.size;
  }
  /** Drops reservations that a run left open, so that the next run starts clean. */
  abandon(): void {
    for (const at of [...this.#busy.keys()]) this.finish(at, false);
  }
  /** Takes the records that are ready, as user space would; discarded ones are skipped. */
  drain(): Uint8Array[] {
    const out: Uint8Array[] = [];
    while (this.#records[0] !== undefined && this.#records[0].state !== "busy") {
      const record = this.#records.shift();
      if (record === undefined) break;
      this.#consumer += record.span;
      if (record.state === "submitted") out.push(record.bytes);
    }
    return out;
  }
  /** Records that `drain` would give, without taking them. */
  peek(): Uint8Array[] {
    return this.#records.filter((record) => record.state === "submitted").map((record) => record.bytes);
  }
  override reset(): void {
    this.abandon();
    this.#records.length = 0;
    this.#producer = this.#consumer = this.lost = 0;
  }
}
