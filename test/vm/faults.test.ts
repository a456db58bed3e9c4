/** What programs may not do: each ends in a typed fault at its instruction, never in an exception or a hang. */
import { describe, expect, test } from "vitest";
import { type EngineName, type FaultCode, loadObject } from "../../runtime/vm/index.js";
import { compileC, missingClang } from "../support/clang.js";

const SOURCE = `
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 3); __type(key, __u32); __type(value, __u64); } hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } array SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
const volatile int ro = 3; volatile int zero;
SEC("xdp") int packet_overrun(struct xdp_md *ctx) { char *d = (void *)(long)ctx->data; return *(volatile char *)(d + 60) + *(volatile char *)(d + 64); }
SEC("xdp") int null_value(struct xdp_md *ctx) { __u32 k = 5; __u64 *v = bpf_map_lookup_elem(&hash, &k); return *(volatile __u64 *)v; }
SEC("xdp") int past_value(struct xdp_md *ctx) { __u32 k = 3; __u64 *v = bpf_map_lookup_elem(&array, &k); return v ? *(volatile __u64 *)(v + 1) : 0; }
SEC("xdp") int uninitialised(struct xdp_md *ctx) { __u32 k; asm volatile("" : : "r"(&k) : "memory"); return bpf_map_lookup_elem(&hash, &k) != 0; }
SEC("xdp") int read_only(struct xdp_md *ctx) { *(volatile int *)&ro = 4; return 0; }
SEC("xdp") int endless(struct xdp_md *ctx) { while (!zero) asm volatile("" ::: "memory"); return 0; }
SEC("xdp") int stale(struct xdp_md *ctx) { char *d = (void *)(long)ctx->data; bpf_xdp_adjust_head(ctx, 4); return *(volatile char *)d; }
SEC("xdp") int stale_again(struct xdp_md *ctx) { char *d = (void *)(long)ctx->data; char x = *(volatile char *)d; bpf_xdp_adjust_head(ctx, 4); return x + *(volatile char *)d; }
SEC("xdp") int unsubmitted(struct xdp_md *ctx) { return bpf_ringbuf_reserve(&ring, 8, 0) != 0; }
SEC("xdp") int after_submit(struct xdp_md *ctx) { __u64 *r = bpf_ringbuf_reserve(&ring, 8, 0); if (!r) return 0; bpf_ringbuf_submit(r, 0); return *(volatile __u64 *)r; }
SEC("xdp") int unknown_helper(struct xdp_md *ctx) { return ((int (*)(void))9999)(); }
SEC("xdp") int not_looked_up(struct xdp_md *ctx) { return bpf_sk_release(ctx); }
SEC("xdp") int not_a_map(struct xdp_md *ctx) { __u32 k = 0; return bpf_map_lookup_elem(ctx, &k) != 0; }
SEC("xdp") int context_write(struct xdp_md *ctx) { *(volatile __u32 *)&ctx->ingress_ifindex = 1; return 0; }
SEC("xdp") int cut_pointer(struct xdp_md *ctx) { __u32 p = ctx->data; asm volatile("w1 = w1; %0 = *(u8 *)(r1 + 0)" : "=r"(p) : : "r1"); return p; }
static __noinline int deep(int n) { volatile char room[16]; room[n & 15] = n; return n <= 0 ? 0 : deep(n - 1) + room[n & 15]; }
SEC("xdp") int recursion(struct xdp_md *ctx) { return deep(ctx->ingress_ifindex + 20); }
`;

describe.skipIf(missingClang).each<EngineName>(["interp", "wasm"])("faults on %s", (engine) => {
  const object = missingClang ? undefined : compileC(SOURCE, ["-Wno-uninitialized"]);
  test.each<[string, FaultCode, RegExp]>([
    ["packet_overrun", "VM_ACCESS", /read of 1 byte outside any object/],
    ["null_value", "VM_POINTER", /read of 8 bytes through NULL/],
    ["past_value", "VM_ACCESS", /outside any object/],
    [
      "uninitialised",
      "VM_HELPER_ARGUMENT",
      /bpf_map_lookup_elem: argument 2: read of 4 bytes of stack never written, at fp-4 of frame 0/,
    ],
    ["read_only", "VM_READ_ONLY", /read-only/],
    ["endless", "VM_FUEL", /instruction limit/],
    ["stale", "VM_ACCESS", /outside any object/],
    ["stale_again", "VM_ACCESS", /outside any object/],
    ["unsubmitted", "VM_REFERENCE", /neither submitted nor discarded/],
    ["after_submit", "VM_ACCESS", /outside any object/],
    ["unknown_helper", "VM_HELPER_UNKNOWN", /no helper 9999/],
    ["not_looked_up", "VM_REFERENCE", /bpf_sk_release: argument 1 is no socket/],
    ["not_a_map", "VM_HELPER_ARGUMENT", /argument 1: is no map/],
    ["context_write", "VM_READ_ONLY", /read-only/],
    ["cut_pointer", "VM_POINTER", /which is no pointer|NULL/],
    ["recursion", "VM_STACK_OVERFLOW", /more than 8 nested calls/],
  ])("%s is %s", (program, code, message) => {
    if (object === undefined) throw new Error("no object");
    const machine = loadObject(object, { fuel: 100_000, engine });
    const { fault } = machine.run(program);
    expect(fault?.code, fault?.message).toBe(code);
    expect(fault?.message).toMatch(message);
    expect(fault?.program).toBe(program);
    expect(fault?.insn).toBeGreaterThanOrEqual(0);
    expect(fault?.source?.line).toBeGreaterThan(0);
    // The machine goes on after a fault.
    expect(machine.run(program).fault?.code).toBe(code);
  });
});
