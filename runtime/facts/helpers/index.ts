/**
 * The helpers of Linux (ids 1 to 211): one row for each, joined of its prototype, what it does, what was measured of it.
 * Every consumer (compiler, disassembler, machine, pre-check, loader) reads this table.
 */
import { MapTypeId, type MapTypeName } from "../maps/index.js";
import { ONLY_MAPS } from "./maps.js";
import { GPL_ONLY, TAKES_PACKET } from "./measured.table.js";
import { GIVES, type ObjectArgument, TAKES, TAKES_IN } from "./objects.js";
import { type HelperName, PROTOTYPES } from "./prototypes.js";
import { TRAITS, type Trait } from "./traits.js";
import type { HelperArg, HelperResult } from "./types.js";
import { VARIANTS } from "./variants.js";

export { helperTypeSince } from "./types-since.js";
export type { HelperArg, HelperName, HelperResult, ObjectArgument };

/** One helper: with an answer for each trait of traits.ts. */
export interface Helper extends Readonly<Record<Trait, boolean>> {
  readonly id: number;
  /** Kernel name with its prefix: "bpf_map_lookup_elem". */
  readonly name: string;
  /** The same without prefix. */
  readonly bare: HelperName;
  /** Arguments r1 to r5, 0 to 5 of them. */
  readonly args: readonly HelperArg[];
  readonly result: HelperResult;
  /** First kernel that has it: "4.18". */
  readonly since: string;
  /** Only for programs under a licence that is compatible with the GPL. */
  readonly gpl: boolean;
  /** The only map types that it takes (enum bpf_map_type); undefined where any. */
  readonly maps: ReadonlySet<number> | undefined;
  /** What an object argument has to be. */
  readonly takes: ObjectArgument | undefined;
  /** Struct of the BTF pointer that it gives. */
  readonly gives: string | undefined;
}

const NAMES = Object.keys(PROTOTYPES) as HelperName[];

/** Numbers by name without `bpf_`. @example HelperId.map_lookup_elem // 1 */
export const HelperId = Object.fromEntries(NAMES.map((name) => [name, PROTOTYPES[name][0]])) as {
  readonly [N in HelperName]: (typeof PROTOTYPES)[N][0];
};

const TRAIT_SETS = Object.entries(TRAITS).map(([trait, names]): readonly [string, ReadonlySet<string>] => [
  trait,
  new Set(names),
]);
const GPL = new Set<string>(GPL_ONLY);
const PACKET = new Set<string>([...TAKES_PACKET, ...TRAITS.takesPacket]);
const onlyMaps: Partial<Record<HelperName, MapTypeName | readonly MapTypeName[]>> = ONLY_MAPS;

function helperOfRow(name: HelperName): Helper {
  const [id, args, result, since] = PROTOTYPES[name];
  const maps = onlyMaps[name];
  const traits = Object.fromEntries(TRAIT_SETS.map(([trait, names]) => [trait, names.has(name)]));
  return {
    id,
    name: `bpf_${name}`,
    bare: name,
    args: args === "" ? [] : (args.split(" ") as HelperArg[]),
    result,
    since,
    gpl: GPL.has(name),
    maps: maps === undefined ? undefined : new Set([maps].flat().map((one) => MapTypeId[one as MapTypeName])),
    takes: TAKES[name],
    gives: GIVES[name],
    ...(traits as Record<Trait, boolean>),
    takesPacket: PACKET.has(name),
  };
}

/** Every helper, by ascending id without gaps: `HELPERS[id - 1].id === id`. */
export const HELPERS: readonly Helper[] = Object.freeze(NAMES.map(helperOfRow));

const byName: ReadonlyMap<string, Helper> = new Map(HELPERS.map((helper) => [helper.name, helper]));

/** The helper of an id, or undefined. @example helperById(1)?.name // "bpf_map_lookup_elem" */
export function helperById(id: number): Helper | undefined {
  return HELPERS[id - 1];
}

/** The helper of a name, with or without `bpf_`, or undefined. @example helperByName("ktime_get_ns")?.id // 5 */
export function helperByName(name: string): Helper | undefined {
  return byName.get(name) ?? byName.get(`bpf_${name}`);
}

/** The numbers of the helpers with a trait. @example helpersThat("sleeps").has(HelperId.copy_from_user) // true */
export const helpersThat = (trait: Trait): ReadonlySet<number> =>
  new Set(HELPERS.flatMap((helper) => (helper[trait] ? [helper.id] : [])));

/** A helper as programs of a type (enum bpf_prog_type) have it: with the arguments and objects of their prototype. */
export function helperOf(helper: Helper, type: number): Helper {
  const variant = VARIANTS[helper.bare];
  const takes = TAKES_IN.find((row) => row.type === type && row.helper === helper.bare)?.takes;
  const args =
    variant !== undefined && variant.types.has(type) !== (variant.except === true) ? variant.args : undefined;
  if (args === undefined && takes === undefined) return helper;
  return { ...helper, args: args ?? helper.args, takes: takes ?? helper.takes };
}
