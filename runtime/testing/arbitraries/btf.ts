/**
 * BTF type -> fast-check arbitrary of its values, in the JavaScript form that the codecs take: maps' keys and values, structs,
 * events. Shrinking goes towards zero, empty text and the first enumerator.
 */
import fc from "fast-check";
import { type Btf, BtfError, type BtfType } from "../../btf/index.js";
import { TestingError } from "../error.js";

/** Typedefs that codecs swap: their values are unsigned numbers in host order. */
const BIG_ENDIAN: ReadonlySet<string> = new Set(["be16", "be32", "be64", "__be16", "__be32", "__be64"]);
const MAX_DEPTH = 16;

/** An integer of a width; edges turn up often, as fast-check biases. */
export function integer(bytes: number, signed: boolean): fc.Arbitrary<number | bigint> {
  const bits = bytes * 8;
  if (bytes > 4)
    return signed
      ? fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n })
      : fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  return signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });
}

function swapped(btf: Btf, id: number): fc.Arbitrary<unknown> | undefined {
  let type: BtfType = btf.get(id);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (type.kind === "typedef" && BIG_ENDIAN.has(type.name)) return integer(btf.sizeOf(type.id), false);
    if (type.kind === "ptr" || type.kind === "func" || type.kind === "decl_tag" || !("type" in type)) return undefined;
    type = btf.get(type.type);
  }
  return undefined;
}

function composite(
  btf: Btf,
  type: Extract<BtfType, { kind: "struct" | "union" }>,
  depth: number,
): fc.Arbitrary<Record<string, unknown>> {
  const parts = type.members
    .filter((m) => m.name !== "" || ["struct", "union"].includes(btf.resolve(m.type).kind))
    .map((member): fc.Arbitrary<Record<string, unknown>> => {
      if (member.name === "") return build(btf, member.type, depth + 1) as fc.Arbitrary<Record<string, unknown>>;
      const target = btf.resolve(member.type);
      const value =
        member.bitSize > 0
          ? bitField(member.bitSize, target.kind === "int" && target.signed, btf.sizeOf(member.type))
          : build(btf, member.type, depth + 1);
      return value.map((v) => ({ [member.name]: v }));
    });
  // A union is set through one of its members: the first is the simplest.
  if (type.kind === "union") return parts.length === 0 ? fc.constant({}) : fc.oneof(...parts);
  return fc.tuple(...parts).map((list) => Object.assign({}, ...list) as Record<string, unknown>);
}

function bitField(bits: number, signed: boolean, bytes: number): fc.Arbitrary<unknown> {
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  // Codecs give bit-fields of 64-bit types as bigint.
  return fc.bigInt({ min, max }).map((v) => (bytes > 4 ? v : Number(v)));
}

function build(btf: Btf, id: number, depth: number): fc.Arbitrary<unknown> {
  if (depth > MAX_DEPTH) throw new BtfError("BTF_CYCLE", `type ${id} is nested more than ${MAX_DEPTH} deep`);
  const network = swapped(btf, id);
  if (network !== undefined) return network;
  const type = btf.resolve(id);
  switch (type.kind) {
    case "int":
      return type.bool ? fc.boolean() : integer(type.size, type.signed);
    case "enum":
    case "enum64": {
      const signed = type.signed || type.values.some((v) => v.value < 0n);
      const named = type.values.map(({ value }) => (type.size > 4 ? value : Number(value)));
      const any = integer(type.size, signed);
      return named.length === 0
        ? any
        : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...named) }, { weight: 1, arbitrary: any });
    }
    case "ptr":
      return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    case "array": {
      const element = btf.resolve(type.element);
      if (element.kind === "int" && element.size === 1 && !element.bool) {
        if (element.name === "char") return fc.string({ unit: "grapheme-ascii", maxLength: type.length });
        if (!element.signed) return fc.uint8Array({ minLength: type.length, maxLength: type.length });
      }
      return fc.array(build(btf, type.element, depth + 1), { minLength: type.length, maxLength: type.length });
    }
    case "struct":
    case "union":
      return composite(btf, type, depth);
    default:
      throw new TestingError("TEST_TYPE", `${type.kind} ${type.name} has no values`.replace("  ", " "));
  }
}

/**
 * Values of a type.
 * @param type a name ("DropEvent") or a BTF id
 * @throws TestingError `TEST_TYPE` for a type that is not there or has no values (functions, floats); BtfError for corrupt types
 * @example fc.sample(valuesOf(machine.object.btf, "DropEvent"))
 */
export function valuesOf(btf: Btf | undefined, type: string | number): fc.Arbitrary<unknown> {
  if (btf === undefined) throw new TestingError("TEST_TYPE", "the object has no BTF");
  const id = typeof type === "number" ? type : (btf.find(type, "struct") ?? btf.find(type))?.id;
  if (id === undefined) throw new TestingError("TEST_TYPE", `the object's BTF has no type ${type}`);
  return build(btf, id, 0);
}
