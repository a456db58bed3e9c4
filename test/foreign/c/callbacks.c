// bpf_loop, for_each_map_elem over each kind, nested callbacks, early stops, contexts on the stack.
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __type(key, __u32); __type(value, __u64); } arr SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); } hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 3); __type(key, __u32); __type(value, __u64); } per SEC(".maps");
struct state { __u64 sum; __u32 stop; __u32 seen; };
static long add(__u32 i, struct state *s) { s->sum = s->sum * 7 + i; s->seen++; return i >= s->stop; }
static long inner(__u32 i, __u64 *n) { *n += i; return 0; }
static long outer(__u32 i, struct state *s) { __u64 n = s->sum; bpf_loop(i & 7, inner, &n, 0); s->sum = n; return i == s->stop; }
static long visit(void *map, __u32 *k, __u64 *v, struct state *s) { s->sum += *v * (*k + 1); *v += 1; s->seen++; return *k == s->stop; }
static long total(void *map, __u32 *k, __u64 *v, struct state *s) { s->sum += *v ^ *k; return 0; }
static long drop(void *map, __u32 *k, __u64 *v, struct state *s) { if (*v & 1) bpf_map_delete_elem(map, k); return 0; }

SEC("xdp") int callbacks(struct xdp_md *ctx) {
  struct state s = {1, byte_at(ctx, 14) & 15, 0};
  OUT(0, bpf_loop(byte_at(ctx, 15), add, &s, 0)); OUT(1, s.sum); OUT(2, s.seen);
  OUT(3, bpf_loop(12, outer, &s, 0)); OUT(4, s.sum);
  OUT(5, bpf_loop(1, add, &s, 1)); OUT(6, bpf_loop(0, add, &s, 0));
  s = (struct state){0, byte_at(ctx, 16) & 7, 0};
  OUT(7, bpf_for_each_map_elem(&arr, visit, &s, 0)); OUT(8, s.sum); OUT(9, s.seen);
  OUT(10, bpf_for_each_map_elem(&per, visit, &s, 0)); OUT(11, s.sum);
  __u32 k = byte_at(ctx, 17) % 12; __u64 v = byte_at(ctx, 18);
  bpf_map_update_elem(&hash, &k, &v, 0);
  s.sum = 0;
  OUT(12, bpf_for_each_map_elem(&hash, total, &s, 0)); OUT(13, s.sum);
  OUT(14, bpf_for_each_map_elem(&hash, drop, &s, 0)); OUT(15, bpf_for_each_map_elem(&hash, total, &s, 4));
  return XDP_PASS;
}
