/** For any process and path: one event with who and what, cut to fit; one line in the trace pipe. */
import { machine } from "ebpftsc/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Hello } from "./hello.js";
import { type MkdirEvent, MkdirWatch } from "./mkdir-watch.js";

/** Text without NUL, which ends strings in C. */
const path = fc.string({ unit: "grapheme-ascii", maxLength: 400 });
const task = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  uid: fc.integer({ min: 0, max: 0xffff_fffe }),
  comm: fc.string({ unit: "grapheme-ascii", maxLength: 15 }),
});

test.each(["mkdir", "mkdirat"] as const)("%s reports who makes which directory", async (program) => {
  const vm = await machine(MkdirWatch);
  fc.assert(
    fc.property(task, path, fc.integer({ min: 0, max: 0o7777 }), (who, where, mode) => {
      Object.assign(vm.$.task, who);
      const pathname = vm.$.userMemory(`${where}\0`);
      const { fault } = vm[program]({ ctx: { pathname, mode } });
      expect(fault).toBeUndefined();
      const [event, ...more] = vm.$.map("events").events("MkdirEvent") as MkdirEvent[];
      expect(more).toEqual([]);
      expect(event).toMatchObject({ ...who, mode, path: where.slice(0, 255) });
    }),
  );
});

test("a path that cannot be read is empty, and nothing breaks", async () => {
  const vm = await machine(MkdirWatch);
  expect(vm.mkdir({ ctx: { pathname: 0n, mode: 0 } }).fault).toBeUndefined();
  expect(vm.$.map("events").events("MkdirEvent")).toMatchObject([{ path: "" }]);
});

test("a full ring loses events, and says how many", async () => {
  const vm = await machine(MkdirWatch);
  const pathname = vm.$.userMemory("/tmp/x\0");
  // 64 KiB hold fewer than 1,000 events of 304 bytes each.
  for (let i = 0; i < 1_000; i++) vm.mkdir({ ctx: { pathname, mode: 0 } });
  const kept = vm.$.map("events").size;
  expect(kept).toBeGreaterThan(0);
  expect(vm.$.map("events").lost).toBe(1_000 - kept);
});

test("hello world", async () => {
  const vm = await machine(Hello);
  vm.$.task.pid = 4711;
  expect(vm.mkdir().output).toEqual(["hello world: mkdir by process 4711"]);
  expect(vm.mkdirat().output).toEqual(["hello world: mkdirat by process 4711"]);
});
