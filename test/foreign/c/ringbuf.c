// Ring buffers: reserve, submit, discard, output, query, overflow; and their dynptr forms.
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct event { __u32 a; __u8 b[12]; };
SEC("xdp") int rings(struct xdp_md *ctx) {
  __u8 b = byte_at(ctx, 14);
  struct event *e = bpf_ringbuf_reserve(&ring, sizeof *e, 0);
  OUT(0, e != 0);
  if (e) { e->a = b; __builtin_memset(e->b, b, 12); if (b & 1) bpf_ringbuf_submit(e, 0); else bpf_ringbuf_discard(e, 0); }
  __u64 word = b;
  OUT(1, bpf_ringbuf_output(&ring, &word, 1 + (b & 7), 0)); OUT(2, bpf_ringbuf_output(&ring, &word, 8, 4));
  OUT(3, bpf_ringbuf_query(&ring, 0)); OUT(4, bpf_ringbuf_query(&ring, 1)); OUT(5, bpf_ringbuf_query(&ring, 2)); OUT(6, bpf_ringbuf_query(&ring, 3)); OUT(7, bpf_ringbuf_query(&ring, 9));
  e = bpf_ringbuf_reserve(&ring, 8192, 0);
  if (e) bpf_ringbuf_discard(e, 0); else OUT(8, -1);
  return XDP_PASS;
}
SEC("xdp") int dyn(struct xdp_md *ctx) {
  struct bpf_dynptr p; __u8 b = byte_at(ctx, 14); __u32 word = 0x01020304;
  OUT(10, bpf_ringbuf_reserve_dynptr(&ring, 16 + (b & 31), 0, &p));
  OUT(11, bpf_dynptr_write(&p, b & 31, &word, 4, 0));
  __u32 *d = bpf_dynptr_data(&p, 4, 4);
  if (d) *d += b;
  OUT(12, bpf_dynptr_read(&word, 4, &p, b & 15, 0)); OUT(13, word);
  if (b & 2) bpf_ringbuf_submit_dynptr(&p, 0); else bpf_ringbuf_discard_dynptr(&p, 0);
  OUT(14, bpf_ringbuf_reserve_dynptr(&ring, 60000, 0, &p)); OUT(15, bpf_dynptr_write(&p, 0, &word, 4, 0)); bpf_ringbuf_discard_dynptr(&p, 0);
  return XDP_PASS;
}
