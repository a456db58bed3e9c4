/**
 * Where generated code and the engines' JavaScript meet in linear memory: below the stacks, where no program's access is
 * ever valid. No 64-bit value crosses the border as an argument, because that would make a bigint of it.
 */
import { LAYOUT } from "./address.js";

export const Place = {
  /** r0 to r10, 8 bytes each: the interpreter's registers are a view of them. */
  registers: 0x100,
  /** Instructions left, 32-bit. */
  fuel: 0x180,
  /** A valid range (routine.ts): first address, and in how many places a check may begin; 64-bit. */
  rangeStart: 0x188,
  rangeSpan: 0x190,
  /** CPU that runs the program, 32-bit. */
  cpu: 0x1a0,
  /** The machine's own clock, nanoseconds, 64-bit, and its random numbers' state, 32-bit (world.ts). */
  clock: 0x1a8,
  random: 0x1b0,
  /** Set to 1 by everything in JavaScript that generated code calls: the run did more than its code, 32-bit. */
  touched: 0x1b8,
  /** 1 when the packet load that was asked last lies outside the packet, 32-bit. */
  outside: 0x1bc,
  /** 8 bytes for each 4-byte context field of the first {@link SHADOW_FIELDS}: its pointer, or 0. */
  shadow: 0x200,
  /** The interpreter's calls: how many are under way, and what may_goto has left; 32-bit. */
  frame: 0x400,
  budget: 0x404,
  /** Where its hot loop is: address of the record, instructions left, number of the program; 32-bit. */
  loopPc: 0x408,
  loopFuel: 0x40c,
  loopCode: 0x410,
  /** The last frame that the program may call into, 32-bit: seven after the one that it began in. */
  limit: 0x414,
  /** For each call: r6 to r10, slot to return to, may_goto's budget, number of the program, its limit; {@link SAVED} words. */
  saved: 0x420,
} as const;

/** Words that a call saves, and which come behind the registers. */
export const SAVED = 14;
export const Saved = { back: 10, budget: 11, code: 12, limit: 13 } as const;

/** Bytes of context that have a shadow; struct __sk_buff, the longest context with pointers, has 192. */
export const SHADOW_FIELDS = 256;

/** Everything from here on belongs to programs. */
export const PLACES_END = LAYOUT.stack;
