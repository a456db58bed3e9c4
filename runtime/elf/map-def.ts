/** The map definitions that objects carry. */

/** A slot of a map-in-map or prog array that the object fills at load. */
export interface InitialSlot {
  readonly index: number;
  readonly target: { readonly kind: "map" | "program"; readonly name: string };
}

/** A variable of a data section. */
export interface DataVariable {
  readonly name: string;
  /** Bytes from the section's start. */
  readonly offset: number;
  /** BTF id of its type. */
  readonly typeId: number;
}

/** One map of an object: declared, or made of a data section. */
export interface MapDef {
  readonly name: string;
  /** Section that holds it: ".maps", "maps", ".rodata". */
  readonly section: string;
  /** Index of that section in the file: names are not unique. 0 for .kconfig and inner templates, which have none. */
  readonly sectionIndex: number;
  /** enum bpf_map_type. */
  readonly type: number;
  /** Bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* of map creation. */
  readonly flags: number;
  /** BTF ids of key and value; 0 when not known. */
  readonly keyType: number;
  readonly valueType: number;
  readonly numaNode: number;
  readonly mapExtra: bigint;
  /** LIBBPF_PIN_BY_NAME. */
  readonly pinByName: boolean;
  /** Template of the inner maps of a map-in-map. */
  readonly inner?: MapDef;
  readonly initial: readonly InitialSlot[];
  /** Initial content of a data section's only value. */
  readonly data?: Uint8Array;
  /** The variables of a data section that BTF knows. */
  readonly variables?: readonly DataVariable[];
}
