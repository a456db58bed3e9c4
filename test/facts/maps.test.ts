/** Every map type has one row, and the rows say of a helper what the helper's row says. */
import { describe, expect, test } from "vitest";
import { allHelpers, helperByName } from "../../runtime/facts/helpers/index.js";
import {
  bpfmanName,
  elfName,
  MAP_TYPE_NAMES,
  MAP_TYPES,
  type MapTypeFacts,
  MapTypeId,
  mapTypeFacts,
  mapTypeName,
  mapTypeOf,
} from "../../runtime/facts/maps/index.js";
import { createMap } from "../../runtime/vm/maps/create.js";
import { sharedMemory } from "../../runtime/vm/wasm/memory.js";
import * as stdlib from "../../stdlib/index.js";

const rows: readonly (readonly [string, MapTypeFacts])[] = MAP_TYPE_NAMES.map((name) => [name, MAP_TYPES[name]]);
const names = (holds: (facts: MapTypeFacts) => boolean): string[] => rows.flatMap(([n, f]) => (holds(f) ? [n] : []));

describe("rows", () => {
  test("numbers are 1 to 33 without gaps, and names find them", () => {
    expect(rows.map(([, f]) => f.id)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
    for (const [name, facts] of rows) {
      expect([mapTypeOf(facts.id), mapTypeName(facts.id), mapTypeFacts(facts.id)]).toEqual([name, name, facts]);
    }
    expect([mapTypeName(0), mapTypeName(77), mapTypeFacts(0), mapTypeOf(77)]).toEqual([
      "unspec",
      "type 77",
      undefined,
      undefined,
    ]);
  });
  test("spellings", () => {
    expect(elfName("percpu_array")).toBe("BPF_MAP_TYPE_PERCPU_ARRAY");
    expect(MAP_TYPE_NAMES.filter((name) => bpfmanName(name) !== name).map(bpfmanName)).toEqual([
      "per_cpu_hash",
      "per_cpu_array",
      "lru_per_cpu_hash",
      "per_cpu_cgroup_storage",
    ]);
  });
  test("classes are the library's, each of one type", () => {
    const classes = rows.flatMap(([, f]) => f.typescript?.class ?? []);
    expect(new Set(classes).size).toBe(classes.length);
    expect(classes.filter((name) => !(name in stdlib))).toEqual([]);
    // What the language has, the loader shows.
    expect(names((f) => f.typescript !== undefined)).toEqual(names((f) => f.user !== undefined));
  });
  test("a value a CPU goes with the name", () => {
    expect(names((f) => f.perCpu)).toEqual(MAP_TYPE_NAMES.filter((name) => name.includes("percpu")));
  });
});

test("what a map's row says of helpers does not contradict the helpers' rows", () => {
  const wrong = rows.flatMap(([name, { id, helpers }]) =>
    allHelpers().flatMap((helper) => {
      // Of both sides one may say nothing: "the only helpers of the map", "the only maps of the helper".
      const byMap = helpers?.includes(helper.bare);
      return helper.maps?.has(id) === true && byMap === false ? [`${helper.bare} takes ${name}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
  const lost = rows.flatMap(([name, { id, helpers = [] }]) =>
    helpers.filter((helper) => helperByName(helper)?.maps?.has(id) === false).map((helper) => `${name}: ${helper}`),
  );
  expect(lost).toEqual([]);
});

test("the machine has every type that no row calls absent, and says why of the others", () => {
  const def = { name: "m", section: ".maps", sectionIndex: 1, keySize: 4, valueSize: 8, maxEntries: 4, flags: 1 };
  const rest = { keyType: 0, valueType: 0, numaNode: 0, mapExtra: 0n, pinByName: false, initial: [] };
  const host = { memory: sharedMemory(18).memory, cpus: 1 };
  for (const [name, { id, absent }] of rows) {
    const message = ((): string => {
      try {
        createMap({ ...def, ...rest, type: id }, host);
        return "";
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
    })();
    if (absent === undefined) expect(message, name).not.toContain("the machine has no maps");
    else expect(message, name).toContain(`the machine has no maps of type ${name}: ${absent}`);
  }
  expect(MapTypeId.struct_ops).toBe(26);
});
