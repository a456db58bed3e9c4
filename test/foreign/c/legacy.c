// Map definitions of the old form; -DBTF_MAPS makes the same maps in the new one, for kernels' loaders that dropped it.
#ifdef BTF_MAPS
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __uint(key_size, 4); __uint(value_size, 8); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 8); } sums SEC(".maps");
#else
struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def SEC("maps") counts = {.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 8};
struct bpf_map_def SEC("maps") sums = {.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2};
#endif
SEC("xdp") int legacy(struct xdp_md *ctx) {
  __u32 k = byte_at(ctx, 14) % 10, i = 1; __u64 one = 1;
  __u64 *n = bpf_map_lookup_elem(&counts, &k);
  if (n) *n += 1; else OUT(0, bpf_map_update_elem(&counts, &k, &one, 0));
  n = bpf_map_lookup_elem(&sums, &i); if (n) *n += k;
  return XDP_PASS;
}
