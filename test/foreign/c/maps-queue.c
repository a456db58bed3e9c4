// Queue, stack and bloom filter.
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 3); __uint(key_size, 0); __uint(value_size, 8); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_STACK); __uint(max_entries, 3); __uint(key_size, 0); __uint(value_size, 8); } stack SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 64); __uint(key_size, 0); __uint(value_size, 4); __uint(map_extra, 8); } bloom SEC(".maps");

SEC("xdp") int queues(struct xdp_md *ctx) {
  __u64 v = byte_at(ctx, 14), flags = byte_at(ctx, 15) & 3, got = 99;
  OUT(0, bpf_map_push_elem(&queue, &v, flags)); v++;
  OUT(1, bpf_map_push_elem(&stack, &v, flags)); v++;
  OUT(2, bpf_map_push_elem(&queue, &v, 0));
  if (byte_at(ctx, 16) & 1) { OUT(3, bpf_map_pop_elem(&queue, &got)); OUT(4, got); }
  OUT(5, bpf_map_peek_elem(&stack, &got)); OUT(6, got);
  if (byte_at(ctx, 16) & 2) { OUT(7, bpf_map_pop_elem(&stack, &got)); OUT(8, got); OUT(9, bpf_map_pop_elem(&stack, &got)); OUT(10, got); }
  __u32 word = v;
  OUT(11, bpf_map_push_elem(&bloom, &word, 0)); OUT(12, bpf_map_peek_elem(&bloom, &word));
  OUT(13, bpf_map_push_elem(&bloom, &word, BPF_EXIST));
  return XDP_PASS;
}
