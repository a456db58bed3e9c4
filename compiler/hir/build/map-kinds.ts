/** Map types of the language, by class: what the facts say of those that have one. */
import { MapFlag } from "../../../runtime/facts/maps/flags.js";
import { MAP_TYPE_NAMES, MAP_TYPES, type MapTypeFacts } from "../../../runtime/facts/maps/index.js";

export interface MapKind {
  /** enum bpf_map_type. */
  readonly type: number;
  /** Type arguments: key and value, value by index, or a ring's record. */
  readonly shape: "keyed" | "indexed" | "ring";
  /** The key begins with a length in bits. */
  readonly prefix: boolean;
  /** Flags without which the kernel refuses the type. */
  readonly flags: number;
}

export const MAP_KINDS: Readonly<Record<string, MapKind>> = Object.fromEntries(
  MAP_TYPE_NAMES.flatMap((name): [string, MapKind][] => {
    const { id: type, typescript, key, needs = [] }: MapTypeFacts = MAP_TYPES[name];
    if (typescript === undefined) return [];
    const flags = needs.reduce((all, flag) => all | MapFlag[flag], 0);
    return [[typescript.class, { type, shape: typescript.shape, prefix: key === "prefix", flags }]];
  }),
);
