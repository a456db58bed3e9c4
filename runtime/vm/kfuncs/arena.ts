/** Pages of arenas (kernel/bpf/arena.c, bpf_arena_alloc_pages and relatives). */
import type { HelperCall, Implementation } from "../helpers/call.js";
import { ArenaMap, PAGE } from "../maps/arena.js";

const EINVAL = -22;
const EBUSY = -16;

const arena = (call: HelperCall): ArenaMap => call.mapOf(1, ArenaMap);
const within = (address: bigint): boolean => address % BigInt(PAGE) === 0n;

export const arenaKfuncs: Readonly<Record<string, Implementation>> = {
  /** (map, address, pages, NUMA node, flags) */
  bpf_arena_alloc_pages(call) {
    const map = arena(call);
    const address = call.u64(2);
    return call.give(call.u64(5) !== 0n || !within(address) ? 0n : map.allocPages(address, call.u32(3)));
  },
  /** (map, address, pages) */
  bpf_arena_free_pages(call) {
    const map = arena(call);
    if (call.u64(2) !== 0n && call.u32(3) !== 0) map.freePages(call.u64(2), call.u32(3));
    return 0;
  },
  /** (map, address, pages) */
  bpf_arena_reserve_pages(call) {
    const map = arena(call);
    if (call.u32(3) === 0) return 0;
    // An address inside a page is no error to the kernel, and reserves nothing (arena_reserve_pages).
    if (!within(call.u64(2))) return 0;
    if (!map.holds(call.u64(2), call.u32(3))) return EINVAL;
    return map.reservePages(call.u64(2), call.u32(3)) ? 0 : EBUSY;
  },
};
