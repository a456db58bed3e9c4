/**
 * BTF type -> codec between bytes and JavaScript values. Integers up to 32 bits are `number`, 64-bit ones `bigint`,
 * bool `boolean`, structs objects by field name, `char[N]` a string, `unsigned char[N]` a Uint8Array, other arrays
 * arrays, enums `number`, pointers `bigint`; typedefs be16/be32/be64 (also with `__`) hold the logical value and are
 * byte-swapped in memory. Invariants: `encode` writes exactly `size` bytes, padding as zero; neither direction touches
 * bytes outside [offset, offset + size).
 */

import { arrayCodec, bytesCodec, stringCodec } from "./codec-array.js";
import { bitField } from "./codec-bits.js";
import { intCodec, swappedCodec } from "./codec-int.js";
import { compositeCodec } from "./codec-struct.js";
import type { Codec, PathCodec } from "./codec-types.js";
import { BtfError, CodecError } from "./error.js";
import type { Btf } from "./graph.js";
import type { BtfType } from "./types.js";

const BIG_ENDIAN: ReadonlySet<string> = new Set(["be16", "be32", "be64", "__be16", "__be32", "__be64"]);
const MAX_DEPTH = 64;

function build(btf: Btf, id: number, depth: number): PathCodec {
  if (depth > MAX_DEPTH) throw new BtfError("BTF_CYCLE", `type ${id} is nested more than ${MAX_DEPTH} deep`);
  let type: BtfType = btf.get(id);
  // A byte-order typedef may be wrapped in others; the first one met decides.
  for (let guard = 0; guard < MAX_DEPTH; guard++) {
    if (type.kind === "typedef" && BIG_ENDIAN.has(type.name)) return swappedCodec(btf.sizeOf(type.id), type.name);
    if (!("type" in type) || type.kind === "ptr" || type.kind === "func" || type.kind === "decl_tag") break;
    type = btf.get(type.type);
  }
  switch (type.kind) {
    case "int":
      return intCodec({
        bytes: type.size,
        signed: type.signed,
        bool: type.bool,
        name: `${type.signed ? "i" : "u"}${type.size * 8}`,
      });
    case "enum":
    case "enum64": {
      const signed = type.signed || type.values.some((v) => v.value < 0n);
      return intCodec({ bytes: type.size, signed, bool: false, name: `enum ${type.name}` });
    }
    case "ptr":
      return intCodec({ bytes: 8, signed: false, bool: false, name: "pointer" });
    case "array": {
      const element = btf.resolve(type.element);
      if (element.kind === "int" && element.size === 1 && !element.bool) {
        if (element.name === "char") return stringCodec(type.length);
        if (!element.signed) return bytesCodec(type.length);
      }
      btf.sizeOf(type.id);
      return arrayCodec(build(btf, type.element, depth + 1), type.length);
    }
    case "struct":
    case "union": {
      const bytes = btf.sizeOf(type.id);
      const fields = type.members.map((member) => {
        const width = member.bitSize > 0 ? member.bitSize : member.bitOffset % 8 === 0 ? 0 : -1;
        // Only corrupt type information has members that leave their struct; reading them would leave the buffer.
        const end = width > 0 ? (member.bitOffset + width) / 8 : member.bitOffset / 8 + btf.sizeOf(member.type);
        if (width < 0 || width > 64 || end > bytes)
          throw new BtfError(
            "BTF_MEMBER",
            `member ${member.name} of ${type.kind} ${type.name} leaves its ${bytes} bytes`,
          );
        const target = btf.resolve(member.type);
        if (member.bitSize > 0) {
          const signed = target.kind === "int" && target.signed;
          return {
            name: member.name,
            at: 0,
            codec: bitField(member.bitOffset, member.bitSize, signed, btf.sizeOf(member.type)),
          };
        }
        return { name: member.name, at: member.bitOffset / 8, codec: build(btf, member.type, depth + 1) };
      });
      return compositeCodec(type.kind, type.name, bytes, fields);
    }
    case "float":
    case "void":
    case "fwd":
    case "func":
    case "func_proto":
    case "var":
    case "datasec":
    case "decl_tag":
      throw new CodecError("CODEC_UNSUPPORTED", "", "a type with a value", `${type.kind} ${type.name}`.trim());
    default:
      throw new CodecError("CODEC_UNSUPPORTED", "", "a type with a value", type.kind);
  }
}

function bounds(size: number, bytes: Uint8Array, offset: number): DataView {
  if (offset < 0 || offset + size > bytes.length) {
    throw new CodecError("CODEC_BOUNDS", "", `${size} bytes at offset ${offset}`, `a buffer of ${bytes.length}`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset + offset, size);
}

/** Makes a public codec of a path-aware one. */
export function seal(codec: PathCodec): Codec {
  const { size } = codec;
  return {
    size,
    encode(value, bytes, offset, path = "") {
      const view = bounds(size, bytes, offset);
      bytes.fill(0, offset, offset + size);
      codec.put(value, view, 0, path);
    },
    decode: (bytes, offset) => codec.get(bounds(size, bytes, offset), 0),
  };
}

/**
 * The codec of a type.
 * @throws BtfError for a corrupt type; CodecError `CODEC_UNSUPPORTED` for one without values (void, functions, float)
 * @example
 * const codec = codecFor(btf, btf.find("stats", "struct")?.id ?? 0);
 * codec.encode({ packets: 1n, bytes: 60n }, new Uint8Array(codec.size), 0);
 */
export function codecFor(btf: Btf, typeId: number): Codec {
  return seal(build(btf, typeId, 0));
}

/** The codec of an unsigned integer of 1, 2, 4 or 8 bytes. */
export function uintCodec(bytes: 1 | 2 | 4 | 8): Codec {
  return seal(intCodec({ bytes, signed: false, bool: false, name: `u${bytes * 8}` }));
}

/** The codec of `size` bytes without a type: a Uint8Array. */
export function rawCodec(size: number): Codec {
  return seal(bytesCodec(size));
}

/**
 * A number or bigint in the JavaScript type that an integer of a BTF type has (bigint from 64 bits on); other values
 * stay as they are. For inputs where a user may write either: config values, JSON.
 */
export function intValue(btf: Btf, typeId: number, value: unknown): unknown {
  const type = btf.resolve(typeId);
  if (type.kind !== "int" && type.kind !== "enum" && type.kind !== "enum64" && type.kind !== "ptr") return value;
  const size = btf.sizeOf(type.id);
  if (type.kind === "int" && type.bool)
    return typeof value === "number" || typeof value === "bigint" ? value !== 0 && value !== 0n : value;
  if (size > 4 && typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (size <= 4 && typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return size > 4 ? BigInt(value) : Number(value);
  return value;
}
