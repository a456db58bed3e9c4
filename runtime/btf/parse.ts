/**
 * .BTF bytes -> types (kernel Documentation/bpf/btf.rst). Input: the section or /sys/kernel/btf/*; little-endian.
 * Output: types by id, made when they are asked for: a kernel has 100,000 of them and a program needs a dozen.
 * Invariant: every id and every name that a type gives exists; nothing else about the graph is checked here.
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

/** What follows the 12 bytes of every type, in bytes; where the ids and names of others stand. */
interface Layout {
  /** Bytes of the part that is there once. */
  readonly fixed: number;
  /** Bytes of each of `vlen` entries; none where vlen means something else. */
  readonly each: number;
  /** Whether the header's third word is a type. */
  readonly ref?: true;
  /** Offsets of types and of a name in the fixed part or in each entry. */
  readonly refs?: readonly number[];
  readonly name?: number;
}
const BARE: Layout = { fixed: 0, each: 0 };
const REF: Layout = { fixed: 0, each: 0, ref: true };
const MEMBERS: Layout = { fixed: 0, each: 12, refs: [4], name: 0 };
const LAYOUTS: readonly (Layout | undefined)[] = [
  // BTF_KIND_UNKN: what encoders leave where a type could not be written; nothing is known of it.
  BARE,
  { fixed: 4, each: 0 },
  REF,
  { fixed: 12, each: 0, refs: [0, 4] },
  MEMBERS,
  MEMBERS,
  { fixed: 0, each: 8, name: 0 },
  BARE,
  REF,
  REF,
  REF,
  REF,
  REF,
  { fixed: 0, each: 8, ref: true, refs: [4], name: 0 },
  { fixed: 4, each: 0, ref: true },
  { fixed: 0, each: 12, refs: [0] },
  BARE,
  { fixed: 4, each: 0, ref: true },
  REF,
  { fixed: 0, each: 12, name: 0 },
];

/** Bits of a type's `info`: kind in 24 to 30, number of entries in 0 to 23 (before 7.1: 5 and 16 bits, the others zero). */
const kindOf = (info: number): number => (info >>> 24) & 0x7f;
const vlenOf = (info: number): number => info & 0xff_ffff;

/** struct btf_layout, which a header of 32 bytes points at: one for each kind that the encoder knew. */
const LAYOUT_BYTES = 4;

/** Sizes of the kinds that are not known here, as the blob's own layout section has them. */
function ownLayouts(section: Uint8Array): readonly (Layout | undefined)[] {
  const count = Math.floor(section.length / LAYOUT_BYTES);
  const kinds = Array.from({ length: Math.max(count, LAYOUTS.length) }, (_, kind) => kind);
  return kinds.map((kind): Layout | undefined => {
    const known = LAYOUTS[kind];
    if (known !== undefined || kind >= count) return known;
    return { fixed: section[kind * LAYOUT_BYTES] ?? 0, each: section[kind * LAYOUT_BYTES + 1] ?? 0 };
  });
}

const many = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);

function readType(r: ByteReader, strings: StringTable, id: number): BtfType {
  const name = strings.at(r.u32());
  const info = r.u32();
  const sizeOrType = r.u32();
  const vlen = vlenOf(info);
  const kindNumber = kindOf(info);
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
        members: many(vlen, () => {
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
        values: many(vlen, () => ({ name: strings.at(r.u32()), value: BigInt(r.i32()) })),
      };
    case Kind.Enum64:
      return {
        id,
        name,
        kind: "enum64",
        size: sizeOrType,
        signed: flag,
        values: many(vlen, () => {
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
        params: many(vlen, () => ({ name: strings.at(r.u32()), type: r.u32() })),
      };
    case Kind.Var:
      return { id, name, kind: "var", type: sizeOrType, linkage: LINKAGE[r.u32()] ?? "global" };
    case Kind.Datasec:
      return {
        id,
        name,
        kind: "datasec",
        size: sizeOrType,
        vars: many(vlen, () => ({ type: r.u32(), offset: r.u32(), size: r.u32() })),
      };
    case Kind.Float:
      return { id, name, kind: "float", size: sizeOrType };
    case Kind.DeclTag:
      return { id, name, kind: "decl_tag", type: sizeOrType, component: r.i32() };
    default:
      // The scan has found where it ends; it describes nothing that can be used.
      return { id, name, kind: "void" };
  }
}

/** Where every type begins and what it is called; `highest` is the last type that any of them names. */
interface Scan {
  readonly starts: Uint32Array;
  readonly names: Uint32Array;
  readonly count: number;
  readonly highest: number;
  /** Place in `starts` of the type that names it. */
  readonly by: number;
}

/** @throws BtfError `BTF_TRUNCATED`, `BTF_KIND`, `BTF_STRING` */
function scan(body: Uint8Array, strings: StringTable, firstId: number, layouts: readonly (Layout | undefined)[]): Scan {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const end = body.length;
  const starts = new Uint32Array(Math.ceil(end / 12));
  const names = new Uint32Array(starts.length);
  let count = 0;
  let highest = 0;
  let by = 0;
  const refersTo = (id: number): void => {
    if (id <= highest) return;
    highest = id;
    by = count;
  };
  for (let at = 0; at < end; count++) {
    // Zeros that align what follows.
    if (end - at < 12 && body.subarray(at).every((byte) => byte === 0)) break;
    if (end - at < 12)
      throw new BtfError("BTF_TRUNCATED", `BTF type section ends at byte ${end}, 12 more needed at ${at}`);
    const info = view.getUint32(at + 4, true);
    const layout = layouts[kindOf(info)];
    if (layout === undefined)
      throw new BtfError("BTF_KIND", `type ${firstId + count} has unknown kind ${kindOf(info)}`);
    const entries = layout.each === 0 ? 0 : vlenOf(info);
    const next = at + 12 + layout.fixed + entries * layout.each;
    if (next > end)
      throw new BtfError("BTF_TRUNCATED", `type ${firstId + count} ends at byte ${next}, the type section at ${end}`);
    starts[count] = at;
    names[count] = view.getUint32(at, true);
    strings.check(view.getUint32(at, true));
    if (layout.ref) refersTo(view.getUint32(at + 8, true));
    const { refs, name } = layout;
    // The fixed part counts as one entry: no kind has names or types in both.
    for (let entry = at + 12; entry < next; entry += layout.each || next) {
      if (refs !== undefined) for (const offset of refs) refersTo(view.getUint32(entry + offset, true));
      if (name !== undefined) strings.check(view.getUint32(entry + name, true));
    }
    at = next;
  }
  return { starts, names, count, highest, by };
}

/** Types and strings of one BTF blob. */
export class ParsedBtf {
  readonly #made: (BtfType | undefined)[] = [];

  constructor(
    private readonly body: Uint8Array,
    private readonly starts: Uint32Array,
    /** Offsets of names, by id from `firstId` on. */
    readonly names: Uint32Array,
    readonly strings: StringTable,
    /** 1, or the base's next id for split BTF. */
    readonly firstId: number,
  ) {}

  /** Types of this blob. */
  get count(): number {
    return this.starts.length;
  }

  /** The type with id `firstId + index`; undefined outside the blob. */
  at(index: number): BtfType | undefined {
    const known = this.#made[index];
    if (known !== undefined) return known;
    const start = this.starts[index];
    if (start === undefined) return undefined;
    const reader = new ByteReader(this.body, "BTF type section");
    reader.offset = start;
    const type = readType(reader, this.strings, this.firstId + index);
    this.#made[index] = type;
    return type;
  }
}

/** The layout section of a header of 32 bytes, which the next words of the header point at. */
function layoutSection(header: ByteReader, length: number): Uint8Array {
  const offset = header.u32();
  return header.slice(length + offset, header.u32());
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
  const body = header.slice(length + typeOff, typeLen);
  const firstId = base === undefined ? 1 : base.count;
  const layouts = length >= 32 ? ownLayouts(layoutSection(header, length)) : LAYOUTS;
  const { starts, names, count, highest, by } = scan(body, strings, firstId, layouts);
  const end = firstId + count;
  if (highest >= end) throw new BtfError("BTF_TYPE_ID", `type ${firstId + by} refers to type ${highest} of ${end - 1}`);
  return new ParsedBtf(body, starts.slice(0, count), names.slice(0, count), strings, firstId);
}
