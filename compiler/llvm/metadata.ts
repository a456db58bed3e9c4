/**
 * Debug-info metadata, from which LLVM's BPF back end makes BTF: only types that are used are ever asked for. Nodes are
 * shared by text; structs are distinct, keyed by the layout they describe.
 */

import type { KernelStruct } from "../../runtime/facts/context-structs.js";
import { type EnumType, type HirType, type StructField, type StructType, sizeOf } from "../hir/types.js";
import { quote } from "./text.js";

export interface MapMember {
  readonly name: string;
  /** A number becomes `int (*name)[n]`, a type `T *name`. */
  readonly value: number | HirType;
}

const BASIC: Readonly<Record<string, readonly [string, number, string]>> = {
  u8: ["unsigned char", 8, "unsigned_char"],
  u16: ["unsigned short", 16, "unsigned"],
  u32: ["unsigned int", 32, "unsigned"],
  u64: ["unsigned long long", 64, "unsigned"],
  i8: ["signed char", 8, "signed_char"],
  i16: ["short", 16, "signed"],
  i32: ["int", 32, "signed"],
  i64: ["long long", 64, "signed"],
  char: ["char", 8, "signed_char"],
  bool: ["bool", 8, "boolean"],
};

/** Dynamic fields are called as in the kernel's own structs (struct trace_event_raw_*). */
const memberName = ({ name, type }: StructField): string =>
  type.kind === "dynamic" ? `__${type.from === "record" ? "data" : "rel"}_loc_${name}` : name;

export class Metadata {
  private readonly nodes: (string | undefined)[] = [];
  private readonly byText = new Map<string, string>();
  private readonly files = new Map<string, string>();
  private readonly records = new Map<string, string>();
  private readonly structs = new Map<StructType, string>();

  constructor(private readonly sources: (file: string) => string) {}

  add(text: string): string {
    const known = this.byText.get(text);
    if (known) return known;
    const id = `!${this.nodes.length}`;
    this.nodes.push(text);
    if (!text.startsWith("distinct")) this.byText.set(text, id);
    return id;
  }

  reserve(): string {
    this.nodes.push(undefined);
    return `!${this.nodes.length - 1}`;
  }

  set(id: string, text: string): string {
    this.nodes[Number(id.slice(1))] = text;
    return id;
  }

  list(items: readonly string[]): string {
    return this.add(`!{${items.join(", ")}}`);
  }

  /** The file with its text inside, so that line info has the line even where the file is not. */
  file(path: string): string {
    const known = this.files.get(path);
    if (known) return known;
    const slash = path.lastIndexOf("/");
    const node = this.add(
      `!DIFile(filename: ${quote(path.slice(slash + 1))}, directory: ".", source: ${quote(this.sources(path))})`,
    );
    this.files.set(path, node);
    return node;
  }

  basic(name: string): string {
    const [text, bits, encoding] = BASIC[name] ?? ["void", 0, "unsigned"];
    return this.add(`!DIBasicType(name: ${quote(text)}, size: ${bits}, encoding: DW_ATE_${encoding})`);
  }

  pointer(to: string | undefined): string {
    return this.add(`!DIDerivedType(tag: DW_TAG_pointer_type, baseType: ${to ?? "null"}, size: 64)`);
  }

  qualified(qualifier: "const" | "volatile", type: string): string {
    return this.add(`!DIDerivedType(tag: DW_TAG_${qualifier}_type, baseType: ${type})`);
  }

  array(element: string, count: number, bits: number): string {
    const range = this.list([this.add(`!DISubrange(count: ${count})`)]);
    return this.add(
      `!DICompositeType(tag: DW_TAG_array_type, baseType: ${element}, size: ${bits}, elements: ${range})`,
    );
  }

  /** The type of a value in memory or of a parameter. */
  type(type: HirType): string {
    switch (type.kind) {
      case "int":
        if (type.bigEndian)
          return this.add(
            `!DIDerivedType(tag: DW_TAG_typedef, name: ${quote(`__${type.name}`)}, baseType: ${this.basic(`u${type.bits}`)})`,
          );
        return this.basic(type.name);
      case "dynamic":
        return this.basic("u32");
      case "bool":
        return this.basic("bool");
      case "enum":
        return this.enumeration(type);
      case "struct":
        return this.struct(type);
      case "array":
        return this.array(
          type.flavour === "chars" ? this.basic("char") : this.type(type.element),
          type.length,
          sizeOf(type) * 8,
        );
      case "pointer":
        return this.pointer(this.type(type.to));
      case "number":
        return this.basic("i64");
      case "bigint":
        return this.basic("u64");
      default:
        return this.pointer(undefined);
    }
  }

  private enumeration(type: EnumType): string {
    const members = type.members.map((m) =>
      this.add(
        `!DIEnumerator(name: ${quote(`${type.name}_${m.name}`)}, value: ${m.value}${type.signed ? "" : ", isUnsigned: true"})`,
      ),
    );
    const base = this.basic(type.signed ? "i32" : "u32");
    return this.add(
      `!DICompositeType(tag: DW_TAG_enumeration_type, name: ${quote(type.name)}, baseType: ${base}, size: 32, elements: ${this.list(members)})`,
    );
  }

  private struct(type: StructType): string {
    const known = this.structs.get(type);
    if (known) return known;
    const id = this.reserve();
    this.structs.set(type, id);
    // The kernel wants members by ascending offset (btf_struct_check_meta).
    const members = [...type.fields]
      .sort((a, b) => a.offset - b.offset)
      .map((f) => this.member(memberName(f), this.type(f.type), id, f.offset * 8, sizeOf(f.type) * 8));
    return this.set(
      id,
      `distinct !DICompositeType(tag: DW_TAG_structure_type, name: ${quote(type.name)}, size: ${type.size * 8}, align: ${type.align * 8}, elements: ${this.list(members)})`,
    );
  }

  private member(name: string, type: string, scope: string, offset: number, size: number): string {
    return this.add(
      `!DIDerivedType(tag: DW_TAG_member, name: ${quote(name)}, scope: ${scope}, baseType: ${type}, size: ${size}, offset: ${offset})`,
    );
  }

  /** A struct of the kernel's interface, whole: loaders that compare functions (freplace) refuse a forward declaration. */
  record(name: string, { size, members }: KernelStruct): string {
    const id = this.records.get(name) ?? this.reserve();
    if (this.records.has(name)) return id;
    this.records.set(name, id);
    const list = members.map(([member, offset, bits, count]) => {
      const one = this.basic(`u${bits}`);
      const type = count === 1 ? one : this.array(one, count, bits * count);
      return this.member(member, type, id, offset * 8, bits * count);
    });
    return this.set(
      id,
      `distinct !DICompositeType(tag: DW_TAG_structure_type, name: ${quote(name)}, size: ${size * 8}, elements: ${this.list(list)})`,
    );
  }

  /** A struct known by name only. */
  forward(name: string): string {
    return this.add(`!DICompositeType(tag: DW_TAG_structure_type, name: ${quote(name)}, flags: DIFlagFwdDecl)`);
  }

  /** The anonymous struct that declares a map (libbpf's BTF-defined maps). */
  mapType(members: readonly MapMember[], values?: string): string {
    const id = this.reserve();
    const fields = members.map(({ name, value }, i) => {
      const type = typeof value === "number" ? this.array(this.basic("i32"), value, 32 * value) : this.type(value);
      return this.member(name, this.pointer(type), id, i * 64, 64);
    });
    // A trailing array without a length, as libbpf's __array(values, T) declares it.
    if (values) fields.push(this.member("values", this.array(values, 0, 0), id, members.length * 64, 0));
    return this.set(
      id,
      `distinct !DICompositeType(tag: DW_TAG_structure_type, size: ${members.length * 64}, elements: ${this.list(fields)})`,
    );
  }

  text(): string {
    return this.nodes.map((node, i) => `!${i} = ${node ?? "!{}"}`).join("\n");
  }
}
