/**
 * BPF_MAP_TYPE_ARENA: pages that programs and user space share, up to 4 GiB of address space (kernel/bpf/arena.c). A
 * program holds addresses as user space has them, and casts them before it follows them. The machine keeps all pages in
 * one piece of linear memory and makes a cast address a pointer into it; a page is valid while it is allocated.
 */
import type { MapDef } from "../../elf/index.js";
import { type MapHost, VmMap } from "./map.js";
import { PageRanges } from "./page-ranges.js";

export const PAGE = 4096;
/** Bytes around an arena's pages where nothing else lies: what an instruction's offset reaches (GUARD_SZ / 2). */
export const GUARD = 0x8000;
/** Addresses of arenas that do not say where they are: what user space's mmap would choose. */
const DEFAULT_BASE = 0x7f10_0001_0000n;
/** Map flags (include/uapi/linux/bpf.h). */
export const ArenaFlag = { Mmapable: 1 << 10, SegvOnFault: 1 << 17, NoUserConv: 1 << 18 } as const;

/** Where an arena is: what casts need to know. */
export interface ArenaWindow {
  /** Place of the first page in linear memory, and bytes of all pages. */
  readonly base: number;
  readonly bytes: number;
  /** Address of the first page in user space, as two signed words. */
  readonly userLo: number;
  readonly userHi: number;
  /** Are addresses cut to 32 bits where they are cast for user space (BPF_F_NO_USER_CONV)? */
  readonly short: boolean;
}

/** Why the kernel refuses a definition, if it does (arena_map_alloc). */
export function arenaReason({ keySize, valueSize, maxEntries, flags, mapExtra }: MapDef): string | undefined {
  const known = ArenaFlag.Mmapable | ArenaFlag.SegvOnFault | ArenaFlag.NoUserConv;
  if (keySize !== 0 || valueSize !== 0 || maxEntries === 0)
    return "an arena has neither keys nor values, and max_entries pages";
  if ((flags & ArenaFlag.Mmapable) === 0 || (flags & ~known) !== 0)
    return "an arena needs the flag BPF_F_MMAPABLE and knows few others";
  const end = mapExtra + BigInt(maxEntries) * BigInt(PAGE) - 1n;
  if ((mapExtra & BigInt(PAGE - 1)) !== 0n) return "map_extra is not the begin of a page";
  return mapExtra >> 32n === end >> 32n ? undefined : "an arena lies within 4 GiB";
}

export class ArenaMap extends VmMap {
  /** Address of the first page in user space. */
  readonly user: bigint;
  readonly window: ArenaWindow;
  /** Pages that may be given out. */
  #free: PageRanges;
  readonly #pages: number;
  /** By page: 1 when it is there. */
  readonly #there: Uint8Array;

  constructor(def: MapDef, host: MapHost) {
    super(def, host);
    this.user = def.mapExtra === 0n ? DEFAULT_BASE : def.mapExtra;
    const bytes = def.maxEntries * PAGE;
    this.window = {
      base: this.memory.allocate(bytes + 2 * GUARD, PAGE) + GUARD,
      bytes,
      userLo: Number(BigInt.asIntN(32, this.user)),
      userHi: Number(BigInt.asIntN(32, this.user >> 32n)),
      short: (def.flags & ArenaFlag.NoUserConv) !== 0,
    };
    this.#pages = def.maxEntries;
    this.#free = new PageRanges(def.maxEntries);
    this.#there = new Uint8Array(def.maxEntries);
  }

  /** Page that a user address begins, by its low half; -1: none of the arena. */
  #page(address: bigint): number {
    const offset = Number(BigInt.asUintN(32, address - this.user));
    return offset % PAGE === 0 && offset < this.window.bytes ? offset / PAGE : -1;
  }
  #paint(page: number, count: number, on: boolean): void {
    const at = this.window.base + page * PAGE;
    this.memory.u8.fill(0, at, at + count * PAGE);
    this.memory.paint(at, count * PAGE, on, on);
    this.#there.fill(on ? 1 : 0, page, page + count);
  }
  /** Gives zeroed pages out: their address in user space, or 0n. @param address where, 0n for anywhere */
  allocPages(address: bigint, count: number): bigint {
    const page = this.#claim(address, count);
    if (page < 0) return 0n;
    this.#free.remove(page, page + count);
    this.#paint(page, count, true);
    return this.user + BigInt(page * PAGE);
  }
  #claim(address: bigint, count: number): number {
    if (count === 0 || count > this.#pages) return -1;
    if (address === 0n) return this.#free.find(count);
    const page = this.#page(address);
    return page >= 0 && this.#free.has(page, page + count) ? page : -1;
  }
  /** Do so many pages from an address on lie in the arena? */
  holds(address: bigint, count: number): boolean {
    const page = this.#page(address);
    return page >= 0 && page + count <= this.#pages;
  }
  /** Takes pages back; what lies outside the arena is left alone. */
  freePages(address: bigint, count: number): void {
    const offset = Number(BigInt.asUintN(32, address - this.user)) & ~(PAGE - 1);
    const page = offset / PAGE;
    if (offset < 0 || page >= this.#pages) return;
    const end = Math.min(page + count, this.#pages);
    this.#free.add(page, end);
    this.#paint(page, end - page, false);
  }
  /** Keeps pages from being given out. False when one is taken already. */
  reservePages(address: bigint, count: number): boolean {
    const page = this.#claim(address, count);
    if (page < 0) return false;
    this.#free.remove(page, page + count);
    return true;
  }

  /**
   * The bytes at a user address as user space sees them: pages that are not there come into being, as at its page faults.
   * Undefined for addresses outside.
   */
  touch(address: bigint, bytes: number): Uint8Array | undefined {
    const offset = address - this.user;
    if (offset < 0n || offset + BigInt(bytes) > BigInt(this.window.bytes)) return undefined;
    const at = Number(offset);
    for (let page = Math.floor(at / PAGE); page * PAGE < at + bytes; page++) {
      if (this.#there[page] !== 0) continue;
      this.#free.remove(page, page + 1);
      this.#paint(page, 1, true);
    }
    return this.memory.bytes(this.window.base + at, bytes);
  }
  override reset(): void {
    this.#free = new PageRanges(this.#pages);
    this.#paint(0, this.#pages, false);
  }
}
