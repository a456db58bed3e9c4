/**
 * addr_space_cast, and what a program with an arena meets where no page is. Input: a register's two words. Output: the
 * cast register; places of arena bytes. Semantics: the kernel reads 0 through an arena pointer without page and drops
 * what is written there (arch/x86/mm/extable.c, ex_handler_bpf).
 */
import { MEMORY_TAG } from "./address.js";
import { type ArenaWindow, GUARD } from "./maps/arena.js";
import type { LinearMemory } from "./memory.js";

/** The instruction's immediate: from the arena's address space (1) to the kernel's (0); the other way it is 1 << 16. */
export const TO_KERNEL = 1;

/** registers[d] = the cast of registers[s], as indices of their low words. */
export function castAddress(r: Int32Array, d: number, s: number, imm: number, arena: ArenaWindow): void {
  const { base, bytes, userLo, userHi, short } = arena;
  let lo = r[s] as number;
  if (imm === TO_KERNEL) {
    const offset = (lo - userLo) >>> 0;
    const inside = offset < bytes && lo !== 0;
    r[d] = inside ? base + offset : lo;
    r[d + 1] = inside ? MEMORY_TAG : 0;
    return;
  }
  const offset = (lo - base) >>> 0;
  if ((r[s + 1] as number) === MEMORY_TAG && offset < bytes) lo = (offset + userLo) | 0;
  r[d] = lo;
  r[d + 1] = lo === 0 || short ? 0 : userHi;
}

/**
 * The place that an access of a program with an arena goes to when the usual check refused it; undefined: it is a fault.
 * @param sink 8 bytes that may be written to
 * @param zeroes 8 bytes that are 0
 */
export function arenaPlace(
  memory: LinearMemory,
  arena: ArenaWindow,
  address: { readonly hi: number; readonly lo: number },
  access: { readonly bytes: number; readonly write: boolean },
  { sink, zeroes }: { readonly sink: number; readonly zeroes: number },
): number | undefined {
  const { hi, lo } = address;
  const end = arena.base + arena.bytes;
  if (hi === 0) {
    // A cast address is 32 bits wide in the kernel: one that lay outside when it was cast may lie inside now.
    const place = arena.base + ((lo - arena.userLo) >>> 0);
    if (place + access.bytes <= end && memory.canRead(place, access.bytes)) return place;
  } else if (hi === MEMORY_TAG) {
    // Pages that are not there, and what an offset reaches beside them in the kernel, which has nothing else there.
    const place = lo >>> 0;
    if (place < arena.base - GUARD || place >= end + GUARD) return undefined;
  } else if (!(hi === -1 && lo >>> 0 >= 0x1_0000_0000 - GUARD) && !(hi === 1 && lo >>> 0 < GUARD)) return undefined;
  if (!access.write) return zeroes;
  memory.u8.fill(0, sink, sink + 8);
  return sink;
}
