/**
 * Data sections -> the one-value arrays that hold globals, as libbpf makes them: .rodata* read-only, .data*, .bss*, and
 * .kconfig with the values of extern variables.
 */
import type { Btf } from "../btf/index.js";
import { type ElfFile, EXECUTABLE, type Section, SectionType } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import { type MapDef, MapTypeId } from "./map-types.js";

/** BPF_F_MMAPABLE and BPF_F_RDONLY_PROG. */
const MMAPABLE = 1 << 10;
const RDONLY_PROG = 1 << 7;
const PATTERN = /^\.(rodata|data|bss)(\..*)?$/;
/** The kernel allows no map value above 2 GiB; objects with more than this per section are corrupt. */
const MAX_BYTES = 64 * 1024 * 1024;

function dataMap(section: Section, btf: Btf | undefined): MapDef {
  if (section.size > MAX_BYTES)
    throw new ObjectFormatError("OBJ_TOO_LARGE", `section ${section.name} is ${section.size} bytes`);
  const readOnly = section.name.startsWith(".rodata");
  const data = new Uint8Array(section.size);
  data.set(section.data);
  return {
    name: section.name,
    section: section.name,
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
  const maps = elf.sections
    .filter((s) => PATTERN.test(s.name) && s.size > 0 && (s.flags & EXECUTABLE) === 0)
    .filter((s) => s.type === SectionType.Progbits || s.type === SectionType.Nobits)
    .map((s) => dataMap(s, btf));
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
