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

const has = (names: readonly HelperName[], name: HelperName): boolean => names.includes(name);
const onlyMaps: Partial<Record<HelperName, MapTypeName | readonly MapTypeName[]>> = ONLY_MAPS;

function helperOfRow(name: HelperName): Helper {
  const [id, args, result, since] = PROTOTYPES[name];
  const maps = onlyMaps[name];
  const traits = Object.fromEntries(Object.entries(TRAITS).map(([trait, names]) => [trait, has(names, name)]));
  return {
    id,
    name: `bpf_${name}`,
    bare: name,
    args: args === "" ? [] : (args.split(" ") as HelperArg[]),
    result,
    since,
    gpl: has(GPL_ONLY, name),
    maps: maps === undefined ? undefined : new Set([maps].flat().map((one) => MapTypeId[one as MapTypeName])),
    takes: TAKES[name],
    gives: GIVES[name],
    ...(traits as Record<Trait, boolean>),
    takesPacket: has(TAKES_PACKET, name) || has(TRAITS.takesPacket, name),
  };
}

/** Names by ascending id without gaps: `HELPER_NAMES[id - 1]`. */
export const HELPER_NAMES: readonly HelperName[] = NAMES;

/** Rows are joined when they are asked for: a command that needs few of them does not wait for all. */
const joined: (Helper | undefined)[] = [];

/** The helper of an id, or undefined. @example helperById(1)?.name // "bpf_map_lookup_elem" */
export function helperById(id: number): Helper | undefined {
  const known = joined[id];
  if (known !== undefined) return known;
  const name = NAMES[id - 1];
  if (name === undefined) return undefined;
  const row = helperOfRow(name);
  joined[id] = row;
  return row;
}

/** Every helper, by ascending id. */
export const allHelpers = (): readonly Helper[] => NAMES.flatMap((name) => helperById(PROTOTYPES[name][0]) ?? []);

/** The helper of a name, with or without `bpf_`, or undefined. @example helperByName("ktime_get_ns")?.id // 5 */
export function helperByName(name: string): Helper | undefined {
  const bare = name.replace(/^bpf_/, "");
  return Object.hasOwn(PROTOTYPES, bare) ? helperById(PROTOTYPES[bare as HelperName][0]) : undefined;
}

/** The numbers of the helpers with a trait. @example helpersThat("sleeps").has(HelperId.copy_from_user) // true */
export const helpersThat = (trait: Exclude<Trait, "takesPacket">): ReadonlySet<number> =>
  new Set(TRAITS[trait].map((name) => HelperId[name]));

/** A helper as programs of a type (enum bpf_prog_type) have it: with the arguments and objects of their prototype. */
export function helperOf(helper: Helper, type: number): Helper {
  const variant = VARIANTS[helper.bare];
  const takes = TAKES_IN.find((row) => row.type === type && row.helper === helper.bare)?.takes;
  const args =
    variant !== undefined && variant.types.has(type) !== (variant.except === true) ? variant.args : undefined;
  if (args === undefined && takes === undefined) return helper;
  return { ...helper, args: args ?? helper.args, takes: takes ?? helper.takes };
}
