// Arrays and hashes of maps with inner maps set statically, and prog arrays with their slots set statically.
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); };
struct inner one SEC(".maps"), two SEC(".maps");
struct hinner { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } deep SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __type(key, __u32); __array(values, struct inner); } outer SEC(".maps") = {.values = {[0] = &one, [2] = &two}};
struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 3); __type(key, __u32); __array(values, struct hinner); } outer_hash SEC(".maps") = {.values = {[1] = &deep}};

SEC("xdp") int mim(struct xdp_md *ctx) {
  __u32 k = byte_at(ctx, 14) % 5, i = byte_at(ctx, 15) % 3, h = byte_at(ctx, 16) & 1, v = byte_at(ctx, 17) & 7;
  void *in = bpf_map_lookup_elem(&outer, &k);
  OUT(0, in != 0);
  if (in) { __u64 *p = bpf_map_lookup_elem(in, &i); if (p) { *p += v; OUT(1, *p); } else OUT(1, -1); }
  in = bpf_map_lookup_elem(&outer_hash, &h);
  OUT(2, in != 0);
  if (in) { OUT(3, bpf_map_update_elem(in, &v, &k, BPF_NOEXIST)); __u32 *q = bpf_map_lookup_elem(in, &k); OUT(4, q ? *q : -1); OUT(5, bpf_map_delete_elem(in, &i)); }
  return XDP_PASS;
}
int target_a(struct xdp_md *ctx); int target_b(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __array(values, int(void *)); } jumps SEC(".maps") = {.values = {[0] = (void *)&target_a, [3] = (void *)&target_b}};
SEC("xdp") int target_a(struct xdp_md *ctx) { out[10]++; return XDP_TX; }
SEC("xdp") int target_b(struct xdp_md *ctx) { out[11]++; bpf_tail_call(ctx, &jumps, 0); return XDP_DROP; }
SEC("xdp") int jump(struct xdp_md *ctx) { out[12]++; bpf_tail_call(ctx, &jumps, byte_at(ctx, 14) % 6); return XDP_PASS; }
SEC("xdp") int forever(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __array(values, int(void *)); } self SEC(".maps") = {.values = {[0] = (void *)&forever}};
SEC("xdp") int forever(struct xdp_md *ctx) { out[13]++; bpf_tail_call_static(ctx, &self, 0); return out[13] & 3; }
static noinline int tail_inside(struct xdp_md *ctx) { bpf_tail_call(ctx, &jumps, 0); volatile int r = 40; return r; }
SEC("xdp") int from_sub(struct xdp_md *ctx) { int r = tail_inside(ctx); out[14] += r; return r & 3; }
