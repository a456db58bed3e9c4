/**
 * Prog arrays belong to the first program that refers to them, and every other program that refers to them or is put
 * into them has to be of its kind: the kernel gives EINVAL at load (__bpf_prog_map_compatible, kernel/bpf/core.c), after its
 * verifier has accepted the program. Input: an object. Output: the programs that cannot load beside the others.
 */
import { MapTypeId } from "../facts/maps/index.js";
import type { MapDef } from "./map-def.js";
import type { BpfObject, BpfProgram } from "./object.js";

/** A program that does not fit a prog array's owner. */
export interface ProgArrayConflict {
  readonly map: string;
  readonly program: string;
  /** The program that the array belongs to. */
  readonly owner: string;
  /** How they differ: "tc is sched_cls, xdp is xdp". */
  readonly reason: string;
  /** They have one program type, and the kernel compares expected attach types since 6.17. */
  readonly attachOnly: boolean;
}

/** What the kernel compares of two programs. */
const kindOf = ({ meaning, section }: BpfProgram) => ({
  type: meaning?.type ?? "unknown",
  fragments: section.startsWith("xdp.frags"),
  sleepable: meaning?.sleepable ?? false,
  attach: meaning?.attach ?? 0,
});

/** In the order in which libbpf loads programs, then in that of the array's slots. */
function members(object: BpfObject, map: MapDef, index: number): BpfProgram[] {
  const loaded = object.programs.filter((p) => p.autoload);
  const referring = loaded.filter((p) => p.references.some((r) => r.kind !== "ksym" && r.map === index));
  const targets = map.initial.flatMap(({ target }) => loaded.find((p) => p.name === target.name) ?? []);
  return [...new Set([...referring, ...targets])];
}

/** Every program of an object that loads by itself and not beside the others. */
export function progArrayConflicts(object: BpfObject): ProgArrayConflict[] {
  return object.maps.flatMap((map, index) => {
    if (map.type !== MapTypeId.prog_array) return [];
    const [owner, ...others] = members(object, map, index);
    if (owner === undefined) return [];
    const wanted = kindOf(owner);
    return others.flatMap((program): ProgArrayConflict[] => {
      const kind = kindOf(program);
      const differs =
        kind.type !== wanted.type || kind.fragments !== wanted.fragments || kind.sleepable !== wanted.sleepable;
      if (!differs && kind.attach === wanted.attach) return [];
      const says = (p: BpfProgram): string => `${p.name} is ${kindOf(p).type} in section "${p.section}"`;
      return [
        {
          map: map.name,
          program: program.name,
          owner: owner.name,
          reason: `${says(owner)}, ${says(program)}`,
          attachOnly: !differs,
        },
      ];
    });
  });
}
