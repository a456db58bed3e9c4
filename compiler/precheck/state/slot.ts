/**
 * Eight bytes of stack. Immutable, shared between states. `types` packs one 3-bit type per byte, byte 7 of the
 * packing is the lowest address (fp-8), byte 0 the highest (slot_type[] of struct bpf_stack_state).
 */
import type { Reg } from "./reg.js";

export const Byte = { Invalid: 0, Spill: 1, Misc: 2, Zero: 3, Dynptr: 4, Iter: 5, Irq: 6 } as const;

export class Slot {
  declare readonly types: number;
  /** Register spilled here; of Dynptr, Iter and Irq slots the record in the same place. */
  declare readonly spilled: Reg | undefined;

  constructor(types: number, spilled: Reg | undefined) {
    this.types = types;
    this.spilled = spilled;
  }
}

/** The same type in all eight bytes. */
export function allBytes(type: number): number {
  return type * 0o11111111;
}

export const EMPTY_SLOT: Slot = new Slot(0, undefined);
export const MISC_SLOT: Slot = new Slot(allBytes(Byte.Misc), undefined);
export const ZERO_SLOT: Slot = new Slot(allBytes(Byte.Zero), undefined);

export function byteType(slot: Slot, at: number): number {
  return (slot.types >> (at * 3)) & 7;
}

export function withByte(types: number, at: number, type: number): number {
  return (types & ~(7 << (at * 3))) | (type << (at * 3));
}

/** The last byte decides whether the slot holds a spilled register (is_spilled_reg). */
export function isSpill(slot: Slot): boolean {
  return byteType(slot, 7) === Byte.Spill;
}
/** All eight bytes hold one register. */
export function isFullSpill(slot: Slot): boolean {
  return byteType(slot, 0) === Byte.Spill;
}

/** Dynptr, iterator or IRQ flag: not to be read or half overwritten. */
export function isSpecial(slot: Slot): boolean {
  return byteType(slot, 7) >= Byte.Dynptr;
}
