/** Our bytecode is no larger than what clang makes of the same logic: the aim is 1.05 on every example. */
import { expect, test } from "vitest";
import { announceSkip } from "../kernel/support.js";
import { inTurns, median, row } from "./row.js";
import { size } from "./size.js";

const AIM = 1.05;

test.skipIf(announceSkip("bench/size", size.skip()))("instructions beside clang", async () => {
  const rows = await size.run();
  expect(rows.length).toBeGreaterThanOrEqual(8);
  expect(rows.filter((r) => r.ratio > AIM)).toEqual([]);
});

test("rows and medians", () => {
  expect(median([5, 1, 9])).toBe(5);
  expect(median([4, 1, 9, 2])).toBe(3);
  expect(row("a", "ns", 12.3456, 10, "p")).toEqual({
    name: "a",
    unit: "ns",
    ours: 12.35,
    peer: 10,
    peerName: "p",
    ratio: 1.235,
  });
  const order: string[] = [];
  const say = (name: string, value: number) => () => {
    order.push(name);
    return value;
  };
  expect(inTurns(2, say("a", 1), say("b", 2))).toEqual({ ours: 1, peer: 2 });
  expect(order).toEqual(["a", "b", "b", "a"]);
});
