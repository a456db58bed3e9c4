/**
 * A BPF ring buffer as an async iterable. Records are taken from the kernel as fast as they are asked for and no
 * faster: when the reader is slow, the ring fills up and the program's `reserve` fails, so memory stays bounded and
 * the loss is visible where it happens.
 */
import { bpfAddon, type NativeRing } from "../../../native/bpf/index.js";
import type { Codec } from "../../btf/index.js";
import type { StopSignal } from "../../facts/platform-types.js";
import { BpfError, checked } from "../errors.js";
import { type MapFacts, MapHandle } from "./handle.js";

const RECORDS_PER_DRAIN = 512;

/** Counters of one {@link RingBuffer}, over all its reads. */
export interface RingBufferStats {
  /** Records handed to readers. */
  readonly received: number;
  /** Records shorter than the event type: not handed out. */
  readonly malformed: number;
  /** Bytes waiting in the ring now, headers included; near `maxEntries` means that the program is losing records. */
  readonly pendingBytes: number;
  /** Records that the program could not place, where the program counts them (see `countLossWith`); else undefined. */
  readonly lost: bigint | undefined;
}

/** Events of type `T`. @example for await (const e of fw.events.read({ signal })) console.log(e.dport); */
export class RingBuffer<T> extends MapHandle {
  readonly #codec: Codec | undefined;
  #received = 0;
  #malformed = 0;
  #reading: NativeRing | undefined;
  #lost: (() => bigint) | undefined;

  /** @param codec of one event; undefined hands out Uint8Arrays */
  constructor(facts: MapFacts, fd: () => number, codec: Codec | undefined) {
    super(facts, fd);
    this.#codec = codec;
  }
  /** Says how to read the program's own count of failed reservations; shown as `stats.lost`. */
  countLossWith(read: () => bigint): this {
    this.#lost = read;
    return this;
  }
  get stats(): RingBufferStats {
    return {
      received: this.#received,
      malformed: this.#malformed,
      pendingBytes: this.#reading?.pending() ?? 0,
      lost: this.#lost?.(),
    };
  }
  #decode({ bytes, lengths }: { bytes: Uint8Array; lengths: Uint32Array }): T[] {
    const events: T[] = [];
    let at = 0;
    for (const length of lengths) {
      if (this.#codec === undefined) events.push(bytes.slice(at, at + length) as T);
      else if (length >= this.#codec.size) events.push(this.#codec.decode(bytes, at) as T);
      else this.#malformed++;
      at += length;
    }
    return events;
  }
  /**
   * Reads until `signal` aborts, the loop is left, or the loader is closed; then the iteration ends (no exception).
   * One read at a time.
   * @throws BpfError CLOSED; BpfError ARGUMENT when another read is active; SyscallError
   */
  async *read(o: { readonly signal?: StopSignal } = {}): AsyncGenerator<T, void, undefined> {
    const { signal } = o;
    if (this.#reading) throw new BpfError("ARGUMENT", `ring buffer ${this.name} is already being read`);
    const ring = new (bpfAddon().NativeRing)();
    checked(`open ring buffer ${this.name}`, ring.open(this.fd, this.maxEntries));
    this.#reading = ring;
    let wake: () => void = () => {};
    const onAbort = (): void => wake();
    signal?.addEventListener("abort", onAbort);
    try {
      while (!signal?.aborted) {
        const events = this.#decode(ring.drain(RECORDS_PER_DRAIN));
        for (const event of events) {
          if (signal?.aborted) return;
          this.#received++;
          yield event;
        }
        if (events.length > 0) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal?.aborted) return resolve();
          this.#wakeOnClose = resolve;
          checked(`watch ring buffer ${this.name}`, ring.watch(resolve));
        });
        ring.unwatch();
        if (this.#ended) return;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      ring.close();
      this.#reading = undefined;
    }
  }
  #ended = false;
  #wakeOnClose: () => void = () => {};
  /** Ends the active read; called when the loader is closed. */
  end(): void {
    this.#ended = true;
    this.#wakeOnClose();
  }
}
