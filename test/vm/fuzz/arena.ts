/**
 * Programs over an arena: pages given out and taken back, accesses of every size inside, across and outside them, casts
 * both ways, atomics. Everything read goes into one number, the program's result. Input: a seed.
 * Output: bytecode for a syscall program, with the slots that call kernel functions.
 */

import type { BpfObject } from "../../../runtime/elf/index.js";
import { MapTypeId } from "../../../runtime/facts/maps/index.js";
import { encode } from "../../../runtime/isa/index.js";
import { MAPS, objectOf } from "../fuzz-object.js";
import { bytesOf, generator, type Insn, insn, SIZES, slots } from "../generate.js";

export const ARENA_PAGES = 4;
/** Address of the first page in user space. */
export const ARENA_BASE = 0x1000_0001_0000n;
const PAGE = 4096;
const MMAPABLE = 1 << 10;

export const arenaMap = {
  ...(MAPS[0] as (typeof MAPS)[number]),
  name: "arena",
  type: MapTypeId.arena,
  keySize: 0,
  valueSize: 0,
  maxEntries: ARENA_PAGES,
  flags: MMAPABLE,
  mapExtra: ARENA_BASE,
};

export interface ArenaProgram {
  readonly bytes: Uint8Array;
  /** Slots of kernel function calls, with their names. */
  readonly calls: ReadonlyMap<number, string>;
}

const TO_KERNEL = 1;
const TO_USER = 1 << 16;

/** r7 what was seen, r8 a pointer that was cast, r9 an address. */
export function arenaProgram(seed: number): ArenaProgram {
  const random = generator(Math.imul(seed, 0x27d4eb2f) ^ 7);
  const out: Insn[] = [];
  const named: [Insn, string][] = [];
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const cast = (dst: number, src: number, imm: number): Insn => insn(0xbf, { dst, src, off: 1, imm });
  const see = (register: number): void => {
    out.push(insn(0x27, { dst: 7, imm: 31 }), insn(0x0f, { dst: 7, src: register }));
  };
  const call = (name: string): void => {
    const one = insn(0x85, { src: 2, imm: 1 });
    out.push(one);
    named.push([one, name]);
  };
  const constant = (dst: number, value: bigint): Insn =>
    ({
      ...insn(0x18, { dst, imm: Number(BigInt.asIntN(32, value)) }),
      imm2: Number(BigInt.asIntN(32, value >> 32n)),
    }) as Insn;
  const address = (): bigint => ARENA_BASE + BigInt(random(ARENA_PAGES + 1) * PAGE + (random(8) === 0 ? 8 : 0));
  const map = (): void => {
    out.push({ ...insn(0x18, { dst: 1, src: 1, imm: 0 }), imm2: 0 } as Insn);
  };
  const alloc = (): void => {
    map();
    out.push(random(3) === 0 ? constant(2, address()) : insn(0xb7, { dst: 2 }));
    out.push(insn(0xb7, { dst: 3, imm: pick([1, 1, 1, 2, 3, 5]) }), insn(0xb7, { dst: 4, imm: -1 }));
    out.push(insn(0xb7, { dst: 5, imm: random(16) === 0 ? 1 : 0 }));
    call("bpf_arena_alloc_pages");
    out.push(insn(0xbf, { dst: 9, src: 0 }));
    see(9);
    out.push(cast(8, 9, TO_KERNEL));
  };
  const free = (): void => {
    map();
    // Never in front of the arena: the kernel takes such pages for free ones and gives them out (arena_free_pages).
    out.push(constant(2, address()));
    out.push(insn(0xb7, { dst: 3, imm: pick([1, 1, 2, 7]) }));
    call("bpf_arena_free_pages");
  };
  const reserve = (): void => {
    map();
    out.push(constant(2, address()), insn(0xb7, { dst: 3, imm: pick([0, 1, 2]) }));
    call("bpf_arena_reserve_pages");
    // An int: what the upper half holds is nobody's business.
    out.push(insn(0xbc, { dst: 0, src: 0 }));
    see(0);
  };
  const access = (): void => {
    const size = pick(SIZES);
    const off = pick([0, 8, 64, PAGE - bytesOf(size), PAGE, 2 * PAGE + 16, -8, random(64)]);
    const aligned = off - (((off % bytesOf(size)) + bytesOf(size)) % bytesOf(size));
    switch (random(5)) {
      case 0:
        out.push(insn(0x63 | size, { dst: 8, src: 7, off: aligned }));
        return;
      case 1:
        out.push(insn(0x62 | size, { dst: 8, off: aligned, imm: random(1 << 30) }));
        return;
      case 2:
        if (random(2) === 0)
          out.push(insn(pick([0xc3, 0xdb]), { dst: 8, src: 7, off: off & ~7, imm: pick([0, 0x40, 0xa0]) }));
        return;
      default:
        out.push(insn(0x61 | size, { dst: 0, src: 8, off: aligned }));
        see(0);
    }
  };
  const move = (): void => {
    switch (random(4)) {
      case 0:
        // Back to what user space has, and forth again.
        out.push(cast(9, 8, TO_USER));
        see(9);
        out.push(cast(8, 9, TO_KERNEL));
        return;
      case 1:
        out.push(insn(0x07, { dst: 9, imm: pick([8, 16, PAGE, -PAGE, -8]) }), cast(8, 9, TO_KERNEL));
        return;
      case 2:
        out.push(constant(9, random(4) === 0 ? BigInt(random(1 << 16)) : address()), cast(8, 9, TO_KERNEL));
        return;
      default:
        out.push(insn(0x07, { dst: 8, imm: pick([8, 16, 64]) }));
    }
  };
  out.push(insn(0xb7, { dst: 7, imm: seed }), insn(0xb7, { dst: 9, imm: 0 }));
  out.push(cast(8, 9, TO_KERNEL));
  alloc();
  for (let n = 6 + random(16); n > 0; n--) [alloc, free, reserve, move, access, access, access, access][random(8)]?.();
  // What was seen, its halves folded: r0 is 32 bits wide.
  out.push(insn(0xbf, { dst: 0, src: 7 }), insn(0x77, { dst: 0, imm: 32 }), insn(0xaf, { dst: 0, src: 7 }), insn(0x95));
  const calls = new Map(named.map(([one, name]) => [slots(out.slice(0, out.indexOf(one))), name]));
  let at = 0;
  const placed = out.map((one) => {
    const slot = at;
    at += slots([one]);
    return { ...one, slot };
  });
  return { bytes: encode(placed), calls };
}

/** The object of such a program. */
export function arenaObject({ bytes, calls }: ArenaProgram): BpfObject {
  const object = objectOf(bytes, "syscall");
  const references = [...calls].map(([slot, name]) => ({
    insn: slot,
    kind: "ksym" as const,
    name,
    call: true,
    weak: false,
  }));
  return {
    ...object,
    maps: [arenaMap],
    programs: object.programs.map((program) => ({ ...program, references })),
  };
}
