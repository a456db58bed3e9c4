/** Internet checksums (RFC 1071) as the kernel's helpers compute them (net/core/filter.c, include/net/checksum.h). */
import { Errno } from "../errno.js";
import type { HelperCall, HelperTable } from "./call.js";
import { skbRange } from "./packet-bytes.js";

/** One's complement sum of 32-bit words. */
function add32(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return (sum % 4294967296) + (sum >= 4294967296 ? 1 : 0);
}
const invert32 = (a: number): number => ~a >>> 0;

/** Folds to 16 bits, not complemented. */
export function fold16(sum: number): number {
  let folded = (sum >>> 16) + (sum & 0xffff);
  folded = (folded >>> 16) + (folded & 0xffff);
  return folded;
}
/** csum_fold: folds and complements. */
const fold = (sum: number): number => ~fold16(sum >>> 0) & 0xffff;

/**
 * csum_partial: the one's complement sum of 32-bit words, which is what the kernel's wider sums fold to. The width
 * matters for zero: it comes out as 0 only when all that was added was 0 (arch/x86/lib/csum-partial_64.c).
 */
function partial(bytes: Uint8Array, seed: number): number {
  let sum = seed >>> 0;
  for (let i = 0; i < bytes.length; i += 4) {
    const low = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8);
    sum = add32(sum, low | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24));
  }
  return sum;
}

function replace(call: HelperCall, at: number, from: bigint, to: bigint, size: number): number {
  const { view } = call.run.memory;
  const old = view.getUint16(at, true);
  const [old32, new32] = [Number(BigInt.asUintN(32, from)), Number(BigInt.asUintN(32, to))];
  let next: number;
  if (size === 0) next = fold(add32(new32, invert32(old) >>> 0));
  else if (size === 2) next = ~fold16(add32(add32(~old & 0xffff, ~old32 & 0xffff), new32 & 0xffff)) & 0xffff;
  else next = fold(add32(add32(invert32(old), invert32(old32)), new32));
  view.setUint16(at, next, true);
  return next;
}

const Flag = { SizeMask: 0xf, PseudoHeader: 1 << 4, MangledZero: 1 << 5, Enforce: 1 << 6, Ipv6: 1 << 7 } as const;

function replaceAt(call: HelperCall, allowed: number): { at: number; flags: number } | number {
  const flags = call.hi(5) === 0 ? call.u32(5) : -1;
  if ((flags & ~allowed) !== 0) return Errno.EINVAL;
  const offset = call.u32(2);
  if (offset > 0xffff || (offset & 1) !== 0) return Errno.EFAULT;
  const at = skbRange(call, offset, 2);
  return at === undefined ? Errno.EFAULT : { at, flags };
}

export const checksumHelpers = {
  csum_diff(call) {
    const [fromSize, toSize] = [call.size(2), call.size(4)];
    if (((fromSize | toSize) & 3) !== 0) return Errno.EINVAL;
    const seed = call.u32(5);
    const from = fromSize === 0 ? undefined : call.run.memory.bytes(call.readable(1, fromSize), fromSize);
    const to = toSize === 0 ? undefined : call.run.memory.bytes(call.readable(3, toSize), toSize);
    let sum = seed;
    if (to !== undefined) sum = partial(to, seed);
    if (from !== undefined) {
      sum = to === undefined ? invert32(partial(from, invert32(seed))) : add32(sum, invert32(partial(from, 0)));
    }
    // Folded to 16 bits on every architecture since 6.13.
    return fold16(sum);
  },
  csum_update: () => Errno.ENOTSUPP,
  csum_level: () => Errno.EACCES,
  l3_csum_replace(call) {
    const place = replaceAt(call, Flag.SizeMask);
    if (typeof place === "number") return place;
    const [from, to] = [call.u64(3), call.u64(4)];
    const size = place.flags & Flag.SizeMask;
    if (size === 0 ? from !== 0n : size !== 2 && size !== 4) return Errno.EINVAL;
    replace(call, place.at, from, to, size);
    return 0;
  },
  l4_csum_replace(call) {
    const place = replaceAt(call, Flag.SizeMask | Flag.PseudoHeader | Flag.MangledZero | Flag.Enforce | Flag.Ipv6);
    if (typeof place === "number") return place;
    const [from, to] = [call.u64(3), call.u64(4)];
    const { at, flags } = place;
    const size = flags & Flag.SizeMask;
    const { view } = call.run.memory;
    // A UDP checksum of 0 means that there is none: it stays.
    if ((flags & Flag.MangledZero) !== 0 && (flags & Flag.Enforce) === 0 && view.getUint16(at, true) === 0) return 0;
    if (size === 0 ? from !== 0n : size !== 2 && size !== 4) return Errno.EINVAL;
    const next = replace(call, at, from, to, size);
    if ((flags & Flag.MangledZero) !== 0 && next === 0) view.setUint16(at, 0xffff, true);
    return 0;
  },
} satisfies HelperTable;
