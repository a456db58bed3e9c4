/**
 * .BTF bytes -> type list (kernel Documentation/bpf/btf.rst). Input: the section or /sys/kernel/btf/*; little-endian.
 * Output: types by id. Invariant: every id that a type names exists; nothing else about the graph is checked here.
 */
import { ByteReader } from "./bytes.js";
import { BtfError } from "./error.js";
import { StringTable } from "./strings.js";
import { type BtfType, Kind } from "./types.js";

const LINKAGE = ["static", "global", "extern"] as const;
const REF_KINDS: Readonly<Record<number, "ptr" | "typedef" | "volatile" | "const" | "restrict" | "type_tag">> = {
  [Kind.Ptr]: "ptr",
  [Kind.Typedef]: "typedef",
  [Kind.Volatile]: "volatile",
  [Kind.Const]: "const",
  [Kind.Restrict]: "restrict",
  [Kind.TypeTag]: "type_tag",
};

function many<T>(count: number, left: number, each: number, read: () => T): T[] {
  if (count * each > left)
    throw new BtfError("BTF_TRUNCATED", `${count} entries of ${each} bytes do not fit in ${left}`);
  return Array.from({ length: count }, read);
}

function readType(r: ByteReader, strings: StringTable, id: number): BtfType {
  const name = strings.at(r.u32());
  const info = r.u32();
  const sizeOrType = r.u32();
  const vlen = info & 0xffff;
  const kindNumber = (info >>> 24) & 0x1f;
  const flag = info >>> 31 === 1;
  const ref = REF_KINDS[kindNumber];
  if (ref !== undefined) return { id, name, kind: ref, type: sizeOrType };
  switch (kindNumber) {
    case Kind.Int: {
      const word = r.u32();
      const encoding = (word >>> 24) & 0xf;
      return {
        id,
        name,
        kind: "int",
        size: sizeOrType,
        signed: (encoding & 1) !== 0,
        char: (encoding & 2) !== 0,
        bool: (encoding & 4) !== 0,
        bits: word & 0xff,
        bitOffset: (word >>> 16) & 0xff,
      };
    }
    case Kind.Array:
      return { id, name, kind: "array", element: r.u32(), indexType: r.u32(), length: r.u32() };
    case Kind.Struct:
    case Kind.Union:
      return {
        id,
        name,
        kind: kindNumber === Kind.Struct ? "struct" : "union",
        size: sizeOrType,
        members: many(vlen, r.left, 12, () => {
          const member = strings.at(r.u32());
          const type = r.u32();
          const offset = r.u32();
          // kind_flag: the upper 8 bits of the offset are the bit-field's width.
          return {
            name: member,
            type,
            bitOffset: flag ? offset & 0xffffff : offset,
            bitSize: flag ? offset >>> 24 : 0,
          };
        }),
      };
    case Kind.Enum:
      return {
        id,
        name,
        kind: "enum",
        size: sizeOrType,
        // Before kernel 6.0 the flag did not exist: negative values show that an enum is signed.
        signed: flag,
        values: many(vlen, r.left, 8, () => ({ name: strings.at(r.u32()), value: BigInt(r.i32()) })),
      };
    case Kind.Enum64:
      return {
        id,
        name,
        kind: "enum64",
        size: sizeOrType,
        signed: flag,
        values: many(vlen, r.left, 12, () => {
          const label = strings.at(r.u32());
          const raw = BigInt(r.u32()) | (BigInt(r.u32()) << 32n);
          return { name: label, value: flag ? BigInt.asIntN(64, raw) : raw };
        }),
      };
    case Kind.Fwd:
      return { id, name, kind: "fwd", union: flag };
    case Kind.Func:
      return { id, name, kind: "func", type: sizeOrType, linkage: LINKAGE[vlen] ?? "global" };
    case Kind.FuncProto:
      return {
        id,
        name,
        kind: "func_proto",
        result: sizeOrType,
        params: many(vlen, r.left, 8, () => ({ name: strings.at(r.u32()), type: r.u32() })),
      };
    case Kind.Var:
      return { id, name, kind: "var", type: sizeOrType, linkage: LINKAGE[r.u32()] ?? "global" };
    case Kind.Datasec:
      return {
        id,
        name,
        kind: "datasec",
        size: sizeOrType,
        vars: many(vlen, r.left, 12, () => ({ type: r.u32(), offset: r.u32(), size: r.u32() })),
      };
    case Kind.Float:
      return { id, name, kind: "float", size: sizeOrType };
    case Kind.DeclTag:
      return { id, name, kind: "decl_tag", type: sizeOrType, component: r.i32() };
    default:
      throw new BtfError("BTF_KIND", `type ${id} has unknown kind ${kindNumber}`);
  }
}

function referenced(type: BtfType): readonly number[] {
  switch (type.kind) {
    case "ptr":
    case "typedef":
    case "volatile":
    case "const":
    case "restrict":
    case "type_tag":
    case "func":
    case "var":
    case "decl_tag":
      return [type.type];
    case "array":
      return [type.element, type.indexType];
    case "struct":
    case "union":
      return type.members.map((member) => member.type);
    case "func_proto":
      return [type.result, ...type.params.map((param) => param.type)];
    case "datasec":
      return type.vars.map((v) => v.type);
    default:
      return [];
  }
}

/** Types and strings of one BTF blob; `firstId` is 1, or the base's next id for split BTF. */
export interface ParsedBtf {
  readonly types: readonly BtfType[];
  readonly strings: StringTable;
  readonly firstId: number;
}

/**
 * Reads a BTF blob.
 * @throws BtfError `BTF_HEADER`, `BTF_TRUNCATED`, `BTF_KIND`, `BTF_STRING`, `BTF_TYPE_ID`
 */
export function parseTypes(
  bytes: Uint8Array,
  base?: { readonly strings: StringTable; readonly count: number },
): ParsedBtf {
  const header = new ByteReader(bytes, "BTF");
  const magic = header.u16();
  if (magic === 0x9feb) throw new BtfError("BTF_HEADER", "big-endian BTF is not supported");
  if (magic !== 0xeb9f) throw new BtfError("BTF_HEADER", `magic is 0x${magic.toString(16)}, not 0xeb9f`);
  const version = header.u8();
  if (version !== 1) throw new BtfError("BTF_HEADER", `version ${version} is unknown`);
  header.u8();
  const length = header.u32();
  if (length < 24) throw new BtfError("BTF_HEADER", `header length ${length} is below 24`);
  const [typeOff, typeLen, strOff, strLen] = [header.u32(), header.u32(), header.u32(), header.u32()];
  const strings = new StringTable(header.slice(length + strOff, strLen), base?.strings);
  const body = new ByteReader(header.slice(length + typeOff, typeLen), "BTF type section");
  const firstId = base === undefined ? 1 : base.count;
  const types: BtfType[] = [];
  while (body.left > 0) types.push(readType(body, strings, firstId + types.length));
  const end = firstId + types.length;
  for (const type of types) {
    for (const id of referenced(type)) {
      if (id >= end) throw new BtfError("BTF_TYPE_ID", `type ${type.id} refers to type ${id} of ${end - 1}`);
    }
  }
  return { types, strings, firstId };
}
