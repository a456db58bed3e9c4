/**
 * `.maps` -> map definitions. A map is a global of an anonymous struct type whose members carry the attributes in their
 * types: `type`, `max_entries`, … as pointers to arrays whose length is the value, `key` and `value` as pointers to
 * the types, `values` as the slots of a map-in-map or prog array (libbpf's BTF-defined maps).
 */
import type { Btf, BtfArray, BtfComposite, BtfMember, BtfType } from "../btf/index.js";
import { MapTypeId } from "../facts/maps/index.js";
import type { ElfSymbol, Relocation, Section } from "./elf.js";
import { SymbolType, UNDEFINED } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import type { InitialSlot, MapDef } from "./map-def.js";

const MAX_INNER = 1;
const KNOWN = new Set([
  "type",
  "max_entries",
  "map_flags",
  "numa_node",
  "key",
  "value",
  "key_size",
  "value_size",
  "pinning",
  "map_extra",
  "values",
]); // prettier-ignore

function bad(name: string, reason: string): ObjectFormatError {
  return new ObjectFormatError("OBJ_MAP", `map ${name}: ${reason}`);
}

/** The value of a `__uint(name, value)` member. */
function uint(btf: Btf, map: string, member: BtfMember): number {
  const pointer = btf.resolve(member.type);
  const array = pointer.kind === "ptr" ? btf.resolve(pointer.type) : pointer;
  // The newer __ulong writes an enum64 or enum whose only value is the number.
  if (array.kind === "enum" || array.kind === "enum64") return Number(array.values[0]?.value ?? 0n);
  if (pointer.kind !== "ptr" || array.kind !== "array") throw bad(map, `${member.name} is not written as __uint()`);
  return array.length;
}

function pointee(btf: Btf, map: string, member: BtfMember): number {
  const pointer = btf.resolve(member.type);
  if (pointer.kind !== "ptr") throw bad(map, `${member.name} is not a pointer to a type`);
  return pointer.type;
}

function innerOf(btf: Btf, name: string, array: BtfArray, depth: number): MapDef | undefined {
  const element = btf.resolve(array.element);
  if (element.kind !== "ptr") throw bad(name, "values is not an array of pointers");
  const target = btf.resolve(element.type);
  if (target.kind !== "struct") return undefined;
  if (depth >= MAX_INNER) throw bad(name, "a map-in-map of map-in-maps is not possible");
  return defineMap(btf, `${name}.inner`, target, depth + 1);
}

function defineMap(btf: Btf, name: string, struct: BtfComposite, depth: number): MapDef {
  const numbers = new Map<string, number>();
  let [keyType, valueType] = [0, 0];
  let inner: MapDef | undefined;
  let slots: number | undefined;
  for (const member of struct.members) {
    if (!KNOWN.has(member.name)) throw bad(name, `unknown attribute ${member.name || "(anonymous)"}`);
    if (member.name === "key") keyType = pointee(btf, name, member);
    else if (member.name === "value") valueType = pointee(btf, name, member);
    else if (member.name === "values") {
      const array = btf.resolve(member.type);
      if (array.kind !== "array") throw bad(name, "values is not an array");
      slots = member.bitOffset / 8;
      inner = innerOf(btf, name, array, depth);
    } else numbers.set(member.name, uint(btf, name, member));
  }
  const type = numbers.get("type");
  if (type === undefined) throw bad(name, "no type attribute");
  const nested = slots !== undefined || type === MapTypeId.prog_array;
  return {
    name,
    section: ".maps",
    sectionIndex: 0,
    type,
    keySize: numbers.get("key_size") ?? (keyType !== 0 ? btf.sizeOf(keyType) : nested ? 4 : 0),
    valueSize: numbers.get("value_size") ?? (valueType !== 0 ? btf.sizeOf(valueType) : nested ? 4 : 0),
    maxEntries: numbers.get("max_entries") ?? 0,
    flags: numbers.get("map_flags") ?? 0,
    keyType,
    valueType,
    numaNode: numbers.get("numa_node") ?? 0,
    mapExtra: BigInt(numbers.get("map_extra") ?? 0),
    pinByName: numbers.get("pinning") === 1,
    ...(inner === undefined ? {} : { inner }),
    initial: [],
  };
}

/** Byte offset of the `values` member of a map's struct, or undefined. */
function valuesOffset(type: BtfType): number | undefined {
  if (type.kind !== "struct") return undefined;
  const member = type.members.find((m) => m.name === "values");
  return member === undefined ? undefined : member.bitOffset / 8;
}

/**
 * The maps of a `.maps` section, in its order.
 * @param relocations of that section: the slots of `values`
 * @throws ObjectFormatError `OBJ_MAP`, `OBJ_BTF`
 */
export function btfMaps(
  btf: Btf | undefined,
  section: Section,
  symbols: readonly ElfSymbol[],
  relocations: readonly Relocation[],
): MapDef[] {
  const datasec = btf?.find(".maps", "datasec");
  if (btf === undefined || datasec?.kind !== "datasec") {
    throw new ObjectFormatError("OBJ_BTF", "the object has a .maps section but no BTF for it: compile with -g");
  }
  const named = symbols.filter((s) => s.section === section.index && s.type !== SymbolType.Section && s.name !== "");
  const vars = datasec.vars.flatMap((entry) => {
    const variable = btf.get(entry.type);
    // BTF of an object holds offset 0 until a loader fills it in: the symbol has the true offset.
    const symbol = named.find((s) => s.name === variable.name);
    // Sections of one name share one BTF entry: what another of them holds is not ours.
    if (symbol === undefined && symbols.some((s) => s.name === variable.name && s.section !== UNDEFINED)) return [];
    if (variable.kind !== "var" || symbol === undefined) throw bad(variable.name, "BTF names it but no symbol does");
    const struct = btf.resolve(variable.type);
    if (struct.kind !== "struct") throw bad(variable.name, "its type is not a struct");
    return [{ name: variable.name, struct, start: symbol.value, end: symbol.value + entry.size }];
  });
  return vars
    .sort((a, b) => a.start - b.start)
    .map(({ name, struct, start, end }) => {
      const def = { ...defineMap(btf, name, struct, 0), sectionIndex: section.index };
      const base = valuesOffset(struct);
      if (base === undefined) return def;
      const initial: InitialSlot[] = relocations
        .filter((r) => r.offset >= start + base && r.offset < end)
        .map((r) => ({
          index: (r.offset - start - base) / 8,
          target: { kind: r.symbol.type === SymbolType.Func ? "program" : "map", name: r.symbol.name },
        }));
      return { ...def, initial };
    });
}
