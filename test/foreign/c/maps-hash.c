// Hash family: flags, errors, deletion, values that live on after deletion, per-CPU values, eviction.
#define MAP(name, kind, n) struct { __uint(type, kind); __uint(max_entries, n); __type(key, __u32); __type(value, __u64); } name SEC(".maps")
MAP(plain, BPF_MAP_TYPE_HASH, 4);
MAP(percpu, BPF_MAP_TYPE_PERCPU_HASH, 4);
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC); __uint(key_size, 7); __uint(value_size, 3); } odd SEC(".maps");

SEC("xdp") int hash(struct xdp_md *ctx) {
  __u32 k = byte_at(ctx, 14) % 6, k2 = byte_at(ctx, 15) % 6; __u64 flags = byte_at(ctx, 16) % 5, v = byte_at(ctx, 17);
  OUT(0, bpf_map_update_elem(&plain, &k, &v, flags));
  __u64 *p = bpf_map_lookup_elem(&plain, &k);
  if (p) { *p += 1; OUT(1, *p); OUT(2, bpf_map_delete_elem(&plain, &k2)); OUT(3, *p); } else OUT(1, -1);
  OUT(4, bpf_map_update_elem(&percpu, &k2, &v, flags));
  p = bpf_map_lookup_elem(&percpu, &k2);
  if (p) { *p ^= 5; OUT(5, *p); }
  p = bpf_map_lookup_percpu_elem(&percpu, &k2, 0);
  OUT(6, p ? *p : -7);
  OUT(7, bpf_map_delete_elem(&percpu, &k) );
  __u8 key[7] = {1, k, 3, k2, 5, 6, 7}, value[3] = {k, k2, v};
  OUT(8, bpf_map_update_elem(&odd, key, value, 0));
  key[3] = k;
  __u8 *q = bpf_map_lookup_elem(&odd, key);
  OUT(9, q ? q[1] : -3);
  OUT(10, bpf_map_delete_elem(&odd, key));
  return XDP_PASS;
}
