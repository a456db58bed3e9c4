/**
 * .BTF.ext bytes -> function, line and CO-RE relocation records per ELF section (kernel Documentation/bpf/btf.rst,
 * section 4). Instruction offsets are turned from bytes into slots of that section.
 */
import { ByteReader } from "./bytes.js";
import { BtfError } from "./error.js";
import type { StringTable } from "./strings.js";

const INSN_BYTES = 8;

/** A function that starts at a slot; `typeId` is its BTF func. */
export interface FuncInfo {
  readonly insn: number;
  readonly typeId: number;
}
/** The source line of the instructions from a slot on. */
export interface LineInfo {
  readonly insn: number;
  readonly file: string;
  /** Text of the line as the compiler saw it; may be "". */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}
/** enum bpf_core_relo_kind. */
export const CoreKind = {
  FieldByteOffset: 0,
  FieldByteSize: 1,
  FieldExists: 2,
  FieldSigned: 3,
  FieldLshiftU64: 4,
  FieldRshiftU64: 5,
  TypeIdLocal: 6,
  TypeIdTarget: 7,
  TypeExists: 8,
  TypeSize: 9,
  EnumvalExists: 10,
  EnumvalValue: 11,
  TypeMatches: 12,
} as const;
/** One CO-RE relocation. */
export interface CoreRelocation {
  readonly insn: number;
  readonly typeId: number;
  /** "0:1:2" */
  readonly access: string;
  /** One of {@link CoreKind}. */
  readonly kind: number;
}
/** Records by index of the ELF section that holds their instructions, in file order. */
export interface BtfExt {
  readonly funcs: ReadonlyMap<number, readonly FuncInfo[]>;
  readonly lines: ReadonlyMap<number, readonly LineInfo[]>;
  readonly core: ReadonlyMap<number, readonly CoreRelocation[]>;
}

/**
 * Index of the ELF section that a record is about. The name alone does not say it: LLVM puts the records of all
 * sections of one name together, and only the relocation of the record tells them apart.
 * @param name of the section, as .BTF.ext has it
 * @param at byte offset of the record in .BTF.ext: its first word is the instruction's offset
 */
export type SectionOf = (name: string, at: number) => number | undefined;

function slot(offset: number): number {
  if (offset % INSN_BYTES !== 0) throw new BtfError("BTF_EXT", `instruction offset ${offset} is not a multiple of 8`);
  return offset / INSN_BYTES;
}

/** One of the tables: `from` is where it begins in .BTF.ext. */
interface Part {
  readonly bytes: Uint8Array;
  readonly from: number;
}

function table<T>(
  { bytes, from }: Part,
  strings: StringTable,
  sectionOf: SectionOf,
  minimum: number,
  read: (r: ByteReader) => T,
): Map<number, T[]> {
  const out = new Map<number, T[]>();
  if (bytes.length === 0) return out;
  const r = new ByteReader(bytes, "BTF.ext");
  const recordBytes = r.u32();
  if (recordBytes < minimum) throw new BtfError("BTF_EXT", `record size ${recordBytes} is below ${minimum}`);
  while (r.left > 0) {
    const name = strings.at(r.u32());
    const count = r.u32();
    if (count * recordBytes > r.left) throw new BtfError("BTF_EXT", `${count} records do not fit in ${r.left} bytes`);
    for (let i = 0; i < count; i++) {
      const start = r.offset;
      const record = read(r);
      r.offset = start + recordBytes;
      const section = sectionOf(name, from + start);
      if (section === undefined) continue; // of a section that was stripped
      const records = out.get(section);
      if (records === undefined) out.set(section, [record]);
      else records.push(record);
    }
  }
  return out;
}

/**
 * Reads .BTF.ext.
 * @param strings the string section of the .BTF beside it
 * @param sectionOf finds the ELF section of each record
 * @throws BtfError `BTF_HEADER`, `BTF_TRUNCATED`, `BTF_EXT`, `BTF_STRING`
 */
export function parseBtfExt(bytes: Uint8Array, strings: StringTable, sectionOf: SectionOf): BtfExt {
  const header = new ByteReader(bytes, "BTF.ext");
  if (header.u16() !== 0xeb9f) throw new BtfError("BTF_HEADER", "BTF.ext has another magic than 0xeb9f");
  header.u16();
  const length = header.u32();
  if (length < 24) throw new BtfError("BTF_HEADER", `BTF.ext header length ${length} is below 24`);
  const part = (): Part => {
    const from = length + header.u32();
    return { bytes: header.slice(from, header.u32()), from };
  };
  const [funcBytes, lineBytes] = [part(), part()];
  // Headers of 24 bytes (before CO-RE) end here.
  const coreBytes = length >= 32 ? part() : { bytes: new Uint8Array(), from: 0 };
  return {
    funcs: table(funcBytes, strings, sectionOf, 8, (r) => ({ insn: slot(r.u32()), typeId: r.u32() })),
    lines: table(lineBytes, strings, sectionOf, 16, (r) => {
      const insn = slot(r.u32());
      const [file, text, position] = [strings.at(r.u32()), strings.at(r.u32()), r.u32()];
      return { insn, file, text, line: position >>> 10, column: position & 0x3ff };
    }),
    core: table(coreBytes, strings, sectionOf, 16, (r) => {
      const insn = slot(r.u32());
      const [typeId, access, kind] = [r.u32(), strings.at(r.u32()), r.u32()];
      return { insn, typeId, access, kind };
    }),
  };
}
