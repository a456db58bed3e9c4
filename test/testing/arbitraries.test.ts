/** Arbitraries made of types: what they give fits, covers, shrinks; model-based commands find a map that lies. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { MkdirWatch } from "../../examples/mkdir-watch/mkdir-watch.js";
import { codecFor } from "../../runtime/btf/index.js";
import {
  eventsOf,
  inputsOf,
  keysOf,
  machine,
  mapCommands,
  mapModel,
  programCommand,
  TestingError,
  tasks,
  valuesOf,
  valuesOfMap,
} from "../../runtime/testing/index.js";
import { compileC, missingClang } from "../support/clang.js";

const TYPES = `
enum color { RED = 1, BLUE = -4 }; union both { __u32 a; __u64 b; };
struct inner { __u8 flags : 3; __s16 depth : 9; _Bool on; };
struct everything { __u8 a; __s64 b; enum color c; char text[8]; __u8 raw[5]; struct inner list[2]; union both u; __be16 port; void *p; struct { __u32 x; union { __u16 y; __u8 z; }; }; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 3); __type(key, struct inner); __type(value, struct everything); } all SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 5); __type(key, __u16); __type(value, __u64); } small SEC(".maps");
struct lpm { __u32 prefixlen; __u8 data[4]; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct lpm); __type(value, __u64); } routes SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } slots SEC(".maps");
SEC("xdp") int count(struct xdp_md *ctx) { __u16 k = ctx->rx_queue_index; __u64 one = 1, *v = bpf_map_lookup_elem(&small, &k); if (v) *v += 1; else bpf_map_update_elem(&small, &k, &one, 0); return bpf_map_lookup_elem(&all, &(struct inner){}) != 0; }
SEC("xdp") int wrong(struct xdp_md *ctx) { __u16 k = ctx->rx_queue_index; __u64 one = 1, *v = bpf_map_lookup_elem(&small, &k); if (v) *v += *v == 2 ? 2 : 1; else bpf_map_update_elem(&small, &k, &one, 0); return 1; }
SEC("kprobe/x") int probe(void *regs) { return 0; }
SEC("raw_tp/x") int raw(__u64 *args) { return args[0] != 0; }
SEC("tc") int classify(struct __sk_buff *skb) { return skb->mark; }
`;

describe.skipIf(missingClang)("values by type", () => {
  const object = missingClang ? new Uint8Array() : compileC(TYPES);

  test("fit their codecs and come back the same", async () => {
    const vm = await machine(object);
    const { btf } = vm.$.object;
    if (btf === undefined) throw new Error("no BTF");
    const codec = codecFor(btf, btf.find("everything", "struct")?.id ?? 0);
    const seen = new Set<string>();
    fc.assert(
      fc.property(valuesOf(btf, "everything"), (value) => {
        const bytes = new Uint8Array(codec.size);
        codec.encode(value, bytes, 0);
        const back = codec.decode(bytes, 0) as Record<string, unknown>;
        const { u, y, z, ...rest } = value as Record<string, unknown>;
        expect(back).toMatchObject(rest);
        // Of a union the member that was set comes back.
        if (typeof u === "object" && u !== null) expect(back["u"]).toMatchObject(u);
        if (y !== undefined) expect(back["y"]).toBe(y);
        if (z !== undefined) expect(back["z"]).toBe(z);
        seen.add(String(back["c"]));
      }),
      { seed: 5, numRuns: 300 },
    );
    expect(seen.has("1") && seen.has("-4")).toBe(true);
  });

  test("shrink to nothing", () => {
    const run = async (): Promise<unknown> => {
      const vm = await machine(object);
      return fc.check(
        fc.property(valuesOf(vm.$.object.btf, "everything"), (v) => (v as { a: number }).a < 7),
        { seed: 1, numRuns: 1000 },
      ).counterexample?.[0];
    };
    return expect(run()).resolves.toMatchObject({ a: 7, b: 0n, text: "", port: 0, p: 0n, x: 0 });
  });

  test("keys of LPM tries have prefixes that fit, keys of arrays exist", async () => {
    const vm = await machine(object);
    for (const key of fc.sample(keysOf(vm.$, "routes"), { numRuns: 200, seed: 2 }))
      expect((key as { prefixlen: number }).prefixlen).toBeLessThanOrEqual(32);
    for (const key of fc.sample(keysOf(vm.$, "slots"), { numRuns: 50, seed: 2 })) expect(key).toBeLessThan(4);
    expect(() => keysOf(vm.$, "nothing")).toThrow(TestingError);
    expect(() => valuesOf(vm.$.object.btf, "nothing")).toThrow(/TEST_TYPE: the object's BTF has no type nothing/);
    expect(() => valuesOf(undefined, "x")).toThrow(/no BTF/);
  });

  test("inputs of every program type run", async () => {
    const vm = await machine(object);
    for (const program of vm.$.programs)
      fc.assert(
        fc.property(inputsOf(vm.$, program), (input) => vm.$.run(program, input).fault === undefined),
        { seed: 9, numRuns: 100 },
      );
  });

  test("commands and programs keep to the model", async () => {
    const vm = await machine(object);
    const commands = (program: string) =>
      fc.commands<ReturnType<typeof mapModel>, typeof vm.$>(
        [
          ...mapCommands(vm.$, "small"),
          programCommand(
            program,
            fc.record({ ctx: fc.record({ rx_queue_index: fc.nat(4) }) }),
            (model, { fault }, input) => {
              expect(fault).toBeUndefined();
              const key = (input.ctx as { rx_queue_index: number }).rx_queue_index;
              const old = model.get(String(key))?.value as bigint | undefined;
              if (old !== undefined || model.size < 5)
                model.set(String(key), { key, value: BigInt.asUintN(64, (old ?? 0n) + 1n) });
            },
          ),
        ],
        { maxCommands: 40, size: "max" },
      );
    const property = (program: string) =>
      fc.property(commands(program), (list) =>
        fc.modelRun(() => ({ model: mapModel(vm.$, "small"), real: vm.$ }), list),
      );
    fc.assert(property("count"), { seed: 4, numRuns: 150 });
    const { failed, error } = { error: "", ...fc.check(property("wrong"), { seed: 4, numRuns: 300 }) };
    expect(failed, String(error)).toBe(true);
    fc.assert(
      fc.property(fc.commands(mapCommands(vm.$, "all"), { maxCommands: 20 }), (list) =>
        fc.modelRun(() => ({ model: mapModel(vm.$, "all"), real: vm.$ }), list),
      ),
      { seed: 4, numRuns: 40 },
    );
    expect(() => mapCommands(vm.$, "routes")).toThrow(/hashes and arrays/);
  });
});

describe("our own examples", () => {
  test("system calls with text, tasks, events", async () => {
    const vm = await machine(MkdirWatch);
    fc.assert(
      fc.property(tasks, inputsOf(vm.$, "mkdir"), (task, input) => {
        Object.assign(vm.$.task, task);
        expect(vm.mkdir(input).fault).toBeUndefined();
        const [event] = vm.$.map("events").events("MkdirEvent") as { comm: string; pid: number }[];
        expect(event).toMatchObject({ pid: task.pid, comm: task.comm });
      }),
      { seed: 8, numRuns: 150 },
    );
    const [event] = fc.sample(eventsOf(vm.$, "events", "MkdirEvent"), { numRuns: 1, seed: 1 });
    expect(Object.keys(event as object)).toEqual(["ts", "pid", "uid", "mode", "comm", "path"]);
  });
  test("maps of the firewall take what their arbitraries give", async () => {
    const vm = await machine(Firewall);
    for (const map of ["ports", "blocked"])
      fc.assert(
        fc.property(keysOf(vm.$, map), valuesOfMap(vm.$, map), (key, value) => {
          vm.$.map(map).clear();
          vm.$.map(map).set(key, value);
          expect(vm.$.map(map).get(key)).toEqual(value);
        }),
        { seed: 3, numRuns: 100 },
      );
  });
});
