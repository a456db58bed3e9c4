/** A pause that a signal ends early. */
import type { StopSignal } from "../facts/platform-types.js";

/** Resolves after `ms` milliseconds, or when `signal` aborts; never rejects. */
export function pause(ms: number, signal: StopSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
