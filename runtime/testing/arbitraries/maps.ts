/** Arbitraries of a map's keys, values and records, from the map's own types. */
import fc from "fast-check";
import { MapTypeId } from "../../facts/maps/index.js";
import type { Machine } from "../../vm/index.js";
import { TestingError } from "../error.js";
import { valuesOf } from "./btf.js";

const ARRAYS: readonly number[] = [
  MapTypeId.array,
  MapTypeId.percpu_array,
  MapTypeId.prog_array,
  MapTypeId.array_of_maps,
];

function definition(machine: Machine, map: string) {
  const def = machine.object.maps.find((m) => m.name === map);
  if (def === undefined)
    throw new TestingError("TEST_TYPE", `there is no map ${map}; there are: ${[...machine.maps.keys()].join(", ")}`);
  return def;
}
const raw = (bytes: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: bytes, maxLength: bytes });

/**
 * Keys of a map: for arrays the indexes that exist, for LPM tries prefixes no longer than their data, else any key.
 * @throws TestingError `TEST_TYPE` for a map that is not there, or has no keys
 */
export function keysOf(machine: Machine, map: string): fc.Arbitrary<unknown> {
  const def = definition(machine, map);
  if (ARRAYS.includes(def.type)) return fc.nat(def.maxEntries - 1);
  if (def.keySize === 0) throw new TestingError("TEST_TYPE", `map ${map} has no keys`);
  if (def.keyType === 0) return raw(def.keySize);
  const any = valuesOf(machine.object.btf, def.keyType);
  if (def.type !== MapTypeId.lpm_trie) return any;
  // The first field of an LPM key is its prefix length in bits.
  const longest = (def.keySize - 4) * 8;
  return fc.tuple(any, fc.nat(longest)).map(([key, prefix]) => {
    const fields = Object.entries(key as Record<string, unknown>);
    const [first] = fields[0] ?? ["prefixlen"];
    return { ...Object.fromEntries(fields), [first]: prefix };
  });
}

/** Values of a map; for per-CPU maps the value of one CPU. @throws TestingError `TEST_TYPE` */
export function valuesOfMap(machine: Machine, map: string): fc.Arbitrary<unknown> {
  const def = definition(machine, map);
  return def.valueType === 0 ? raw(def.valueSize) : valuesOf(machine.object.btf, def.valueType);
}

/** Records of a ring buffer: the map's value type, or the type named. @throws TestingError `TEST_TYPE` */
export function eventsOf(machine: Machine, map: string, type?: string): fc.Arbitrary<unknown> {
  const def = definition(machine, map);
  return valuesOf(machine.object.btf, type ?? def.valueType);
}
