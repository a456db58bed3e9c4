/**
 * What an object's own tables say of its variables and maps: ELF symbols give a variable's section and offset (the BTF
 * of a relocatable object leaves offsets to the loader), BTF gives types.
 */
import { type Btf, type Codec, codecFor, parseBtf } from "../../btf/index.js";
import { readElf } from "../../elf/elf.js";
import { BpfError, unknownName } from "../errors.js";

/** A global variable of the object. */
export interface VariableFacts {
  readonly name: string;
  /** ".rodata", ".data", ".bss" or one with a suffix. */
  readonly section: string;
  /** Bytes from the section's start. */
  readonly offset: number;
  readonly codec: Codec;
}

const dataSection = /^\.(rodata|data|bss)(\.|$)/;
/** btf_decl_tag on a ring buffer's map variable: "event:NAME" names the type of its records. */
const eventTag = /^event:(.+)$/;

/** The tables of one object. */
export class ObjectSymbols {
  readonly btf: Btf | undefined;
  readonly variables: ReadonlyMap<string, VariableFacts>;

  /** @throws ObjectFormatError, BtfError for bytes that are no BPF object */
  constructor(bytes: Uint8Array) {
    const elf = readElf(bytes);
    const section = elf.sections.find((s) => s.name === ".BTF");
    this.btf = section && parseBtf(section.data);
    const variables = new Map<string, VariableFacts>();
    for (const symbol of elf.symbols) {
      const home = elf.sections[symbol.section]?.name ?? "";
      if (!dataSection.test(home) || symbol.name === "") continue;
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
  /** The codec of a type by name. @throws BpfError OBJECT when the object's BTF has no such type */
  codecNamed(name: string): Codec {
    const type = this.btf?.find(name, "struct") ?? this.btf?.find(name, "typedef") ?? this.btf?.find(name, "int");
    if (!this.btf || !type) throw new BpfError("OBJECT", `the object's BTF has no type "${name}"`);
    return codecFor(this.btf, type.id);
  }
  /** The event type that a ring buffer is tagged with. */
  eventCodec(map: string): Codec | undefined {
    const variable = this.btf?.find(map, "var");
    if (!this.btf || !variable) return undefined;
    for (const type of this.btf.types) {
      const event = type.kind === "decl_tag" && type.type === variable.id ? eventTag.exec(type.name)?.[1] : undefined;
      if (event !== undefined) return this.codecNamed(event);
    }
    return undefined;
  }
}
