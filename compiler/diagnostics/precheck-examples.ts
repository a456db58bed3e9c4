/**
 * For each reason of the pre-check a C program that the kernel refuses for it, and the mended one, as `ebpftsc explain`
 * shows them. C, since verify judges any compiler's objects, and ours cannot write most of these mistakes.
 * Invariant (test/diagnostics): after {@link PREAMBLE} both compile; pre-check and kernel refuse the first for exactly
 * its reason and accept the second.
 */

/** Maps and types that the examples name. */
export const PREAMBLE = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, char[64]); } buffers SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __uint(map_flags, BPF_F_RDONLY_PROG); __type(key, __u32); __type(value, __u64); } limits SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } jumps SEC(".maps");
struct locked { struct bpf_spin_lock lock; int n; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct locked); } shared SEC(".maps");
`;

export interface CExample {
  readonly rejected: string;
  readonly instead: string;
  /** Licence of the object; default "GPL". */
  readonly license?: string;
}

export const precheckExamples: Readonly<Record<string, CExample>> = {
  EB5001: {
    rejected: `SEC("xdp") int pick(struct xdp_md *ctx) {
  __u32 zero = 0, i = ctx->rx_queue_index;
  char *b = bpf_map_lookup_elem(&buffers, &zero);
  return b ? b[i] : 0;
}`,
    instead: `SEC("xdp") int pick(struct xdp_md *ctx) {
  __u32 zero = 0, i = ctx->rx_queue_index;
  char *b = bpf_map_lookup_elem(&buffers, &zero);
  return b && i < 64 ? b[i] : 0;
}`,
  },
  EB5002: {
    rejected: `SEC("xdp") int first(struct xdp_md *ctx) {
  char *data = (void *)(long)ctx->data;
  return data[0];
}`,
    instead: `SEC("xdp") int first(struct xdp_md *ctx) {
  char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  return data + 1 <= end ? data[0] : 0;
}`,
  },
  EB5003: {
    rejected: `SEC("xdp") int count(struct xdp_md *ctx) {
  __u32 key = ctx->rx_queue_index;
  __u64 *n = bpf_map_lookup_elem(&counts, &key);
  *n += 1;
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int count(struct xdp_md *ctx) {
  __u32 key = ctx->rx_queue_index;
  __u64 *n = bpf_map_lookup_elem(&counts, &key);
  if (n)
    *n += 1;
  return XDP_PASS;
}`,
  },
  EB5004: {
    rejected: `SEC("kprobe/vfs_read") int flags(unsigned long *regs) {
  unsigned int *file = (void *)regs[14];
  return *file;
}`,
    instead: `SEC("kprobe/vfs_read") int flags(unsigned long *regs) {
  unsigned int *file = (void *)regs[14], value = 0;
  bpf_probe_read_kernel(&value, sizeof(value), file);
  return value;
}`,
  },
  EB5005: {
    rejected: `SEC("xdp") int below(struct xdp_md *ctx) {
  asm volatile("*(u64 *)(r10 - 520) = %[zero]" :: [zero]"r"(0L) : "memory");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int below(struct xdp_md *ctx) {
  asm volatile("*(u64 *)(r10 - 512) = %[zero]" :: [zero]"r"(0L) : "memory");
  return XDP_PASS;
}`,
  },
  EB5006: {
    rejected: `static __attribute__((noinline)) int inner(struct xdp_md *ctx) {
  char text[300] = {};
  asm volatile("" :: "r"(text) : "memory");
  return ctx->rx_queue_index;
}
SEC("xdp") int outer(struct xdp_md *ctx) {
  char text[300] = {};
  asm volatile("" :: "r"(text) : "memory");
  return inner(ctx) & 1;
}`,
    instead: `static __attribute__((noinline)) int inner(struct xdp_md *ctx) {
  char text[200] = {};
  asm volatile("" :: "r"(text) : "memory");
  return ctx->rx_queue_index;
}
SEC("xdp") int outer(struct xdp_md *ctx) {
  char text[200] = {};
  asm volatile("" :: "r"(text) : "memory");
  return inner(ctx) & 1;
}`,
  },
  EB5007: {
    rejected: `SEC("xdp") int queue(struct xdp_md *ctx) {
  return *(char *)&ctx->rx_queue_index;
}`,
    instead: `SEC("xdp") int queue(struct xdp_md *ctx) {
  return (char)ctx->rx_queue_index;
}`,
  },
  EB5008: {
    rejected: `SEC("socket") int away(struct __sk_buff *skb) {
  return bpf_redirect(1, 0);
}`,
    instead: `SEC("tc") int away(struct __sk_buff *skb) {
  return bpf_redirect(1, 0);
}`,
  },
  EB5009: {
    rejected: `SEC("tc") int cut(struct __sk_buff *skb) {
  return bpf_skb_pull_data((void *)0, 14);
}`,
    instead: `SEC("tc") int cut(struct __sk_buff *skb) {
  return bpf_skb_pull_data(skb, 14);
}`,
  },
  EB5010: {
    rejected: `SEC("xdp") int raise(struct xdp_md *ctx) {
  __u32 key = 1;
  __u64 *limit = bpf_map_lookup_elem(&limits, &key);
  if (limit)
    *limit += 1;
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int raise(struct xdp_md *ctx) {
  __u32 key = 1;
  __u64 *limit = bpf_map_lookup_elem(&limits, &key);
  return limit && *limit > 5 ? XDP_DROP : XDP_PASS;
}`,
  },
  EB5011: {
    rejected: `SEC("xdp") int tell(struct xdp_md *ctx) {
  __u64 *record = bpf_ringbuf_reserve(&events, 8, 0);
  if (!record)
    return XDP_PASS;
  if (ctx->rx_queue_index > 3)
    return XDP_DROP;
  bpf_ringbuf_submit(record, 0);
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int tell(struct xdp_md *ctx) {
  __u64 *record = bpf_ringbuf_reserve(&events, 8, 0);
  if (!record)
    return XDP_PASS;
  if (ctx->rx_queue_index > 3) {
    bpf_ringbuf_discard(record, 0);
    return XDP_DROP;
  }
  bpf_ringbuf_submit(record, 0);
  return XDP_PASS;
}`,
  },
  EB5012: {
    rejected: `SEC("xdp") int locked(struct xdp_md *ctx) {
  __u32 zero = 0;
  struct locked *v = bpf_map_lookup_elem(&shared, &zero);
  if (!v)
    return XDP_PASS;
  bpf_spin_lock(&v->lock);
  v->n = bpf_get_prandom_u32();
  bpf_spin_unlock(&v->lock);
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int locked(struct xdp_md *ctx) {
  __u32 zero = 0, n = bpf_get_prandom_u32();
  struct locked *v = bpf_map_lookup_elem(&shared, &zero);
  if (!v)
    return XDP_PASS;
  bpf_spin_lock(&v->lock);
  v->n = n;
  bpf_spin_unlock(&v->lock);
  return XDP_PASS;
}`,
  },
  EB5013: {
    rejected: `SEC("cgroup/connect4") int guard(struct bpf_sock_addr *ctx) {
  return ctx->user_port == 53 ? 2 : 1;
}`,
    instead: `SEC("cgroup/connect4") int guard(struct bpf_sock_addr *ctx) {
  return ctx->user_port == 53 ? 0 : 1;
}`,
  },
  EB5014: {
    rejected: `SEC("xdp") int twice(struct xdp_md *ctx) {
  asm volatile("r1 = %[ctx]; r1 *= 2" :: [ctx]"r"(ctx) : "r1");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int twice(struct xdp_md *ctx) {
  asm volatile("r1 = *(u32 *)(%[ctx] + 12); r1 *= 2" :: [ctx]"r"(ctx) : "r1");
  return XDP_PASS;
}`,
  },
  EB5015: {
    rejected: `SEC("xdp") int unset(struct xdp_md *ctx) {
  int n;
  asm volatile("%[n] = r7" : [n]"=r"(n));
  return n;
}`,
    instead: `SEC("xdp") int unset(struct xdp_md *ctx) {
  int n;
  asm volatile("r7 = 2; %[n] = r7" : [n]"=r"(n) :: "r7");
  return n;
}`,
  },
  EB5016: {
    rejected: `SEC("xdp") int forever(struct xdp_md *ctx) {
  asm volatile("r6 = 1; l1_%=: if r6 != 0 goto l1_%=" ::: "r6");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int forever(struct xdp_md *ctx) {
  asm volatile("r6 = 9; l1_%=: r6 -= 1; if r6 != 0 goto l1_%=" ::: "r6");
  return XDP_PASS;
}`,
  },
  EB5017: {
    rejected: `SEC("xdp") int sum(struct xdp_md *ctx) {
  __u32 n = 0;
  for (int i = 0; i < 400000; i++)
    n += bpf_get_prandom_u32();
  return n & 1;
}`,
    instead: `static long add(__u32 i, void *n) {
  *(__u32 *)n += bpf_get_prandom_u32();
  return 0;
}
SEC("xdp") int sum(struct xdp_md *ctx) {
  __u32 n = 0;
  bpf_loop(400000, add, &n, 0);
  return n & 1;
}`,
  },
  EB5018: {
    rejected: `SEC("xdp") int wide(struct xdp_md *ctx) {
  asm volatile("r6 = 1; r6 <<= 64" ::: "r6");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int wide(struct xdp_md *ctx) {
  asm volatile("r6 = 1; r6 <<= 63" ::: "r6");
  return XDP_PASS;
}`,
  },
  EB5019: {
    rejected: `SEC("xdp") int dead(struct xdp_md *ctx) {
  asm volatile("goto +1; r6 = 1; r6 = 2" ::: "r6");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int dead(struct xdp_md *ctx) {
  asm volatile("r6 = 2" ::: "r6");
  return XDP_PASS;
}`,
  },
  EB5020: {
    license: "Proprietary",
    rejected: `SEC("xdp") int hello(struct xdp_md *ctx) {
  bpf_trace_printk("hello", 6);
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int hello(struct xdp_md *ctx) {
  return bpf_get_prandom_u32() & 1;
}`,
  },
  EB5021: {
    rejected: `SEC("xdp") int odd(struct xdp_md *ctx) {
  asm volatile("*(u64 *)(r10 - 12) = %[zero]" :: [zero]"r"(0L) : "memory");
  return XDP_PASS;
}`,
    instead: `SEC("xdp") int odd(struct xdp_md *ctx) {
  asm volatile("*(u64 *)(r10 - 16) = %[zero]" :: [zero]"r"(0L) : "memory");
  return XDP_PASS;
}`,
  },
  EB5022: {
    rejected: `__attribute__((noinline)) __u64 get(__u64 *p) {
  return p ? *p : 0;
}
SEC("xdp") int call(struct xdp_md *ctx) {
  return get((__u64 *)(long)bpf_get_prandom_u32()) & 1;
}`,
    instead: `__attribute__((noinline)) __u64 get(__u64 *p) {
  return p ? *p : 0;
}
SEC("xdp") int call(struct xdp_md *ctx) {
  __u64 n = bpf_get_prandom_u32();
  return get(&n) & 1;
}`,
  },
  EB5023: {
    rejected: `struct task_struct { int no_such_field; } __attribute__((preserve_access_index));
SEC("kprobe/vfs_read") int look(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  int n = 0;
  bpf_probe_read_kernel(&n, sizeof(n), &task->no_such_field);
  return n;
}`,
    instead: `struct task_struct { int no_such_field; } __attribute__((preserve_access_index));
SEC("kprobe/vfs_read") int look(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  int n = 0;
  if (__builtin_preserve_field_info(task->no_such_field, 2))
    bpf_probe_read_kernel(&n, sizeof(n), &task->no_such_field);
  return n;
}`,
  },
  EB5024: {
    rejected: `struct tcp_congestion_ops { unsigned long (*get_info)(void *sk, unsigned ext, int *attr, void *info); char name[16]; };
SEC("struct_ops/get_info") unsigned long info(void *ctx) {
  return 0;
}
SEC(".struct_ops") struct tcp_congestion_ops ops = { .get_info = (void *)info, .name = "example" };`,
    instead: `struct tcp_congestion_ops { unsigned (*ssthresh)(void *sk); char name[16]; };
SEC("struct_ops/ssthresh") unsigned threshold(void *ctx) {
  return 2;
}
SEC(".struct_ops") struct tcp_congestion_ops ops = { .ssthresh = (void *)threshold, .name = "example" };`,
  },
};
