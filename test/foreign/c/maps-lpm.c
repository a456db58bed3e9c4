// Longest prefix match over IPv4 and odd key sizes.
struct key { __u32 prefix; __u8 bytes[4]; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct key); __type(value, __u32); } routes SEC(".maps");

SEC("xdp") int lpm(struct xdp_md *ctx) {
  struct key k = {byte_at(ctx, 14) % 36, {10, byte_at(ctx, 15) & 3, byte_at(ctx, 16) & 0xc0, byte_at(ctx, 17)}};
  __u32 v = byte_at(ctx, 18); __u64 flags = byte_at(ctx, 19) & 3;
  OUT(0, bpf_map_update_elem(&routes, &k, &v, flags));
  k.prefix = 32; k.bytes[3] ^= 1;
  __u32 *p = bpf_map_lookup_elem(&routes, &k);
  OUT(1, p ? *p : -1);
  k.prefix = byte_at(ctx, 20) % 34; 
  p = bpf_map_lookup_elem(&routes, &k);
  OUT(2, p ? *p : -1);
  k.bytes[0] = byte_at(ctx, 21) & 1 ? 10 : 11;
  OUT(3, bpf_map_delete_elem(&routes, &k));
  return XDP_PASS;
}
