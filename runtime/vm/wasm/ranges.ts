/**
 * Ranges for loops: in front of a loop, generated code asks for the range of like bytes around the value of a register
 * that the loop accesses memory through. A range of reading holds readable bytes, one of writing bytes that are readable
 * too, so that no store in it needs to mark a stack's byte as written. No range is an answer too: the value may mean
 * nothing yet, and the bitmap is asked then.
 */
import { MEMORY_TAG } from "../address.js";
import type { LinearMemory } from "../memory.js";

/** Bytes looked at on either side, in steps of 8: enough for a packet, and an end to the search. */
const FARTHEST = 8192;

/**
 * @param low lower half of an address with the memory's tag
 * @param most longest access that the range will be asked for, in bytes
 * @param write 0: to read, 1: to write
 */
export type FindRange = (low: number, most: number, write: number) => void;

/** @param answer where the first address goes, and in how many places an access may begin: two words each */
export function rangeFinder(memory: LinearMemory, answer: Int32Array): FindRange {
  const { readable, writable, size } = memory;
  const bit = (bits: Uint8Array, at: number): boolean => (((bits[at >> 3] as number) >> (at & 7)) & 1) !== 0;
  return (low, most, write) => {
    const at = low >>> 0;
    const good = (place: number): boolean => bit(readable, place) && (write === 0 || bit(writable, place));
    const whole = (group: number): boolean => readable[group] === 0xff && (write === 0 || writable[group] === 0xff);
    answer[2] = answer[3] = 0;
    if (at >= size || !good(at)) return;
    let start = at;
    while (start > 0 && at - start < FARTHEST) {
      if ((start & 7) === 0 && whole((start >> 3) - 1)) start -= 8;
      else if (good(start - 1)) start--;
      else break;
    }
    let end = at + 1;
    while (end < size && end - at < FARTHEST) {
      if ((end & 7) === 0 && whole(end >> 3)) end += 8;
      else if (good(end)) end++;
      else break;
    }
    answer[0] = start;
    answer[1] = MEMORY_TAG;
    answer[2] = Math.max(0, end - start - most + 1);
  };
}
