/** The arithmetic of map sizes; no kernel needed, and none asked. */
import { expect, test } from "vitest";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { availableMemory, checkMapMemory, mapMemory } from "../../runtime/kernel/object/map-memory.js";

const facts = { name: "m", keySize: 4, valueSize: 8, maxEntries: 1000, flags: 0 };

test.each([
  ["array", { type: MapTypeId.array }, 8000],
  ["array of 5-byte values", { type: MapTypeId.array, valueSize: 5 }, 8000],
  ["per-CPU array", { type: MapTypeId.percpu_array }, 1000 * (8 + 4 * 8)],
  ["hash", { type: MapTypeId.hash }, 1000 * (16 + 48 + 8 + 8)],
  ["hash without preallocation", { type: MapTypeId.hash, flags: 1 }, 16_000],
  ["per-CPU hash", { type: MapTypeId.percpu_hash }, 1000 * (16 + 48 + 8 + 8 + 4 * 8)],
  ["ring buffer", { type: MapTypeId.ringbuf, maxEntries: 4096 }, 4096],
  ["trie", { type: MapTypeId.lpm_trie }, 0],
])("%s", (_, change, bytes) => {
  expect(mapMemory({ ...facts, ...change }, 4)).toBe(bytes);
});

test("the refusal names the largest map, what it needs and what there is", () => {
  const maps = [
    { ...facts, type: MapTypeId.array },
    { ...facts, name: "huge", type: MapTypeId.percpu_array, maxEntries: 0x9f00_0004 },
  ];
  expect(() => checkMapMemory(maps, 2, 3 * 2 ** 30)).toThrow(
    "map huge with 2667577348 entries needs at least 59.6 GiB of kernel memory; 3.0 GiB is available",
  );
  expect(() => checkMapMemory(maps, 2, 2 ** 40)).not.toThrow();
  expect(() => checkMapMemory([], 2, 0)).not.toThrow();
});

test("available memory comes from the kernel's own estimate", () => {
  expect(availableMemory("MemTotal: 9 kB\nMemAvailable:   2048 kB\n")).toBe(2 ** 21);
  expect(availableMemory("MemTotal: 9 kB\n")).toBe(Number.POSITIVE_INFINITY);
  expect(availableMemory()).toBeGreaterThan(0);
});
