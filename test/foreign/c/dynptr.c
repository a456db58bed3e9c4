// Dynptrs over map values and packets: helpers and kfuncs.
ksym int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr);
ksym int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr);
ksym void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size);
ksym void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size);
ksym int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end);
ksym _Bool bpf_dynptr_is_null(const struct bpf_dynptr *ptr);
ksym _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *ptr);
ksym __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr);
ksym int bpf_dynptr_clone(const struct bpf_dynptr *ptr, struct bpf_dynptr *clone);
ksym int bpf_dynptr_copy(struct bpf_dynptr *dst, __u32 dst_off, struct bpf_dynptr *src, __u32 src_off, __u32 size);
ksym int bpf_dynptr_memset(struct bpf_dynptr *ptr, __u32 offset, __u32 size, __u8 val);
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u8[48]); } mem SEC(".maps");

SEC("xdp") int over_memory(struct xdp_md *ctx) {
  __u32 zero = 0; struct bpf_dynptr p, q; __u8 b = byte_at(ctx, 14), c = byte_at(ctx, 15), buf[8] = {b, c, 3, 4, 5, 6, 7, 8};
  __u8 *m = bpf_map_lookup_elem(&mem, &zero);
  if (!m) return 0;
  OUT(0, bpf_dynptr_from_mem(m, 48, 0, &p)); OUT(1, bpf_dynptr_size(&p)); OUT(2, bpf_dynptr_write(&p, c & 63, buf, 8, 0));
  OUT(3, bpf_dynptr_read(buf, 8, &p, b & 63, 0)); OUT(4, *(__u64 *)buf); OUT(5, bpf_dynptr_read(buf, 8, &p, 0, 1));
  OUT(6, bpf_dynptr_clone(&p, &q)); OUT(7, bpf_dynptr_adjust(&q, b & 15, 20 + (c & 31))); OUT(8, bpf_dynptr_size(&q));
  OUT(9, bpf_dynptr_is_null(&q)); OUT(10, bpf_dynptr_is_rdonly(&q));
  __u8 *s = bpf_dynptr_slice(&q, 2, buf, 8); OUT(11, s ? s[1] : -1);
  __u8 *w = bpf_dynptr_slice_rdwr(&q, 1, buf, 4); if (w) w[0] ^= 0x55;
  __u64 *d = bpf_dynptr_data(&p, 40, 8); if (d) *d += b;
  OUT(12, bpf_dynptr_copy(&q, 0, &p, 8, c & 15)); OUT(13, bpf_dynptr_memset(&p, 2, b & 63, c)); OUT(14, bpf_dynptr_data(&p, 44, 8) != 0);
  return XDP_PASS;
}
SEC("xdp") int over_xdp(struct xdp_md *ctx) {
  struct bpf_dynptr p; __u8 buf[16] = {}, b = byte_at(ctx, 14);
  OUT(0, bpf_dynptr_from_xdp(ctx, 0, &p)); OUT(1, bpf_dynptr_size(&p)); OUT(2, bpf_dynptr_is_rdonly(&p));
  __u8 *s = bpf_dynptr_slice(&p, b & 63, buf, 16); OUT(3, s ? s[3] : -1);
  OUT(4, bpf_dynptr_read(buf, 16, &p, b, 0)); OUT(5, buf[0]);
  OUT(6, bpf_dynptr_write(&p, 20 + (b & 63), buf, 4, 0));
  __u8 *w = bpf_dynptr_slice_rdwr(&p, 16, buf, 4); if (w) w[1] = 0xee;
  OUT(7, bpf_dynptr_adjust(&p, 14, 40)); OUT(8, bpf_dynptr_size(&p)); OUT(9, bpf_dynptr_read(buf, 4, &p, 0, 0)); OUT(10, buf[0]);
  struct bpf_dynptr bad; OUT(11, bpf_dynptr_from_xdp(ctx, 1, &bad)); OUT(12, bpf_dynptr_is_null(&bad)); OUT(13, bpf_dynptr_size(&bad));
  return XDP_PASS;
}
SEC("tc") int over_skb(struct __sk_buff *skb) {
  struct bpf_dynptr p; __u8 buf[8] = {};
  OUT(0, bpf_dynptr_from_skb(skb, 0, &p)); OUT(1, bpf_dynptr_size(&p)); OUT(2, bpf_dynptr_is_rdonly(&p)); OUT(3, bpf_dynptr_read(buf, 8, &p, 14, 0)); OUT(4, *(__u64 *)buf);
  OUT(5, bpf_dynptr_write(&p, 14 + (buf[0] & 63), buf, 8, buf[1] & 1)); __u8 *s = bpf_dynptr_slice(&p, 30, buf, 8); OUT(6, s ? s[0] : -1);
  OUT(7, bpf_dynptr_write(&p, 0, buf, 4, 8));
  return 0;
}
