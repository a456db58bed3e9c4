/** The object that generated programs (generate.ts) run in: an array for their state and a small hash. */

import { type BpfObject, type MapDef, sectionMeaning } from "../../runtime/elf/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { decode } from "../../runtime/isa/index.js";
import { STATE_BYTES } from "./generate.js";

const def = (
  name: string,
  type: number,
  keySize: number,
  valueSize: number,
  maxEntries: number,
  flags = 0,
): MapDef => ({
  name,
  section: ".maps",
  sectionIndex: 0,
  type,
  keySize,
  valueSize,
  maxEntries,
  flags,
  keyType: 0,
  valueType: 0,
  numaNode: 0,
  mapExtra: 0n,
  pinByName: false,
  initial: [],
}); // prettier-ignore
/** In the order that map references count in. */
export const MAPS = [
  def("state", MapTypeId.array, 4, STATE_BYTES, 1),
  def("hash", MapTypeId.hash, 4, 8, 4),
  def("percpu", MapTypeId.percpu_array, 4, 8, 4),
  // BPF_F_NO_PREALLOC, which the kernel wants for tries.
  def("lpm", MapTypeId.lpm_trie, 8, 8, 32, 1),
  // Never full: which entry the kernel would evict depends on its per-CPU lists.
  def("lru", MapTypeId.lru_hash, 4, 8, 64),
];
/** Keys that programs use. */
export const KEYS = [0, 1, 2, 3, 4, 5].map((k) => new Uint8Array(Uint32Array.of(k).buffer));

export function objectOf(bytes: Uint8Array, section = "xdp"): BpfObject {
  const insns = decode(bytes);
  const program = {
    name: "p",
    section,
    autoload: true,
    meaning: sectionMeaning(section),
    bytes,
    functions: [{ name: "p", start: 0, end: insns.length }],
    references: [],
    lines: [],
    funcs: [],
    core: [],
  }; // prettier-ignore
  return {
    programs: [program],
    maps: MAPS,
    kconfig: [],
    btf: undefined,
    license: "GPL",
    elf: { sections: [], symbols: [], relocations: new Map() },
  };
}
