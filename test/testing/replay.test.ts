/** A failed property leaves a replay file, which gives the same again: maps, configuration and all. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { assert, isReplay, machine, packets, parseReplay, replayRuns } from "../../runtime/testing/index.js";
import { cli } from "../harness/cli.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

announceSkip("test/testing/replay in the kernel", kernelSkipReason());
const folder = mkdtempSync(join(tmpdir(), "ebpftsc-replays-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function failing(): Promise<{ message: string; file: string }> {
  const vm = await machine(Firewall, { config: { blockedPort: 443 } });
  vm.maps.blocked.set({ prefixLength: 8, address: 0x7f000000 }, 0n);
  let message = "";
  try {
    // Wrong on purpose: port 443 is dropped.
    assert(
      vm,
      fc.property(packets.ipv4({ proto: "tcp", vlans: 0 }), (p) => vm.filter(p.bytes).action === "pass"),
      { seed: 3, numRuns: 2000, replays: folder },
    );
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
  }
  const file = /ebpftsc run (\S+)/.exec(message)?.[1] ?? "";
  return { message, file };
}

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("nothing was thrown");
}

describe("assert", () => {
  test("saves the smallest counterexample, once", async () => {
    const { message, file } = await failing();
    expect(message).toMatch(/Property failed after \d+ tests/);
    const text = readFileSync(file, "utf8");
    expect(isReplay(text)).toBe(true);
    const replay = parseReplay(text);
    expect(replay.source).toBe("Firewall");
    expect(replay.runs.length).toBe(1);
    expect(replay.runs[0]?.packet?.length).toBe(54 * 2);
    expect(replay.maps["blocked"]?.length).toBe(1);
    await failing();
    expect(readdirSync(folder).length).toBe(1);
    for (const engine of ["interp", "wasm"] as const) {
      const { results, machine: again } = replayRuns(replay, { engine });
      expect(results[0]?.action).toBe("drop");
      expect(results[0]?.result.toString()).toBe(replay.runs[0]?.result);
      expect(again.map("blocked").size).toBe(1);
    }
  });

  test("reads the maps once for an assertion that holds, however many runs and entries", async () => {
    const vm = await machine(Firewall);
    for (let address = 0; address < 500; address++) vm.maps.blocked.set({ prefixLength: 32, address }, 0n);
    let reads = 0;
    let runs = 0;
    for (const handle of vm.$.maps.values()) {
      const { dump } = handle;
      handle.dump = () => {
        reads++;
        return dump.call(handle);
      };
    }
    const holds = fc.property(packets.any(), (p) => {
      runs++;
      return vm.filter(p.bytes).fault === undefined;
    });
    assert(vm, holds, { seed: 1, numRuns: 200 });
    expect(runs).toBe(200);
    expect(reads).toBe(vm.$.maps.size);
  });

  test("a failure that only the runs before explain is kept with them", async () => {
    const vm = await machine(Firewall);
    let seen = 0;
    // Fails at the fifth run of the machine and at no other: repeated alone, it holds.
    const fifth = fc.property(packets.ipv4({ proto: "tcp", vlans: 0 }), (p) => {
      vm.filter(p.bytes);
      return ++seen !== 5;
    });
    const message = messageOf(() => assert(vm, fifth, { seed: 1, replays: folder }));
    const file = /ebpftsc run (\S+)/.exec(message)?.[1] ?? "";
    const replay = parseReplay(readFileSync(file, "utf8"));
    expect(replay.runs).toHaveLength(5);
    expect(replayRuns(replay).results.map((r) => r.result.toString())).toEqual(replay.runs.map((r) => r.result));
    rmSync(file);
  });

  test("what cannot be repeated is said, and no file is written", async () => {
    const vm = await machine(Firewall);
    const before = readdirSync(folder);
    let seen = 0;
    const once = fc.property(packets.ipv4({ proto: "tcp", vlans: 0 }), (p) => {
      // The test changes a map between runs, which no recording of runs holds.
      if (++seen === 3) vm.maps.blocked.set({ prefixLength: 0, address: 0 }, 0n);
      const { action } = vm.filter(p.bytes);
      vm.maps.blocked.clear();
      return action === "pass";
    });
    const message = messageOf(() => assert(vm, once, { seed: 1, replays: folder }));
    expect(message).toMatch(/Property failed/);
    expect(message.split("\n").at(-1)).toMatch(/^No replay file: the failure depends on more than/);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("an execution that fc.pre leaves is not the counterexample", async () => {
    const vm = await machine(Firewall, { config: { blockedPort: 443 } });
    const property = fc.property(fc.integer({ min: 0, max: 100 }), (n) => {
      vm.filter(new Uint8Array(60 + n));
      fc.pre(n > 20);
      return false;
    });
    const message = messageOf(() => assert(vm, property, { seed: 2, replays: folder }));
    const file = /ebpftsc run (\S+)/.exec(message)?.[1] ?? "";
    expect(parseReplay(readFileSync(file, "utf8")).runs[0]?.packet?.length).toBe(81 * 2);
    rmSync(file);
  });

  test("keeps quiet when nothing fails, and when nothing was run", async () => {
    const vm = await machine(Firewall);
    assert(
      vm,
      fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined),
      { seed: 1, numRuns: 50 },
    );
    expect(() =>
      assert(
        vm,
        fc.property(fc.nat(), () => false),
        { seed: 1, replays: folder },
      ),
    ).toThrow(/Property failed/);
    expect(readdirSync(folder).length).toBeLessThanOrEqual(1);
  });
});

describe("replay files that are not right", () => {
  test.each([
    ["{", /no JSON/],
    ["[]", /no replay/],
    ['{"ebpftsc":"replay","version":2}', /version 2/],
    ['{"ebpftsc":"replay","version":1,"object":5}', /base64/],
    ['{"ebpftsc":"replay","version":1,"object":"","runs":[],"maps":{}}', /no runs/],
    ['{"ebpftsc":"replay","version":1,"object":"","runs":[{}],"maps":{}}', /run 1 has no program/],
    [
      '{"ebpftsc":"replay","version":1,"object":"","runs":[{"program":"p","result":"0","packet":"zz"}],"maps":{}}',
      /no hex/,
    ],
    [
      '{"ebpftsc":"replay","version":1,"object":"","runs":[{"program":"p","result":"0"}],"maps":{"a":[["0"]]}}',
      /map a/,
    ],
  ])("%s", (text, message) => {
    expect(() => parseReplay(text)).toThrow(message);
    expect(() => parseReplay(text)).toThrow(/TEST_REPLAY/);
  });
});

describe("ebpftsc run REPLAY", () => {
  test("repeats it, in the kernel too where there is one", async () => {
    const { file } = await failing();
    const { status, stdout } = cli(["run", file]);
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/^Firewall: Property failed after \d+ tests\n/);
    expect(stdout).toMatch(/filter +1 +1/);
    if (kernelSkipReason() === undefined) {
      const both = cli(["run", file, "--kernel", "--json"]);
      expect(both.status, both.stderr).toBe(0);
      expect(JSON.parse(both.stdout)).toMatchObject({
        source: "Firewall",
        runs: [{ recorded: "1", machine: "1", kernel: "1", same: true }],
      });
    }
    const wrong = JSON.parse(readFileSync(file, "utf8")) as { runs: { result: string }[] };
    for (const run of wrong.runs) run.result = "2";
    const changed = join(folder, "changed.replay.json");
    writeFileSync(changed, JSON.stringify(wrong));
    expect(cli(["run", changed]).stdout).toMatch(/differs/);
    expect(cli(["run", changed]).status).toBe(1);
    writeFileSync(changed, "{}");
    const none = cli(["run", changed]);
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringMatching(/neither an object, a source nor a replay file/),
    ]);
    rmSync(changed);
  });
});
