/**
 * What an object's own tables say of its variables and maps: ELF symbols give a variable's section and offset (the BTF
 * of a relocatable object leaves offsets to the loader), BTF gives types.
 */
import { type Btf, type Codec, codecFor, parseBtf } from "../../btf/index.js";
import { dataMapNames, dataSections, readElf } from "../../elf/index.js";
import { unknownName } from "../errors.js";

/** A global variable of the object. */
export interface VariableFacts {
  readonly name: string;
  /** Name of its data map: ".rodata", ".data", ".bss" or one with a suffix; see {@link ObjectSymbols.dataMaps}. */
  readonly section: string;
  /** Bytes from the section's start. */
  readonly offset: number;
  readonly codec: Codec;
}

/** The tables of one object. */
export class ObjectSymbols {
  readonly btf: Btf | undefined;
  readonly variables: ReadonlyMap<string, VariableFacts>;
  /** Names of the data sections' maps, in the order of libbpf's internal maps; unique also where section names are not. */
  readonly dataMaps: readonly string[];

  /** @throws ObjectFormatError, BtfError for bytes that are no BPF object */
  constructor(bytes: Uint8Array) {
    const elf = readElf(bytes);
    const section = elf.sections.find((s) => s.name === ".BTF");
    this.btf = section && parseBtf(section.data);
    const variables = new Map<string, VariableFacts>();
    const sections = dataSections(elf);
    this.dataMaps = dataMapNames(sections);
    for (const symbol of elf.symbols) {
      const home = this.dataMaps[sections.findIndex((s) => s.index === symbol.section)];
      if (home === undefined || symbol.name === "") continue;
      const type = this.btf?.find(symbol.name, "var");
      if (!this.btf || type?.kind !== "var") continue;
      let codec: Codec;
      try {
        codec = codecFor(this.btf, type.type);
      } catch {
        continue; // a type without a JavaScript value (a function table, say): not settable by name
      }
      variables.set(symbol.name, { name: symbol.name, section: home, offset: symbol.value, codec });
    }
    this.variables = variables;
  }
  /**
   * The number of a data section's map among all of an object, which libbpf cannot find by name where several have one
   * name; -1 for a name that no data section has.
   */
  dataMapIndex(name: string, maps: readonly { readonly internal: boolean }[]): number {
    const place = this.dataMaps.indexOf(name);
    if (place < 0) return -1;
    const internal = maps.flatMap((map, i) => (map.internal ? [i] : []));
    return internal[place] ?? -1;
  }
  /** libbpf's maps, the second and later ones of one section name with the name that tells them apart. */
  named<T extends { readonly name: string; readonly internal: boolean }>(maps: readonly T[]): T[] {
    let place = 0;
    const seen = new Set<string>();
    return maps.map((map) => {
      const own = map.internal ? this.dataMaps[place++] : undefined;
      const twice = seen.has(map.name) && own !== undefined;
      seen.add(map.name);
      return twice ? { ...map, name: own } : map;
    });
  }
  /** @throws BpfError UNKNOWN_NAME */
  variable(name: string): VariableFacts {
    const found = this.variables.get(name);
    if (!found) throw unknownName("variable", name, this.variables.keys());
    return found;
  }
  /** The codec of a BTF type id, or undefined when the object has no type there. */
  codecOf(typeId: number): Codec | undefined {
    return this.btf && typeId > 0 ? codecFor(this.btf, typeId) : undefined;
  }
  /**
   * The codec of a ring buffer's records. Its map definition cannot hold their type (the kernel refuses a value size
   * there), so objects name it by a pointer variable `__record_MAP` in their BTF. Undefined when there is none.
   */
  recordCodec(map: string): Codec | undefined {
    const variable = this.btf?.find(`__record_${map}`, "var");
    if (!this.btf || variable?.kind !== "var") return undefined;
    const pointer = this.btf.resolve(variable.type);
    return pointer.kind === "ptr" ? codecFor(this.btf, pointer.type) : undefined;
  }
}
