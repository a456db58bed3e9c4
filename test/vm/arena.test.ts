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
import { type EngineName, loadObject, Machine } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";
import { type ArenaProgram, arenaMap, arenaObject, arenaProgram } from "./fuzz/arena.js";

const COUNT = 150;
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

/** The list's head is the first word of the arena; nodes are 16 bytes, one behind the other. */
const LIST = `
#define ARENA __attribute__((address_space(1)))
extern void ARENA *bpf_arena_alloc_pages(void *map, void ARENA *addr, __u32 pages, int node, __u64 flags) __ksym;
struct { __uint(type, 33); __uint(map_flags, 1 << 10); __uint(max_entries, 4); } arena SEC(".maps");
struct node { struct node ARENA *next; __u64 value; };
struct root { struct node ARENA *first; __u64 used; };
struct root ARENA *root;
static struct root ARENA *opened(void) {
  if (!root) root = bpf_arena_alloc_pages(&arena, (void ARENA *)0, 2, -1, 0);
  return root;
}
SEC("tp_btf/x") int push(__u64 *ctx) {
  struct root ARENA *r = opened();
  if (!r) return 1;
  struct node ARENA *n = (struct node ARENA *)(r + 1) + r->used++;
  n->value = ctx[0];
  n->next = r->first;
  r->first = n;
  return 0;
}
SEC("tp_btf/x") int sum(__u64 *ctx) {
  __u64 all = 0;
  struct root ARENA *r = opened();
  struct node ARENA *n = r->first;
  for (int i = 0; i < 100 && n; i++, n = n->next) all += n->value;
  return all;
}
SEC("tp_btf/x") int beyond(__u64 *ctx) { return ((struct root ARENA *)((char ARENA *)opened() + 12288))->used; }
`;

describe("arenas", () => {
  test(`${COUNT} programs: both engines`, () => {
    for (let seed = 1; seed <= COUNT; seed++)
      expect(onMachine(arenaProgram(seed), "wasm"), `${seed}`).toBe(onMachine(arenaProgram(seed), "interp"));
  });

  test("definitions that the kernel refuses are refused", () => {
    const make = (change: Partial<typeof arenaMap>) => () =>
      new Machine({ ...arenaObject(arenaProgram(1)), maps: [{ ...arenaMap, ...change }] });
    expect(make({})).not.toThrow();
    for (const change of [
      { flags: 0 },
      { flags: (1 << 10) | 1 },
      { keySize: 4 },
      { maxEntries: 0 },
      { mapExtra: 5n },
      { mapExtra: 0xffff_f000n },
    ])
      expect(make(change)).toThrow(/VM_MAP_DEFINITION: map arena \(arena\)/);
  });

  test.skipIf(missingClang).each<EngineName>(["interp", "wasm"])("a list that C keeps in one, on %s", (engine) => {
    const machine = loadObject(compileC(LIST), { engine });
    const arena = machine.map("arena");
    for (const value of [5n, 6n, 7n]) expect(machine.run("push", { ctx: [value] })).toMatchObject({ result: 0n });
    expect(machine.run("sum").result).toBe(18n);
    // User space follows the same addresses.
    const start = arena.userAddress ?? 0n;
    const head = new DataView(arena.bytesAt(start, 16).slice().buffer).getBigUint64(0, true);
    expect(head).toBeGreaterThan(start);
    const node = arena.bytesAt(head, 16);
    expect(new DataView(node.buffer, node.byteOffset).getBigUint64(8, true)).toBe(7n);
    node[8] = 70;
    expect(machine.run("sum").result).toBe(81n);
    // Through a pointer to no page the kernel reads 0.
    expect(machine.run("beyond")).toMatchObject({ result: 0n });
    expect(() => arena.bytesAt(start - 1n, 1)).toThrow(/VM_INPUT/);
    expect(() => arena.bytesAt(start, 1 << 20)).toThrow(/lie outside its pages/);
    arena.clear();
    expect(arena.bytesAt(start, 8)).toEqual(new Uint8Array(8));
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
