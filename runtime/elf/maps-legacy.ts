/**
 * `maps` -> map definitions of the old form, `struct bpf_map_def` with five or more 32-bit words: type, key size, value
 * size, max entries, flags, and in iproute2's and older libbpf's form inner_map_idx and numa_node.
 */

import { MapTypeId } from "../facts/maps/index.js";
import { type ElfSymbol, type Section, SymbolType } from "./elf.js";
import { ObjectFormatError } from "./error.js";
import type { MapDef } from "./map-def.js";

const MIN_BYTES = 20;

interface Plain {
  readonly def: MapDef;
  readonly innerIndex: number;
}

function sectionMaps(section: Section, symbols: readonly ElfSymbol[]): Plain[] {
  const named = symbols
    .filter((s) => s.section === section.index && s.name !== "" && s.type !== SymbolType.Section)
    .sort((a, b) => a.value - b.value);
  const each = named.length === 0 ? 0 : Math.floor(section.data.length / named.length);
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  const word = (at: number): number => view.getUint32(at, true);
  return named.map((symbol) => {
    const at = symbol.value;
    if (each < MIN_BYTES || at + MIN_BYTES > section.data.length) {
      throw new ObjectFormatError(
        "OBJ_MAP",
        `map ${symbol.name}: definition of ${each} bytes, at least ${MIN_BYTES} needed`,
      );
    }
    const def = {
      name: symbol.name,
      section: section.name,
      sectionIndex: section.index,
      type: word(at),
      keySize: word(at + 4),
      valueSize: word(at + 8),
      maxEntries: word(at + 12),
      flags: word(at + 16),
      keyType: 0,
      valueType: 0,
      numaNode: 0,
      mapExtra: 0n,
      pinByName: false,
      initial: [],
    };
    return { def, innerIndex: each >= 24 && at + 24 <= section.data.length ? word(at + 20) : 0 };
  });
}

/**
 * The maps of all legacy sections ("maps", "maps/…"), in their order: inner_map_idx counts over all of them.
 * @throws ObjectFormatError `OBJ_MAP` for a definition that is too short or an inner index without map
 */
export function legacyMaps(sections: readonly Section[], symbols: readonly ElfSymbol[]): MapDef[] {
  const plain = sections.flatMap((section) => sectionMaps(section, symbols));
  return plain.map(({ def, innerIndex }) => {
    if (def.type !== MapTypeId.array_of_maps && def.type !== MapTypeId.hash_of_maps) return def;
    const inner = plain[innerIndex]?.def;
    if (inner === undefined)
      throw new ObjectFormatError("OBJ_MAP", `map ${def.name}: there is no inner map ${innerIndex}`);
    return { ...def, inner };
  });
}
