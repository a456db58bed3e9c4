/**
 * bpf_timer and bpf_wq: what was started and is due, in the machine's own time. They fire when the test lets time pass
 * (`machine.advance`), never by themselves. Keys are places of the timer structs in map values (kernel/bpf/helpers.c).
 */
import type { VmMap } from "./maps/map.js";
import type { LoadedProgram } from "./program.js";

export interface Timer {
  readonly kind: "timer" | "wq";
  readonly at: number;
  readonly map: VmMap;
  /** Callback: program and entry slot, once set. */
  callback?: { readonly program: LoadedProgram; readonly slot: number };
  /** Nanoseconds of the machine's clock; undefined while it is not started. */
  due?: bigint | undefined;
}

export class Timers {
  readonly #timers = new Map<number, Timer>();
  /** The timer whose callback runs now. */
  running: Timer | undefined;
  get(at: number): Timer | undefined {
    return this.#timers.get(at);
  }
  add(timer: Timer): void {
    this.#timers.set(timer.at, timer);
  }
  /** Started ones, earliest first. */
  pending(): Timer[] {
    return [...this.#timers.values()]
      .filter((timer) => timer.due !== undefined)
      .sort((a, b) => ((a.due ?? 0n) < (b.due ?? 0n) ? -1 : (a.due ?? 0n) > (b.due ?? 0n) ? 1 : a.at - b.at));
  }
  /** Those in a value that goes away are cancelled with it. */
  drop(from: number, bytes: number): void {
    for (const at of this.#timers.keys()) if (at >= from && at < from + bytes) this.#timers.delete(at);
  }
  clear(): void {
    this.#timers.clear();
    this.running = undefined;
  }
}
