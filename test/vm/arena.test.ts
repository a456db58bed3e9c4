/**
 * Arenas: both engines beside the kernel, which sees the same addresses because the arena says where it is. What the
 * machine's user sees of the pages, and definitions that are refused.
 */
import { closeSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseBtf } from "../../runtime/btf/index.js";
import { createMap } from "../../runtime/kernel/map-syscalls.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, Machine } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { type ArenaProgram, arenaMap, arenaObject, arenaProgram } from "./fuzz/arena.js";

const COUNT = 300;
const SYSCALL = 31;
const SLEEPABLE = 1 << 4;
const BTF = "/sys/kernel/btf/vmlinux";

/** Ids of the kernel's arena functions, or why they cannot be had. */
function functions(): ReadonlyMap<string, number> | string {
  const reason = kernelSkipReason();
  if (reason !== undefined) return reason;
  const btf = parseBtf(new Uint8Array(readFileSync(BTF)));
  const names = ["bpf_arena_alloc_pages", "bpf_arena_free_pages", "bpf_arena_reserve_pages"];
  const found = new Map(
    names.flatMap((name) => {
      const id = btf.find(name, "func")?.id;
      return id === undefined ? [] : [[name, id] as const];
    }),
  );
  return found.size === names.length ? found : "the kernel lacks some of the arena functions (Linux 6.17)";
}
const kfuncs = functions();
const skip = announceSkip("test/vm/arena", typeof kfuncs === "string" ? kfuncs : undefined);

const onMachine = (program: ArenaProgram, engine: EngineName): number => {
  const { result, fault } = new Machine(arenaObject(program), { engine, cpus: 1 }).run(undefined);
  if (fault !== undefined) throw new Error(`${fault.code} at ${fault.insn}: ${fault.message}`);
  return Number(result);
};

/** The kernel's result. */
function inKernel({ bytes, calls }: ArenaProgram, ids: ReadonlyMap<string, number>): number {
  const { type, keySize, valueSize, maxEntries, flags, mapExtra } = arenaMap;
  const map = createMap({ type, keySize, valueSize, maxEntries, flags, mapExtra });
  try {
    const insns = bytes.slice();
    const view = new DataView(insns.buffer);
    for (let at = 0; at < insns.length; at += 8)
      if (insns[at] === 0x18 && (insns[at + 1] ?? 0) >> 4 === 1) view.setInt32(at + 4, map, true);
    for (const [slot, name] of calls) view.setInt32(slot * 8 + 4, ids.get(name) ?? 0, true);
    const loaded = loadProgramRaw({ type: SYSCALL, insns, flags: SLEEPABLE });
    if (!loaded.ok) throw new Error(loaded.log.trim().split("\n").slice(-4).join(" | "));
    try {
      return testRun(loaded.fd).retval >>> 0;
    } finally {
      closeSync(loaded.fd);
    }
  } finally {
    closeSync(map);
  }
}

describe("arenas", () => {
  test(`${COUNT} programs: both engines`, () => {
    for (let seed = 1; seed <= COUNT; seed++)
      expect(onMachine(arenaProgram(seed), "wasm"), `${seed}`).toBe(onMachine(arenaProgram(seed), "interp"));
  });

  test.skipIf(skip)(`${COUNT} programs: as in the kernel`, () => {
    if (typeof kfuncs === "string") throw new Error(kfuncs);
    const results = new Set<number>();
    for (let seed = 1; seed <= COUNT; seed++) {
      const expected = inKernel(arenaProgram(seed), kfuncs);
      expect(onMachine(arenaProgram(seed), "wasm"), `${seed}`).toBe(expected);
      results.add(expected);
    }
    // They do see something: next to no two results are the same.
    expect(results.size).toBeGreaterThan(COUNT * 0.9);
  });
});
