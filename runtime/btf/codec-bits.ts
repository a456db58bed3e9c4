/** Bit-fields: `width` bits from bit `from` of a struct, counted as little-endian C compilers lay them out. */

import { integer } from "./codec-int.js";
import type { PathCodec } from "./codec-types.js";

/**
 * @param storageBytes size of the declared type: 8-byte fields are bigint, others number
 */
export function bitField(from: number, width: number, signed: boolean, storageBytes: number): PathCodec {
  const first = from >> 3;
  const shift = from & 7;
  const bytes = (shift + width + 7) >> 3;
  const mask = (1n << BigInt(width)) - 1n;
  const load = (view: DataView, at: number): bigint => {
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(at + first + i));
    return value;
  };
  return {
    size: first + bytes,
    put(value, view, at, path) {
      const bits = BigInt.asUintN(width, integer(value, width, signed, `a ${width}-bit field`, path));
      const merged = (load(view, at) & ~(mask << BigInt(shift))) | (bits << BigInt(shift));
      for (let i = 0; i < bytes; i++) view.setUint8(at + first + i, Number((merged >> BigInt(8 * i)) & 0xffn));
    },
    get(view, at) {
      const raw = (load(view, at) >> BigInt(shift)) & mask;
      const value = signed ? BigInt.asIntN(width, raw) : raw;
      return storageBytes > 4 ? value : Number(value);
    },
  };
}
