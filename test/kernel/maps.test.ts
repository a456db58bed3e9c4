/** Map classes against the kernel: each type in the shape of a Map or an array, in batches and key by key. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { possibleCpus } from "../../runtime/kernel/cpus.js";
import { ArrayMap } from "../../runtime/kernel/maps/array-map.js";
import { KeyedMap, SetFlag } from "../../runtime/kernel/maps/keyed-map.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { announceSkip, compileFixture, kernelSkipReason } from "./support.js";

const skip = announceSkip("kernel/maps", kernelSkipReason());

interface Key {
  address: number;
  port: number;
  zero: number;
}
interface Stats {
  packets: bigint;
  bytes: number;
  label: string;
}

describe.skipIf(skip)("maps", () => {
  let object: LoadedObject;
  beforeAll(() => {
    object = new OpenObject(compileFixture("everything.c")).load();
  });
  afterAll(() => object?.close());

  function keyed<K, V>(name: string): KeyedMap<K, V> {
    const map = object.map(name);
    expect(map).toBeInstanceOf(KeyedMap);
    return map as KeyedMap<K, V>;
  }
  function array<V>(name: string): ArrayMap<V> {
    const map = object.map(name);
    expect(map).toBeInstanceOf(ArrayMap);
    return map as ArrayMap<V>;
  }
  const key = (port: number): Key => ({ address: 0x0a000001, port, zero: 0 });
  const stats = (n: number): Stats => ({ packets: BigInt(n), bytes: n * 10, label: `n${n}` });

  test("a hash of structs acts like a Map", () => {
    const table = keyed<Key, Stats>("table");
    expect(table.get(key(1))).toBeUndefined();
    expect(table.set(key(1), stats(1))).toBe(table);
    expect(table.get(key(1))).toEqual(stats(1));
    expect(table.has(key(1))).toBe(true);
    expect(table.delete(key(1))).toBe(true);
    expect(table.delete(key(1))).toBe(false);
    expect(table.has(key(1))).toBe(false);
    expect(table.size).toBe(0);
    expect([...table]).toEqual([]);
  });

  test("flags and limits come back as errors with the errno", () => {
    const table = keyed<Key, Stats>("table");
    expect(() => table.set(key(1), stats(1), SetFlag.Exist)).toThrow(expect.objectContaining({ errnoName: "ENOENT" }));
    table.set(key(1), stats(1), SetFlag.NoExist);
    expect(() => table.set(key(1), stats(2), SetFlag.NoExist)).toThrow(
      expect.objectContaining({ errnoName: "EEXIST", code: "SYSCALL" }),
    );
    expect(() => table.set(key(70_000), stats(1))).toThrow(expect.objectContaining({ code: "CODEC_RANGE" }));
    table.clear();
    for (let i = 0; i < 1000; i++) table.set(key(i), stats(i));
    expect(() => table.set(key(1000), stats(0))).toThrow(expect.objectContaining({ errnoName: "E2BIG" }));
    table.clear();
    expect(table.size).toBe(0);
  });

  test("iteration sees every entry once, over several batches", () => {
    const table = keyed<Key, Stats>("table");
    const entries = Array.from({ length: 1000 }, (_, i) => [key(i), stats(i)] as const);
    expect(table.setAll(entries)).toBe(1000);
    const seen = new Map([...table].map(([k, v]) => [k.port, v]));
    expect(seen.size).toBe(1000);
    expect(table.size).toBe(1000);
    for (const [k, v] of entries) expect(seen.get(k.port)).toEqual(v);
    expect([...table.keys()].length).toBe(1000);
    expect([...table.values()].reduce((sum, v) => sum + v.packets, 0n)).toBe(499_500n);
    table.clear();
  });

  test("an LRU hash evicts instead of refusing", () => {
    const recent = keyed<number, bigint>("recent");
    for (let i = 0; i < 3000; i++) recent.set(i, BigInt(i));
    expect(recent.size).toBeLessThanOrEqual(1000);
    expect(recent.get(2999)).toBe(2999n);
    recent.clear();
  });

  test("a trie matches the longest prefix", () => {
    const routes = keyed<{ length: number; address: Uint8Array }, number>("routes");
    const prefix = (length: number, ...address: number[]) => ({ length, address: Uint8Array.from(address) });
    routes
      .set(prefix(8, 10, 0, 0, 0), 8)
      .set(prefix(24, 10, 1, 2, 0), 24)
      .set(prefix(0, 0, 0, 0, 0), 0);
    expect(routes.get(prefix(32, 10, 1, 2, 3))).toBe(24);
    expect(routes.get(prefix(32, 10, 9, 9, 9))).toBe(8);
    expect(routes.get(prefix(32, 192, 168, 0, 1))).toBe(0);
    expect([...routes.values()].sort((a, b) => a - b)).toEqual([0, 8, 24]);
    expect(routes.delete(prefix(24, 10, 1, 2, 0))).toBe(true);
    expect(routes.get(prefix(32, 10, 1, 2, 3))).toBe(8);
    routes.clear();
    expect(routes.size).toBe(0);
  });

  test("per-CPU hashes give an array by CPU", () => {
    const map = keyed<number, number[]>("per_cpu_table");
    const values = Array.from({ length: possibleCpus() }, (_, cpu) => 100 + cpu);
    map.set(7, values);
    expect(map.get(7)).toEqual(values);
    expect([...map]).toEqual([[7, values]]);
    expect(() => map.set(8, [])).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  });

  test("arrays always have their elements", () => {
    const counters = array<bigint>("counters");
    expect(counters.length).toBe(8);
    counters.set(5, 55n);
    expect(counters.get(5)).toBe(55n);
    expect([...counters].length).toBe(8);
    expect([...counters][5]).toEqual([5, 55n]);
    for (const index of [-1, 8, 1.5]) {
      expect(() => counters.get(index)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
    }
    counters.set(5, 0n);
  });

  test("what the program counts is what we read, per CPU and shared", () => {
    const [counters, own] = [array<bigint>("counters"), array<bigint[]>("per_cpu")];
    counters.set(0, 0n);
    own.set(0, new Array<bigint>(possibleCpus()).fill(0n));
    testRun(object.programFd("xdp_count"), { data: new Uint8Array(64), repeat: 500 });
    expect(counters.get(0)).toBe(500n);
    expect(own.get(0).reduce((a, b) => a + b, 0n)).toBe(500n);
  });

  test("maps of other types are handles with facts", () => {
    const queue = object.map("queue");
    expect(queue.constructor.name).toBe("MapHandle");
    expect(queue.info()).toMatchObject({ type: 22, maxEntries: 4, valueSize: 4 });
  });

  test("a frozen map refuses writes", () => {
    using other = new OpenObject(compileFixture("everything.c")).load();
    const counters = other.map("counters") as ArrayMap<bigint>;
    counters.freeze();
    expect(() => counters.set(0, 1n)).toThrow(expect.objectContaining({ code: "NO_PERMISSION", errnoName: "EPERM" }));
  });
});
