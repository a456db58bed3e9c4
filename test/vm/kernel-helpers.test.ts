/** Helpers and contexts: C programs on random packets give the same verdict, packet, map and context fields as in the kernel. */
import { describe, expect, test } from "vitest";
import { update } from "../../runtime/kernel/map-syscalls.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, loadObject } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC } from "../support/clang.js";
import { generator } from "./generate.js";

const skip = announceSkip("test/vm/kernel-helpers", kernelSkipReason());

const SOURCE = `
#define OUT(i, v) do { __u32 k = (i); __s64 w = (v); bpf_map_update_elem(&out, &k, &w, 0); } while (0)
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 32); __type(key, __u32); __type(value, __s64); } out SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); } seen SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } devs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __array(values, int(void *)); } tails SEC(".maps");
SEC("xdp") int shape(struct xdp_md *ctx) {
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end;
  int by = d + 2 <= e ? (int)d[0] - 128 : 0; int tail = d + 2 <= e ? ((int)d[1] - 128) * 20 : 0;
  OUT(0, bpf_xdp_adjust_head(ctx, by)); OUT(1, bpf_xdp_adjust_tail(ctx, tail));
  OUT(2, bpf_xdp_adjust_meta(ctx, -(by & 63))); OUT(3, bpf_xdp_get_buff_len(ctx));
  OUT(4, (void *)(long)ctx->data_end - (void *)(long)ctx->data); OUT(5, (void *)(long)ctx->data - (void *)(long)ctx->data_meta);
  __u8 buf[16] = {}; OUT(6, bpf_xdp_load_bytes(ctx, by & 127, buf, sizeof buf)); OUT(7, *(__u64 *)(buf + 8));
  OUT(8, bpf_xdp_store_bytes(ctx, tail & 255, buf, 4)); OUT(9, bpf_xdp_adjust_head(ctx, -200)); OUT(10, ctx->ingress_ifindex); OUT(11, ctx->rx_queue_index);
  return XDP_TX;
}
SEC("xdp") int redirects(struct xdp_md *ctx) {
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end; if (d + 4 > e) return XDP_ABORTED;
  OUT(0, bpf_redirect_map(&devs, d[0] & 7, d[1] & 3)); OUT(1, bpf_redirect_map(&devs, 9, d[1] & 3)); OUT(2, bpf_redirect(1, d[2] & 1));
  return XDP_PASS;
}
SEC("xdp") int sums(struct xdp_md *ctx) {
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end; if (d + 64 > e) return XDP_DROP;
  __u32 a[8], b[8]; __builtin_memcpy(a, d, 32); __builtin_memcpy(b, d + 32, 32);
  OUT(0, bpf_csum_diff(a, 32, b, 32, d[5])); OUT(1, bpf_csum_diff(0, 0, b, 16, 0)); OUT(2, bpf_csum_diff(a, 20, 0, 0, 77)); OUT(3, bpf_csum_diff(a, 4, b, 32, ~0));
  OUT(4, bpf_csum_diff(0, 0, 0, 0, 0x12345678)); return XDP_PASS;
}
static long each(void *map, __u32 *k, __u64 *v, __u64 *sum) { *sum += *v * 3 + *k; return *k == 5; }
static long step(__u32 i, __u64 *sum) { *sum = *sum * 31 + i; return i == 20; }
SEC("xdp") int loops(struct xdp_md *ctx) {
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end; if (d + 8 > e) return XDP_DROP;
  __u32 k = d[0] & 15; __u64 v = *(__u32 *)d, sum = 0;
  OUT(0, bpf_map_update_elem(&seen, &k, &v, d[1] & 3)); OUT(1, bpf_loop(d[2], step, &sum, 0)); OUT(2, sum); OUT(3, bpf_loop(9000000, step, &sum, 0));
  OUT(4, bpf_map_delete_elem(&seen, &(__u32){ d[3] & 15 })); sum = 0; long n = bpf_for_each_map_elem(&seen, each, &sum, 0); OUT(5, n < 0);
  char text[16] = {}; __builtin_memcpy(text, d, 8); long r = 0; unsigned long u = 0;
  for (int i = 0; i < 8; i++) text[i] = "0123456789 -xaF7"[text[i] & 15];
  OUT(6, bpf_strtol(text, 8, 0, &r)); OUT(7, r); OUT(8, bpf_strtoul(text, 8, 16, &u)); OUT(9, u);
  OUT(10, bpf_strncmp(text, 8, "0123")); __u64 args[3] = { d[4], *(__u32 *)d, -(__s64)d[5] }; char line[24] = {};
  OUT(11, bpf_snprintf(line, sizeof line, "%02x|%u|%lld%%", args, sizeof args)); OUT(12, *(__u64 *)line); OUT(13, *(__u64 *)(line + 8)); OUT(14, *(__u64 *)(line + 16));
  return XDP_PASS;
}
SEC("xdp") int last(struct xdp_md *ctx) { OUT(1, 77); return XDP_TX; }
SEC("xdp") int tail(struct xdp_md *ctx) {
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end; if (d + 1 > e) return XDP_DROP;
  OUT(0, d[0]); OUT(1, 0); bpf_tail_call(ctx, &tails, d[0] & 3); return XDP_PASS;
}
SEC("tc") int skb(struct __sk_buff *ctx) {
  __u8 b[8] = {}; OUT(0, bpf_skb_load_bytes(ctx, 14, b, 8)); OUT(1, *(__u64 *)b);
  OUT(2, ctx->len); OUT(3, ctx->protocol); OUT(4, ctx->pkt_type); OUT(5, ctx->ifindex); OUT(6, ctx->vlan_present);
  OUT(7, bpf_skb_load_bytes_relative(ctx, b[0] & 31, b, 8, b[1] & 1)); OUT(8, *(__u64 *)b);
  OUT(9, bpf_skb_store_bytes(ctx, 14 + (b[2] & 63), b, 8, b[3] & 3)); OUT(10, bpf_l3_csum_replace(ctx, 24 + (b[4] & 3), *(__u16 *)b, *(__u16 *)(b + 2), 2));
  OUT(11, bpf_l4_csum_replace(ctx, 40, *(__u32 *)b, *(__u32 *)(b + 4), 4 | (b[5] & 1 ? BPF_F_MARK_MANGLED_0 : 0) | (b[5] & 2 ? BPF_F_PSEUDO_HDR : 0)));
  OUT(12, bpf_skb_change_tail(ctx, 54 + (b[6] & 63), 0)); OUT(13, ctx->len); OUT(14, bpf_skb_pull_data(ctx, b[7])); ctx->mark = b[0]; ctx->cb[1] = b[1]; ctx->priority = 3;
  OUT(15, ctx->mark + ctx->cb[1]); OUT(16, bpf_l3_csum_replace(ctx, 24, 0, b[0], 0)); OUT(17, (void *)(long)ctx->data_end - (void *)(long)ctx->data);
  return b[0] & 1 ? 2 : 0;
}
SEC("tc") int vlan(struct __sk_buff *ctx) {
  __u8 b[4] = {}; bpf_skb_load_bytes(ctx, 50, b, 4);
  for (int i = 0; i < 4; i++) { if (b[i] & 1) OUT(i * 4, bpf_skb_vlan_push(ctx, b[i] & 2 ? bpf_htons(0x8100) : bpf_htons(0x88a8), b[i])); else OUT(i * 4, bpf_skb_vlan_pop(ctx));
    OUT(i * 4 + 1, ctx->vlan_present << 16 | ctx->vlan_tci); OUT(i * 4 + 2, ctx->protocol); OUT(i * 4 + 3, ctx->len); }
  return 0;
}
SEC("tc") int room(struct __sk_buff *ctx) {
  __u8 b[4] = {}; bpf_skb_load_bytes(ctx, 50, b, 4);
  OUT(0, bpf_skb_adjust_room(ctx, (int)(b[0] & 63) - 32 & ~3, b[1] & 1, 0)); OUT(1, ctx->len); OUT(2, bpf_skb_change_head(ctx, b[2] & 31, 0)); OUT(3, ctx->len); OUT(4, ctx->protocol);
  return 0;
}
SEC("cgroup_skb/egress") int net(struct __sk_buff *ctx) {
  __u8 b[8] = {}; OUT(0, ctx->len); OUT(1, bpf_skb_load_bytes(ctx, 0, b, 8)); OUT(2, *(__u64 *)b); OUT(3, ctx->protocol); OUT(4, bpf_skb_load_bytes_relative(ctx, 4, b, 8, 1)); OUT(5, *(__u64 *)b);
  __u8 *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end; OUT(6, e - d); return d + 1 <= e ? d[0] & 1 : 1;
}
SEC("socket") int filter(struct __sk_buff *ctx) { __u8 b[4] = {}; OUT(0, ctx->len); OUT(1, bpf_skb_load_bytes(ctx, 2, b, 4)); OUT(2, *(__u32 *)b); return ctx->len > 60 ? -1 : 9; }
`;

/** IPv4 frames with random bytes behind; some of them tagged or IPv6. */
function frames(count: number, seed: number): Uint8Array[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const bytes = new Uint8Array(64 + random(120)).map(() => random(256));
    const kind = random(4);
    bytes.set(
      kind === 0 ? [0x86, 0xdd, 0x60] : kind === 1 ? [0x81, 0x00, 0, 5, 0x08, 0x00, 0x45] : [0x08, 0x00, 0x45],
      12,
    );
    return bytes;
  });
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

describe.skipIf(skip).each<EngineName>(["interp", "wasm"])("helpers on %s against the kernel", (engine) => {
  const object = skip ? new Uint8Array() : compileC(SOURCE);

  test.each(["shape", "sums", "redirects", "loops", "tail", "skb", "vlan", "room", "net", "filter"])(
    "%s",
    (program) => {
      using loaded = new OpenObject(object).load();
      const machine = loadObject(object, { cpus: 1, engine });
      const word = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);
      expect(update(loaded.mapFd("devs"), word(2), word(1))).toBe(0);
      machine.map("devs").set(2, 1);
      expect(update(loaded.mapFd("tails"), word(1), word(loaded.programFd("last")))).toBe(0);
      machine.map("tails").set(1, "last");
      const out = loaded.map("out") as unknown as { get(key: number): unknown };
      const fd = loaded.programFd(program);
      for (const [i, data] of frames(300, 99).entries()) {
        const run = testRun(fd, { data, outputBytes: 8192 });
        const ours = machine.run(program, { packet: data });
        const slots = Array.from({ length: 32 }, (_, k) => k);
        expect(
          {
            i,
            frame: hex(data),
            fault: ours.fault,
            result: Number(ours.result),
            packet: hex(ours.packet),
            out: slots.map((k) => machine.map("out").get(k)),
          },
          `frame ${i}`,
        ).toEqual({
          i,
          frame: hex(data),
          fault: undefined,
          result: run.retval,
          packet: hex(run.data),
          out: slots.map((k) => out.get(k)),
        });
      }
    },
  );
});
