/** Codecs of integers, booleans, enums and pointers, in both byte orders. */
import type { PathCodec } from "./codec-types.js";
import { CodecError } from "./error.js";

interface IntShape {
  /** 1, 2, 4, 8 or 16. */
  readonly bytes: number;
  readonly signed: boolean;
  readonly bool: boolean;
  /** For messages. */
  readonly name: string;
}

/** How a value of the wrong type is shown in a message. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : `a ${value.constructor?.name ?? "object"}`;
}

/** The TypeScript type of an integer in generated typings. */
const tsType = (bits: number): string => (bits > 32 ? "bigint" : "number");

/** Checks a number or bigint against a range and gives it as bigint. @throws CodecError `CODEC_TYPE`, `CODEC_RANGE` */
export function integer(value: unknown, bits: number, signed: boolean, name: string, path: string): bigint {
  const min = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = (signed ? 2n ** BigInt(bits - 1) : 2n ** BigInt(bits)) - 1n;
  const expected = `a ${tsType(bits)} (${name}, ${min} to ${max})`;
  if (typeof value === "number" && !Number.isInteger(value))
    throw new CodecError("CODEC_RANGE", path, expected, show(value));
  if (typeof value !== "number" && typeof value !== "bigint")
    throw new CodecError("CODEC_TYPE", path, expected, show(value));
  const big = BigInt(value);
  if (big < min || big > max) throw new CodecError("CODEC_RANGE", path, expected, show(value));
  return big;
}

/** Reads an unsigned integer of any byte count. */
function read(view: DataView, at: number, bytes: number, little: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(view.getUint8(little ? at + bytes - 1 - i : at + i));
  return value;
}

function write(view: DataView, at: number, bytes: number, value: bigint, little: boolean): void {
  for (let i = 0; i < bytes; i++) {
    view.setUint8(little ? at + i : at + bytes - 1 - i, Number((value >> BigInt(8 * i)) & 0xffn));
  }
}

/** A little-endian integer. */
export function intCodec({ bytes, signed, bool, name }: IntShape): PathCodec {
  const bits = bytes * 8;
  return {
    size: bytes,
    put(value, view, at, path) {
      if (bool) {
        if (typeof value !== "boolean") throw new CodecError("CODEC_TYPE", path, "a boolean", show(value));
        view.setUint8(at, value ? 1 : 0);
        return;
      }
      if (bytes <= 4 && typeof value === "bigint")
        throw new CodecError("CODEC_TYPE", path, `a number (${name})`, show(value));
      const big = integer(value, bits, signed, name, path);
      if (bytes === 8) view.setBigUint64(at, BigInt.asUintN(64, big), true);
      else write(view, at, bytes, BigInt.asUintN(bits, big), true);
    },
    get(view, at) {
      if (bool) return view.getUint8(at) !== 0;
      switch (bytes) {
        case 1:
          return signed ? view.getInt8(at) : view.getUint8(at);
        case 2:
          return signed ? view.getInt16(at, true) : view.getUint16(at, true);
        case 4:
          return signed ? view.getInt32(at, true) : view.getUint32(at, true);
        case 8:
          return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
        default: {
          const value = read(view, at, bytes, true);
          return signed ? BigInt.asIntN(bits, value) : value;
        }
      }
    },
  };
}

/** An unsigned integer that lies in memory in network order. */
export function swappedCodec(bytes: number, name: string): PathCodec {
  return {
    size: bytes,
    put(value, view, at, path) {
      write(view, at, bytes, integer(value, bytes * 8, false, name, path), false);
    },
    get(view, at) {
      const value = read(view, at, bytes, false);
      return bytes <= 4 ? Number(value) : value;
    },
  };
}
