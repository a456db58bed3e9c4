/**
 * An object file -> programs, maps, BTF, license. Input: the bytes of a BPF ELF object of clang >= 10, Rust or ours.
 * Output: all that a loader, the software machine and the pre-check need. Never throws anything but ObjectFormatError.
 */
import { type Btf, BtfError, type BtfExt, parseBtf, parseBtfExt, type SectionOf } from "../btf/index.js";
import { Binding, type ElfFile, EXECUTABLE, readElf, type Section, SectionType } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import { functionsOf, type Linked, type LinkInput, link } from "./link.js";
import type { MapDef } from "./map-def.js";
import { btfMaps } from "./maps-btf.js";
import { dataMaps, type KconfigVar, kconfigVars } from "./maps-data.js";
import { legacyMaps } from "./maps-legacy.js";
import { type SectionMeaning, sectionMeaning } from "./sections.js";

/** One program, linked: jumps, calls and references count in slots of `bytes`. */
export interface BpfProgram extends Linked {
  /** Function name. */
  readonly name: string;
  /** ELF section, without a leading "?". */
  readonly section: string;
  /** False when the section starts with "?". */
  readonly autoload: boolean;
  /** What the section name means; undefined for a name that no loader knows. */
  readonly meaning: SectionMeaning | undefined;
}

/** A parsed object. */
export interface BpfObject {
  readonly programs: readonly BpfProgram[];
  /** Declared maps, then data sections: what `imm` of a map reference counts. */
  readonly maps: readonly MapDef[];
  readonly kconfig: readonly KconfigVar[];
  readonly btf: Btf | undefined;
  /** Text of the license section, "" when there is none. */
  readonly license: string;
  readonly elf: ElfFile;
}

const NO_EXT: BtfExt = { funcs: new Map(), lines: new Map(), core: new Map() };

/** By the record's relocation; by the first section of the name in objects that a linker made, which have none. */
function sectionOf(elf: ElfFile, ext: Section): SectionOf {
  const related = new Map((elf.relocations.get(ext.index) ?? []).map((r) => [r.offset, r.symbol.section]));
  const named = new Map<string, number>();
  for (const { name, index } of elf.sections) if (!named.has(name)) named.set(name, index);
  return (name, at) => {
    const index = related.get(at);
    // A relocation that names another section than the record's is corrupt.
    return index !== undefined && elf.sections[index]?.name === name ? index : named.get(name);
  };
}

function typeInfo(elf: ElfFile): { btf: Btf | undefined; ext: BtfExt } {
  const section = elf.sections.find((s) => s.name === ".BTF");
  const extSection = elf.sections.find((s) => s.name === ".BTF.ext");
  if (section === undefined) return { btf: undefined, ext: NO_EXT };
  const btf = parseBtf(section.data);
  return {
    btf,
    ext: extSection === undefined ? NO_EXT : parseBtfExt(extSection.data, btf.strings, sectionOf(elf, extSection)),
  };
}

function declaredMaps(elf: ElfFile, btf: Btf | undefined): MapDef[] {
  const legacy = elf.sections.filter((section) => /^([^.].*\/)?maps(\/|$)/.test(section.name));
  const described = elf.sections.filter((section) => section.name === ".maps");
  return [
    ...described.flatMap((section) => btfMaps(btf, section, elf.symbols, elf.relocations.get(section.index) ?? [])),
    ...legacyMaps(legacy, elf.symbols),
  ];
}

const HANDLER_TAG = "exception_callback:";

/** Program name -> its exception handler, from the tags of the functions. */
function exceptionHandlers(btf: Btf | undefined): ReadonlyMap<string, string> {
  const tags = (btf?.types ?? []).filter((type) => type.kind === "decl_tag" && type.name.startsWith(HANDLER_TAG));
  return new Map(
    tags.flatMap((tag) =>
      tag.kind === "decl_tag" ? [[btf?.get(tag.type).name ?? "", tag.name.slice(HANDLER_TAG.length)] as const] : [],
    ),
  );
}

function programs(elf: ElfFile, input: LinkInput, btf: Btf | undefined): BpfProgram[] {
  const handlers = exceptionHandlers(btf);
  return elf.sections.flatMap((section) => {
    const code = section.type === SectionType.Progbits && (section.flags & EXECUTABLE) !== 0 && section.data.length > 0;
    // Functions of .text are subprograms: programs come from named sections only (libbpf, bpf_object__init_prog).
    if (!code || section.name === ".text") return [];
    return functionsOf(elf, section)
      .filter((symbol) => symbol.binding !== Binding.Local)
      .map((symbol) => {
        const autoload = !section.name.startsWith("?");
        const name = autoload ? section.name : section.name.slice(1);
        return {
          ...link(input, section, symbol, handlers.get(symbol.name)),
          name: symbol.name,
          section: name,
          autoload,
          meaning: sectionMeaning(name),
        };
      });
  });
}

/**
 * Reads a BPF object.
 * @throws ObjectFormatError; its code says what is wrong, its message is one line
 * @example readObject(readFileSync("firewall.bpf.o")).programs.map((p) => p.name)
 */
export function readObject(bytes: Uint8Array): BpfObject {
  const elf = readElf(bytes);
  try {
    const { btf, ext } = typeInfo(elf);
    const maps = [...declaredMaps(elf, btf), ...dataMaps(elf, btf)];
    const kconfig = kconfigVars(btf);
    const license = elf.sections.find((s) => s.name === "license");
    return {
      programs: programs(elf, { elf, maps, kconfig, ...ext }, btf),
      maps,
      kconfig,
      btf,
      license: license === undefined ? "" : new TextDecoder().decode(license.data).replace(/\0.*$/s, ""),
      elf,
    };
  } catch (error) {
    if (error instanceof BtfError) throw new ObjectFormatError("OBJ_BTF", error.message, { cause: error });
    throw error;
  }
}
