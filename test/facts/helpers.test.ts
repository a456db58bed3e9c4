/** Every helper has one row, and what lists say of it fits its prototype. */
import { describe, expect, test } from "vitest";
import { allHelpers, HelperId, helperById, helperByName, helpersThat } from "../../runtime/facts/helpers/index.js";
import { ONLY_MAPS } from "../../runtime/facts/helpers/maps.js";
import { TRAITS } from "../../runtime/facts/helpers/traits.js";
import { mapTypeName } from "../../runtime/facts/maps/index.js";
import { missingData, readJson } from "../support/data.js";

const names = (of: (h: ReturnType<typeof allHelpers>[number]) => boolean): string[] =>
  allHelpers()
    .filter(of)
    .map((h) => h.bare);

describe("traits", () => {
  test("a helper answers as the lists say, and no list names one twice", () => {
    for (const [trait, list] of Object.entries(TRAITS)) {
      expect(new Set(list).size, trait).toBe(list.length);
      for (const name of list) expect(helperByName(name), `${name} ${trait}`).toHaveProperty(trait, true);
      if (trait !== "takesPacket") expect(helpersThat(trait as "sleeps").size, trait).toBe(list.length);
    }
  });
  test("helpers that call back take a function, and no others do", () => {
    expect(names((h) => h.args.includes("func"))).toEqual(names((h) => h.callsBack || h.callsBackLater));
  });
  test("helpers whose maps are limited take a map", () => {
    expect(names((h) => h.maps !== undefined)).toEqual(Object.keys(ONLY_MAPS).sort((a, b) => idOf(a) - idOf(b)));
    expect(names((h) => h.maps !== undefined && !h.args.includes("map"))).toEqual([]);
  });
  test("what takes an object has an argument for it", () => {
    const takers = names((h) => h.takes !== undefined && !h.args.some((a) => a === "kernelPtr"));
    // In some program types only: their prototype there takes one.
    expect(takers).toEqual(["map_update_elem", "get_socket_cookie", "xdp_get_buff_len"]);
  });
  test("numbers go by name", () => {
    expect(helperById(HelperId.tail_call)?.name).toBe("bpf_tail_call");
    expect(Object.values(HelperId)).toEqual(allHelpers().map((h) => h.id));
  });
});

const idOf = (name: string): number => helperByName(name)?.id ?? 0;

describe.skipIf(missingData)("against the kernel's verdicts", () => {
  test("maps that the probe passed are maps that the helper takes", () => {
    const spelling: Readonly<Record<string, string>> = {
      lru: "lru_hash",
      perf: "perf_event_array",
      bloom: "bloom_filter",
      reuseport: "reuseport_sockarray",
    };
    const wrong = Object.values(
      readJson<Record<string, { id: number; name: string; compatible_maps?: string[] }>>("kernel-helpers.json"),
    ).flatMap(({ id, name, compatible_maps = [] }) => {
      const maps = helperById(id)?.maps;
      const ours = maps && [...maps].map(mapTypeName);
      return compatible_maps
        .map((map) => spelling[map] ?? map)
        .filter((map) => ours?.includes(map) === false)
        .map((map) => `${name} ${map}`);
    });
    expect(wrong).toEqual([]);
  });
});
