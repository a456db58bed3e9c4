/** Maps through real objects: programs drive them with helpers, the host looks through handles. */
import { describe, expect, test } from "vitest";
import { type EngineName, loadObject, type Machine, type MachineOptions } from "../../runtime/vm/index.js";
import { compileC, missingClang } from "../support/clang.js";

const SOURCE = `
struct value { __u64 packets; __u32 last; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 3); __type(key, __u32); __type(value, struct value); } hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 3); __type(key, __u32); __type(value, __u32); } lru SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 3); __type(key, __u64); __type(value, __u64); } phash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } array SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } parray SEC(".maps");
struct lpm_key { __u32 prefix; __u8 data[4]; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct lpm_key); __type(value, __u32); } lpm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 2); __type(value, __u32); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_STACK); __uint(max_entries, 2); __type(value, __u32); } stack SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct event { __u64 at; __u32 n; };
const struct event *unused_event __attribute__((unused));
struct op { __u32 what; __u32 key; __u64 value; __u64 flags; };
SEC("syscall") int op(struct op *o) {
  __u32 key = o->key; __u64 value = o->value; __u32 small = value; __u64 wide = key;
  struct value v = { .packets = value, .last = 7 };
  struct lpm_key lk = { .prefix = o->flags }; __builtin_memcpy(lk.data, &key, 4);
  switch (o->what) {
  case 0: return bpf_map_update_elem(&hash, &key, &v, o->flags);
  case 1: return bpf_map_delete_elem(&hash, &key);
  case 2: { struct value *p = bpf_map_lookup_elem(&hash, &key); return p ? p->packets++ : -1; }
  case 3: return bpf_map_update_elem(&lru, &key, &small, o->flags);
  case 4: { __u32 *p = bpf_map_lookup_elem(&lru, &key); return p ? *p : -1; }
  case 5: return bpf_map_update_elem(&phash, &wide, &value, o->flags);
  case 6: { __u64 *p = bpf_map_lookup_elem(&parray, &key); return p ? (*p += value) : -1; }
  case 7: { __u32 *p = bpf_map_lookup_elem(&lpm, &lk); return p ? *p : -1; }
  case 8: return bpf_map_push_elem(&queue, &small, o->flags);
  case 9: { __u32 out; long e = bpf_map_pop_elem(&queue, &out); return e ? e : out; }
  case 10: return bpf_map_push_elem(&stack, &small, o->flags);
  case 11: { __u32 out; long e = bpf_map_pop_elem(&stack, &out); return e ? e : out; }
  case 12: { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (!e) return -1; e->at = value; e->n = key; if (o->flags) bpf_ringbuf_discard(e, 0); else bpf_ringbuf_submit(e, 0); return 0; }
  case 13: return bpf_map_update_elem(&array, &key, &value, o->flags);
  case 14: return bpf_map_delete_elem(&array, &key);
  case 15: return bpf_map_update_elem(&lpm, &lk, &small, BPF_ANY);
  case 16: { struct value *p = bpf_map_lookup_elem(&hash, &key); if (!p) return -1; __u64 before = p->packets; bpf_map_delete_elem(&hash, &key); return p->packets == before; }
  }
  return -1000;
}
`;

const [ENOENT, E2BIG, EEXIST, EINVAL] = [-2, -7, -17, -22];
const [NOEXIST, EXIST] = [1, 2];

describe.skipIf(missingClang).each<EngineName>(["interp", "wasm"])(
  `maps on %s${missingClang ? ` (skipped: ${missingClang})` : ""}`,
  (engine) => {
    const machine = (options: MachineOptions = {}): Machine => loadObject(compileC(SOURCE), { engine, ...options });
    const op = (m: Machine, what: number, key = 0, value = 0n, flags = 0, cpu = 0): number => {
      const { result, fault } = m.run("op", { ctx: { what, key, value, flags: BigInt(flags) }, cpu });
      expect(fault).toBeUndefined();
      return Number(BigInt.asIntN(32, result));
    };

    test("hash: flags, errors, full, values written through", () => {
      const m = machine();
      expect(op(m, 0, 1, 5n, EXIST)).toBe(ENOENT);
      expect(op(m, 0, 1, 5n, NOEXIST)).toBe(0);
      expect(op(m, 0, 1, 6n, NOEXIST)).toBe(EEXIST);
      expect(op(m, 0, 1, 6n, 3)).toBe(EINVAL);
      expect(op(m, 2, 1)).toBe(5);
      expect(m.map("hash").get(1)).toEqual({ packets: 6n, last: 7 });
      expect([op(m, 0, 2), op(m, 0, 3), op(m, 0, 4)]).toEqual([0, 0, E2BIG]);
      expect([op(m, 1, 2), op(m, 1, 2), op(m, 0, 4)]).toEqual([0, ENOENT, 0]);
      expect([...m.map("hash").keys()].sort()).toEqual([1, 3, 4]);
      m.map("hash").set(4, { packets: 9n, last: 1 });
      expect(op(m, 2, 4)).toBe(9);
      expect(m.map("hash").delete(4)).toBe(true);
      expect(m.map("hash").delete(4)).toBe(false);
      expect(() => m.map("hash").set(1, { packets: -1n, last: 0 })).toThrow(/CODEC_RANGE: packets/);
    });

    test("hash: a deleted value stays readable until the program ends", () => {
      const m = machine();
      op(m, 0, 1, 77n);
      expect(op(m, 16, 1)).toBe(1);
      expect(m.map("hash").size).toBe(0);
    });

    test("lru: full evicts the entry that was used longest ago", () => {
      const m = machine();
      for (const key of [1, 2, 3]) expect(op(m, 3, key, BigInt(key * 10))).toBe(0);
      expect(op(m, 4, 1)).toBe(10);
      expect(op(m, 3, 4, 40n)).toBe(0);
      expect([...m.map("lru").keys()].sort()).toEqual([1, 3, 4]);
    });

    test("per-CPU: each CPU has its value", () => {
      const m = machine({ cpus: 3 });
      expect(op(m, 5, 9, 5n, 0, 1)).toBe(0);
      expect(op(m, 5, 9, 6n, 0, 2)).toBe(0);
      expect(m.map("phash").get(9n)).toEqual([0n, 5n, 6n]);
      for (let i = 0; i < 4; i++) op(m, 6, 1, 3n, 0, 2);
      expect(m.map("parray").get(1)).toEqual([0n, 0n, 12n]);
      expect(op(m, 6, 2)).toBe(-1);
      m.map("parray").set(0, [1n, 2n, 3n]);
      expect(op(m, 6, 0, 0n, 0, 1)).toBe(2);
    });

    test("array: bounds and flags", () => {
      const m = machine();
      expect(op(m, 13, 3, 8n)).toBe(0);
      expect(op(m, 13, 4, 8n)).toBe(E2BIG);
      expect(op(m, 13, 3, 8n, NOEXIST)).toBe(EEXIST);
      expect(op(m, 14, 3)).toBe(EINVAL);
      expect([...m.map("array")]).toEqual([
        [0, 0n],
        [1, 0n],
        [2, 0n],
        [3, 8n],
      ]); // prettier-ignore
      expect(() => m.map("array").set(4, 1n)).toThrow(/VM_MAP_OPERATION.*E2BIG/);
    });

    test("lpm: the longest prefix wins", () => {
      const m = machine();
      const lpm = m.map("lpm");
      const key = (prefix: number, ...data: number[]) => ({ prefix, data: Uint8Array.from(data) });
      lpm
        .set(key(8, 10, 0, 0, 0), 8)
        .set(key(24, 10, 1, 2, 0), 24)
        .set(key(0, 0, 0, 0, 0), 1);
      const word = (...b: number[]): number => new DataView(Uint8Array.from(b).buffer).getUint32(0, true);
      expect(op(m, 7, word(10, 1, 2, 3), 0n, 32)).toBe(24);
      expect(op(m, 7, word(10, 9, 2, 3), 0n, 32)).toBe(8);
      expect(op(m, 7, word(11, 9, 2, 3), 0n, 32)).toBe(1);
      expect(op(m, 7, word(10, 1, 2, 3), 0n, 16)).toBe(8);
      expect(op(m, 15, word(10, 0, 0, 0), 3n, 33)).toBe(EINVAL);
      expect(op(m, 15, word(10, 1, 2, 3), 31n, 31)).toBe(0);
      expect(op(m, 7, word(10, 1, 2, 2), 0n, 32)).toBe(31);
      expect(op(m, 15, word(1, 0, 0, 0), 3n, 9)).toBe(-28);
      expect(lpm.delete(key(0, 9, 9, 9, 9))).toBe(true);
      expect(lpm.size).toBe(3);
    });

    test("queue and stack", () => {
      const m = machine();
      expect([op(m, 9), op(m, 8, 0, 1n), op(m, 8, 0, 2n), op(m, 8, 0, 3n), op(m, 8, 0, 3n, EXIST)]).toEqual([
        ENOENT,
        0,
        0,
        E2BIG,
        0,
      ]);
      expect([op(m, 9), op(m, 9), op(m, 9)]).toEqual([2, 3, ENOENT]);
      expect([op(m, 10, 0, 1n), op(m, 10, 0, 2n), op(m, 11), op(m, 11), op(m, 11)]).toEqual([0, 0, 2, 1, ENOENT]);
      m.map("queue").push(5);
      expect(m.map("queue").pop()).toBe(5);
      expect(m.map("queue").pop()).toBeUndefined();
    });

    test("ring buffer: order, discard, loss when full, room again after reading", () => {
      const m = machine();
      op(m, 12, 1, 10n);
      op(m, 12, 2, 20n, 1);
      op(m, 12, 3, 30n);
      expect(m.map("ring").events("event")).toEqual([
        { at: 10n, n: 1 },
        { at: 30n, n: 3 },
      ]); // prettier-ignore
      // 16 bytes and an 8-byte header each: 170 fit into 4095.
      let fitted = 0;
      while (op(m, 12, 1, 1n) === 0) fitted++;
      expect(fitted).toBe(170);
      expect(m.map("ring").lost).toBe(1);
      expect(m.map("ring").drain().length).toBe(170);
      expect(op(m, 12, 1, 1n)).toBe(0);
    });

    test("clear and reset give fresh maps", () => {
      const m = machine();
      op(m, 0, 1, 5n);
      op(m, 13, 0, 5n);
      m.reset();
      expect(m.map("hash").size).toBe(0);
      expect(m.map("array").get(0)).toBe(0n);
    });
  },
);
