/**
 * LRU maps against the kernel: random look-ups, updates and deletions by a program and by user space, on maps of many
 * sizes with common lists and lists of each CPU; after each run both must hold the same keys. Everything runs on one CPU.
 * EBPFTSC_PROGRAMS sets how many maps (default 24), EBPFTSC_SEED the seed.
 */
import { describe, expect, test } from "vitest";
import { perCpuStride, possibleCpus } from "../../runtime/kernel/cpus.js";
import { lookup, nextKey, update } from "../../runtime/kernel/map-syscalls.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { loadObject } from "../../runtime/vm/index.js";
import { Random } from "../harness/random.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC, missingClang } from "../support/clang.js";
import { onOneCpu } from "../support/one-cpu.js";

const skip = announceSkip("test/vm/lru-kernel", kernelSkipReason());
const MAPS = Number(process.env["EBPFTSC_PROGRAMS"] ?? 24);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);
const SIZES = [1, 2, 3, 4, 5, 7, 8, 10, 16, 20, 31, 64, 100, 127, 128, 129, 200, 256, 300, 512, 600];
/** Steps of a packet; each has an operation and a key. */
const STEPS = 200;

/** Runs the steps of a packet: byte 0 what to do, bytes 1 and 2 the key. The result folds what each step gave. */
const source = (perCpu: boolean, flags: number, size: number): string => `
struct { __uint(type, ${perCpu ? "BPF_MAP_TYPE_LRU_PERCPU_HASH" : "BPF_MAP_TYPE_LRU_HASH"}); __uint(max_entries, ${size}); __uint(map_flags, ${flags});
  __type(key, __u32); __type(value, __u64); } lru SEC(".maps");
SEC("tc") int run(struct __sk_buff *ctx) {
  int out = 0;
  for (int i = 0; i < ${STEPS}; i++) {
    __u8 step[3];
    if (bpf_skb_load_bytes(ctx, 14 + i * 3, step, 3) < 0) break;
    __u32 key = step[1] | step[2] << 8; __u64 value = i; int r = 0;
    switch (step[0]) {
    case 0: r = bpf_map_lookup_elem(&lru, &key) != 0; break;
    case 1: r = bpf_map_delete_elem(&lru, &key); break;
    case 2: r = bpf_map_update_elem(&lru, &key, &value, BPF_NOEXIST); break;
    case 3: r = bpf_map_update_elem(&lru, &key, &value, BPF_EXIST); break;
    default: r = bpf_map_update_elem(&lru, &key, &value, BPF_ANY);
    }
    out = out * 31 + r;
  }
  return out & 0xffffff;
}`;

/** A walk through keys, and a mood: filling, looking, deleting. */
function packet(random: Random, keys: number): Uint8Array {
  const bytes = new Uint8Array(14 + STEPS * 3);
  const mood = random.below(4);
  let next = random.below(keys);
  for (let i = 0; i < STEPS; i++) {
    next = random.oneIn(3) ? random.below(keys) : (next + 1) % keys;
    const op =
      mood === 0 ? 4 : mood === 1 ? random.pick([0, 0, 4]) : mood === 2 ? random.pick([1, 4, 4]) : random.below(6);
    bytes.set([op, next & 0xff, next >> 8], 14 + i * 3);
  }
  return bytes;
}

const word = (key: number): Uint8Array => new Uint8Array(new Uint32Array([key]).buffer);

function kernelKeys(fd: number, value: Uint8Array): number[] {
  const keys: number[] = [];
  const key = new Uint8Array(4);
  for (let more = nextKey(fd, undefined, key); more; more = nextKey(fd, key.slice(), key))
    if (lookup(fd, key, value)) keys.push(new DataView(key.buffer).getUint32(0, true));
  return keys.sort((a, b) => a - b);
}

describe.skipIf(skip || missingClang)("LRU maps", () => {
  test(`${MAPS} maps hold what the kernel's hold`, () => {
    onOneCpu(() => {
      for (let n = 0; n < MAPS; n++) {
        const random = new Random(SEED * 104_729 + n);
        const size = random.pick(SIZES);
        const [perCpu, flags] = [random.oneIn(3), random.oneIn(2) ? 2 : 0];
        const bytes = compileC(source(perCpu, flags, size));
        using loaded = new OpenObject(bytes).load();
        const fd = loaded.mapFd("lru");
        const value = new Uint8Array(perCpu ? perCpuStride(8) * possibleCpus() : 8);
        const machines = (["interp", "wasm"] as const).map((engine) =>
          loadObject(bytes, { engine, cpus: possibleCpus() }),
        );
        const keys = Math.max(2, Math.floor(size * random.pick([0.9, 1.2, 2, 3])));
        for (let round = 0; round < 12; round++) {
          const data = packet(random, keys);
          const fromUser = random.oneIn(3) ? [random.below(keys), random.below(keys)] : [];
          const want = testRun(loaded.programFd("run"), { data }).retval;
          for (const key of fromUser) update(fd, word(key), value);
          const wanted = { result: want, keys: kernelKeys(fd, value) };
          for (const machine of machines) {
            const { result, fault } = machine.run("run", { packet: data });
            expect(fault).toBeUndefined();
            const map = machine.map("lru");
            for (const key of fromUser) map.set(key, perCpu ? Array.from({ length: possibleCpus() }, () => 0n) : 0n);
            const held = map.dump().map(([key]) => new DataView(key.buffer, key.byteOffset).getUint32(0, true));
            expect(
              { result: Number(result), keys: held.sort((a, b) => a - b) },
              `seed ${SEED} map ${n} round ${round}: ${size} entries, flags ${flags}, ${perCpu ? "per CPU" : "plain"}`,
            ).toEqual(wanted);
          }
        }
      }
    });
  });
});
