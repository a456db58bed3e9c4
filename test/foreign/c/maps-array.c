// Arrays: bounds, per-CPU, look-ups with every index, read-only and write-only for programs, large values.
struct big { __u64 words[32]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 3); __type(key, __u32); __type(value, struct big); } arr SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } per SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __uint(map_flags, BPF_F_RDONLY_PROG); __type(key, __u32); __type(value, __u64); } ro SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __uint(map_flags, BPF_F_MMAPABLE); __type(key, __u32); __type(value, __u8[3]); } odd SEC(".maps");

SEC("xdp") int arrays(struct xdp_md *ctx) {
  __u32 k = byte_at(ctx, 14) % 5, w = byte_at(ctx, 15) & 31; __u64 v = byte_at(ctx, 16), flags = byte_at(ctx, 17) & 3;
  struct big *b = bpf_map_lookup_elem(&arr, &k);
  OUT(0, b != 0);
  if (b) { b->words[w] += v; __sync_fetch_and_add(&b->words[0], 1); OUT(1, b->words[w]); }
  __u64 *p = bpf_map_lookup_elem(&per, &k);
  if (p) *p += v;
  OUT(2, bpf_map_update_elem(&per, &k, &v, flags));
  OUT(3, bpf_map_delete_elem(&arr, &k));
  p = bpf_map_lookup_elem(&ro, &k);
  OUT(4, p ? *p : -1);
  __u8 three[3] = {v, w, k};
  OUT(5, bpf_map_update_elem(&odd, &k, three, flags));
  __u8 *o = bpf_map_lookup_elem(&odd, &k);
  OUT(6, o ? o[0] << 8 | o[2] : -2);
  return XDP_PASS;
}
