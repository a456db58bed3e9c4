/**
 * ELF64 relocatable file -> sections, symbols, relocations. Input: untrusted bytes. Output: views into them, never
 * copies. Invariant: every offset is checked before it is read; the work is linear in the file's size.
 */
import { ObjectFormatError } from "./error.js";

/** Section types used here (ELF gABI). */
export const SectionType = { Null: 0, Progbits: 1, Symtab: 2, Strtab: 3, Rela: 4, Nobits: 8, Rel: 9 } as const;
/** SHF_EXECINSTR. */
export const EXECUTABLE = 4;
/** Symbol types and bindings. */
export const SymbolType = { None: 0, Object: 1, Func: 2, Section: 3, File: 4 } as const;
export const Binding = { Local: 0, Global: 1, Weak: 2 } as const;
/** st_shndx of an undefined symbol. */
export const UNDEFINED = 0;

const EM_BPF = 247;
const ET_REL = 1;

/** A section; `data` is empty for NOBITS. */
export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Bytes, also of NOBITS. */
  readonly size: number;
  readonly data: Uint8Array;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}
/** A symbol. */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** STV_HIDDEN or STV_INTERNAL: loaders treat its function as static. */
  readonly hidden: boolean;
  /** Section index; 0 is undefined, 0xfff1 absolute. */
  readonly section: number;
  readonly value: number;
  readonly size: number;
}
/** A relocation of the section that its table names. */
export interface Relocation {
  /** Byte offset in the section. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
  /** From RELA; REL tables keep it in place and give 0. */
  readonly addend: number;
}
/** A parsed file. */
export interface ElfFile {
  readonly sections: readonly Section[];
  readonly symbols: readonly ElfSymbol[];
  /** By index of the section that is relocated. */
  readonly relocations: ReadonlyMap<number, readonly Relocation[]>;
}

class Reader {
  readonly view: DataView;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  need(at: number, n: number, what: string): void {
    if (at < 0 || at + n > this.bytes.length) {
      throw new ObjectFormatError(
        "OBJ_TRUNCATED",
        `${what} at byte ${at} (${n} bytes) lies outside the file's ${this.bytes.length}`,
      );
    }
  }
  /** A 64-bit offset or size, which in a valid file is far below 2^53. */
  word(at: number): number {
    const value = this.view.getBigUint64(at, true);
    return value > 0xffff_ffff_ffffn ? Number.MAX_SAFE_INTEGER : Number(value);
  }
}

const decoder = new TextDecoder();
function stringAt(table: Uint8Array, offset: number): string {
  if (offset >= table.length) {
    if (offset === 0) return "";
    throw new ObjectFormatError(
      "OBJ_SYMBOL",
      `name offset ${offset} lies outside a string table of ${table.length} bytes`,
    );
  }
  const end = table.indexOf(0, offset);
  return decoder.decode(table.subarray(offset, end < 0 ? table.length : end));
}

function readSections(r: Reader): Section[] {
  const table = r.word(40);
  const entry = r.view.getUint16(58, true);
  const count = r.view.getUint16(60, true);
  const names = r.view.getUint16(62, true);
  if (count > 0 && entry !== 64) throw new ObjectFormatError("OBJ_SECTION", `section header size is ${entry}, not 64`);
  r.need(table, count * 64, "section header table");
  const raw = Array.from({ length: count }, (_, index) => {
    const at = table + index * 64;
    const type = r.view.getUint32(at + 4, true);
    const offset = r.word(at + 24);
    const size = r.word(at + 32);
    if (type !== SectionType.Nobits && type !== SectionType.Null) r.need(offset, size, `section ${index}`);
    const empty = type === SectionType.Nobits || type === SectionType.Null;
    return {
      index,
      nameOffset: r.view.getUint32(at, true),
      type,
      flags: r.view.getUint32(at + 8, true),
      size,
      data: empty ? new Uint8Array() : r.bytes.subarray(offset, offset + size),
      link: r.view.getUint32(at + 40, true),
      info: r.view.getUint32(at + 44, true),
      entrySize: r.word(at + 56),
    };
  });
  const strings = raw[names]?.data ?? new Uint8Array();
  return raw.map(({ nameOffset, ...section }) => ({ ...section, name: stringAt(strings, nameOffset) }));
}

function readSymbols(sections: readonly Section[]): ElfSymbol[] {
  const table = sections.find((section) => section.type === SectionType.Symtab);
  if (table === undefined) return [];
  const strings = sections[table.link]?.data ?? new Uint8Array();
  const view = new DataView(table.data.buffer, table.data.byteOffset, table.data.byteLength);
  return Array.from({ length: Math.floor(table.data.length / 24) }, (_, index) => {
    const at = index * 24;
    const info = view.getUint8(at + 4);
    const type = info & 15;
    const section = view.getUint16(at + 6, true);
    const own = type === SymbolType.Section ? sections[section]?.name : undefined;
    return {
      index,
      name: own ?? stringAt(strings, view.getUint32(at, true)),
      type,
      binding: info >> 4,
      // st_other, ELF specification: the low two bits are the visibility, 1 internal, 2 hidden.
      hidden: [1, 2].includes(view.getUint8(at + 5) & 3),
      section,
      value: Number(view.getBigUint64(at + 8, true) & 0x1f_ffff_ffff_ffffn),
      size: Number(view.getBigUint64(at + 16, true) & 0x1f_ffff_ffff_ffffn),
    };
  });
}

function readRelocations(sections: readonly Section[], symbols: readonly ElfSymbol[]): Map<number, Relocation[]> {
  const out = new Map<number, Relocation[]>();
  for (const section of sections) {
    const rela = section.type === SectionType.Rela;
    if (!rela && section.type !== SectionType.Rel) continue;
    const each = rela ? 24 : 16;
    const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
    const list = out.get(section.info) ?? [];
    for (let at = 0; at + each <= section.data.length; at += each) {
      const index = view.getUint32(at + 12, true);
      const symbol = symbols[index];
      if (symbol === undefined) {
        throw new ObjectFormatError("OBJ_RELOCATION", `${section.name} names symbol ${index} of ${symbols.length}`);
      }
      const offset = Number(view.getBigUint64(at, true) & 0x1f_ffff_ffff_ffffn);
      list.push({
        offset,
        type: view.getUint32(at + 8, true),
        symbol,
        addend: rela ? Number(view.getBigInt64(at + 16, true)) : 0,
      });
    }
    out.set(section.info, list);
  }
  return out;
}

/**
 * Reads a BPF ELF file.
 * @throws ObjectFormatError `OBJ_NOT_ELF`, `OBJ_NOT_BPF` (another machine, byte order or file type), `OBJ_TRUNCATED`,
 *   `OBJ_SECTION`, `OBJ_SYMBOL`, `OBJ_RELOCATION`
 */
export function readElf(input: Uint8Array): ElfFile {
  // A Node Buffer's `slice` shares memory: patching what looks like a copy would change the caller's file.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ObjectFormatError("OBJ_NOT_ELF", "the file does not begin with ELF's magic bytes");
  }
  const r = new Reader(bytes);
  r.need(0, 64, "ELF header");
  if (bytes[4] !== 2) throw new ObjectFormatError("OBJ_NOT_BPF", "BPF objects are 64-bit ELF, this one is not");
  if (bytes[5] !== 1)
    throw new ObjectFormatError("OBJ_NOT_BPF", "big-endian objects are not supported: compile for bpfel");
  const machine = r.view.getUint16(18, true);
  // Old compilers left the machine at 0.
  if (machine !== EM_BPF && machine !== 0)
    throw new ObjectFormatError("OBJ_NOT_BPF", `machine is ${machine}, not BPF (${EM_BPF})`);
  const type = r.view.getUint16(16, true);
  if (type !== ET_REL) throw new ObjectFormatError("OBJ_NOT_BPF", `file type is ${type}, not a relocatable object`);
  const sections = readSections(r);
  const symbols = readSymbols(sections);
  return { sections, symbols, relocations: readRelocations(sections, symbols) };
}
