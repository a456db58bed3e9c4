/** BPF object files: reader, section names, map definitions. Imports btf and isa only. */
export { POISON, type Relocated, relocateCore, type Unresolved } from "./core.js";
export * from "./elf.js";
export * from "./error.js";
export type { LinkedFunction, Reference } from "./link.js";
export * from "./map-def.js";
export { dataMapNames, dataSections, type KconfigVar } from "./maps-data.js";
export * from "./object.js";
export { type ProgArrayConflict, progArrayConflicts } from "./prog-arrays.js";
export * from "./sections.js";
