/** Where the verifier's budget goes: source lines by how much of the walk they took. */
import type { PlaceOf } from "./replay.js";
import type { Place } from "./trace.js";

export interface HotLine {
  readonly source: Place;
  /** Of all instructions walked, 0 to 100. */
  readonly percent: number;
}

/** Lines that take less are no use to a reader. */
const LEAST_PERCENT = 5;
const MAX_LINES = 5;

/** @param walked how often each slot was walked */
export function hotLines(walked: Uint32Array, placeOf: PlaceOf): HotLine[] {
  const lines = new Map<string, { source: Place; times: number }>();
  let total = 0;
  walked.forEach((times, slot) => {
    total += times;
    const source = times === 0 ? undefined : placeOf(slot);
    if (source === undefined) return;
    const key = `${source.file}:${source.line}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, { source, times });
    else line.times += times;
  });
  return [...lines.values()]
    .sort((a, b) => b.times - a.times)
    .slice(0, MAX_LINES)
    .map(({ source, times }) => ({ source, percent: Math.round((100 * times) / Math.max(total, 1)) }))
    .filter(({ percent }) => percent >= LEAST_PERCENT);
}
