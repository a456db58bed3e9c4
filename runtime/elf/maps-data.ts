/**
 * Data sections -> the one-value arrays that hold globals, as libbpf makes them: .rodata* read-only, .data*, .bss*, and
 * .kconfig with the values of extern variables. Each section is a map of its own, also where several have one name (LLVM
 * keeps what it may merge apart: strings beside tables).
 */
import type { Btf } from "../btf/index.js";
import { MapTypeId } from "../facts/maps/index.js";
import { type ElfFile, EXECUTABLE, type Section, SectionType, SymbolType } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import type { DataVariable, MapDef } from "./map-def.js";

/** BPF_F_MMAPABLE and BPF_F_RDONLY_PROG. */
const MMAPABLE = 1 << 10;
const RDONLY_PROG = 1 << 7;
/** What libbpf makes maps of (bpf_object__elf_collect): content in the file for these, none for .bss. */
const FILLED = /^\.(rodata|data)(\..*)?$/;
const EMPTY = /^\.bss(\..*)?$/;
/** The kernel allows no map value above 2 GiB; objects with more than this per section are corrupt. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The sections of an object that hold its globals, in file order: libbpf's internal maps without .kconfig. */
export function dataSections(elf: ElfFile): Section[] {
  return elf.sections.filter(
    ({ name, size, flags, type }) =>
      size > 0 &&
      (flags & EXECUTABLE) === 0 &&
      ((type === SectionType.Progbits && FILLED.test(name)) || (type === SectionType.Nobits && EMPTY.test(name))),
  );
}

/** Names of the data maps: the section's, and its index with it from the second of one name on. */
export function dataMapNames(sections: readonly Section[]): string[] {
  return sections.map(({ name, index }, i) =>
    sections.findIndex((other) => other.name === name) === i ? name : `${name}[${index}]`,
  );
}

/**
 * The variables of one data section. BTF has one entry for all sections of a name, and in an object no offsets: the
 * symbol says where a variable is. A variable without any symbol has the offset of BTF (objects that a linker made).
 */
function variablesOf(elf: ElfFile, section: Section, btf: Btf | undefined): DataVariable[] {
  const datasec = btf?.find(section.name, "datasec");
  if (btf === undefined || datasec?.kind !== "datasec") return [];
  return datasec.vars.flatMap((entry) => {
    const variable = btf.get(entry.type);
    if (variable.kind !== "var") return [];
    const symbols = elf.symbols.filter((s) => s.name === variable.name && s.type !== SymbolType.Section);
    const symbol = symbols.find((s) => s.section === section.index);
    if (symbol === undefined && symbols.length > 0) return [];
    return [{ name: variable.name, offset: symbol?.value ?? entry.offset, typeId: variable.type }];
  });
}

function dataMap(elf: ElfFile, section: Section, name: string, btf: Btf | undefined): MapDef {
  if (section.size > MAX_BYTES)
    throw new ObjectFormatError("OBJ_TOO_LARGE", `section ${section.name} is ${section.size} bytes`);
  const readOnly = section.name.startsWith(".rodata");
  const data = new Uint8Array(section.size);
  data.set(section.data);
  return {
    name,
    section: section.name,
    sectionIndex: section.index,
    type: MapTypeId.array,
    keySize: 4,
    valueSize: section.size,
    maxEntries: 1,
    flags: MMAPABLE | (readOnly ? RDONLY_PROG : 0),
    keyType: 0,
    valueType: btf?.find(section.name, "datasec")?.id ?? 0,
    numaNode: 0,
    mapExtra: 0n,
    pinByName: false,
    initial: [],
    data,
    variables: variablesOf(elf, section, btf),
  };
}

/** A variable that the loader must find a value for. */
export interface KconfigVar {
  readonly name: string;
  /** Bytes from the start of the .kconfig map's value. */
  readonly offset: number;
  readonly size: number;
  readonly typeId: number;
}

/** The extern variables of `.kconfig`, laid out in BTF order at their natural alignment. */
export function kconfigVars(btf: Btf | undefined): KconfigVar[] {
  const datasec = btf?.find(".kconfig", "datasec");
  if (btf === undefined || datasec?.kind !== "datasec") return [];
  let offset = 0;
  return datasec.vars.map((entry) => {
    const variable = btf.get(entry.type);
    const size = btf.sizeOf(entry.type);
    const alignment = Math.min(8, size & -size || 1);
    offset = Math.ceil(offset / alignment) * alignment;
    const placed = { name: variable.name, offset, size, typeId: variable.kind === "var" ? variable.type : entry.type };
    offset += size;
    return placed;
  });
}

/** The data maps of an object, in section order, then .kconfig when the object has one. */
export function dataMaps(elf: ElfFile, btf: Btf | undefined): MapDef[] {
  const sections = dataSections(elf);
  const names = dataMapNames(sections);
  const maps = sections.map((s, i) => dataMap(elf, s, names[i] ?? s.name, btf));
  const vars = kconfigVars(btf);
  const last = vars.at(-1);
  if (last === undefined) return maps;
  const size = Math.ceil((last.offset + last.size) / 8) * 8;
  if (size > MAX_BYTES) throw new ObjectFormatError("OBJ_TOO_LARGE", `.kconfig is ${size} bytes`);
  return [
    ...maps,
    {
      name: ".kconfig",
      section: ".kconfig",
      sectionIndex: 0,
      type: MapTypeId.array,
      keySize: 4,
      valueSize: size,
      maxEntries: 1,
      flags: MMAPABLE | RDONLY_PROG,
      keyType: 0,
      valueType: 0,
      numaNode: 0,
      mapExtra: 0n,
      pinByName: false,
      initial: [],
      data: new Uint8Array(size),
    },
  ];
}
