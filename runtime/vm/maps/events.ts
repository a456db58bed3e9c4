/** Perf event arrays: what programs output, per CPU, in order. Every CPU counts as having a reader. */
import { Errno } from "../errno.js";
import { VmMap } from "./map.js";

/** One record of bpf_perf_event_output. */
export interface PerfRecord {
  readonly cpu: number;
  readonly bytes: Uint8Array;
}

export class PerfEventArray extends VmMap {
  readonly #records: PerfRecord[] = [];
  /** @param target CPU index: 0 or a negative errno is returned */
  emit(target: number, bytes: Uint8Array): number {
    // __bpf_perf_event_output: E2BIG for an index outside the map, ENOENT for one without event.
    if (target >= Math.max(this.def.maxEntries, this.cpus)) return Errno.E2BIG;
    if (target >= this.cpus) return Errno.ENOENT;
    this.#records.push({ cpu: target, bytes });
    return 0;
  }
  drain(): PerfRecord[] {
    return this.#records.splice(0);
  }
  peek(): readonly PerfRecord[] {
    return this.#records;
  }
  override reset(): void {
    this.#records.length = 0;
  }
}
