/** User ring buffers: what user space put in, in order; programs drain it (kernel/bpf/ringbuf.c). */
import { Errno } from "../errno.js";
import { VmMap } from "./map.js";

const HEADER = 8;

export class UserRing extends VmMap {
  readonly #samples: Uint8Array[] = [];
  #used = 0;
  get waiting(): readonly Uint8Array[] {
    return this.#samples;
  }
  #span(bytes: number): number {
    return Math.ceil((bytes + HEADER) / 8) * 8;
  }
  /** Puts a sample in: 0, or E2BIG (larger than the ring), ENOSPC (full). */
  put(sample: Uint8Array): number {
    const span = this.#span(sample.length);
    if (span > this.def.maxEntries) return Errno.E2BIG;
    if (this.#used + span > this.def.maxEntries) return Errno.ENOSPC;
    this.#used += span;
    this.#samples.push(sample.slice());
    return 0;
  }
  shift(): Uint8Array | undefined {
    const sample = this.#samples.shift();
    if (sample !== undefined) this.#used -= this.#span(sample.length);
    return sample;
  }
  override reset(): void {
    this.#samples.length = 0;
    this.#used = 0;
  }
}
