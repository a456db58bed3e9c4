// Dynptrs: who may make, use, clone, overwrite and release them; slices end with the packet or the dynptr.
#include "common.h"
SEC("tc") int skb_slice_good(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, 16);
  return d ? d[15] : 0;
}
SEC("tc") int skb_slice_unchecked_bad(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, 16);
  return d[3];
}
SEC("tc") int skb_slice_beyond_bad(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, 16);
  return d ? d[16] : 0;
}
SEC("tc") int slice_read_only_bad(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, 16);
  if (d) d[0] = 1;
  return 0;
}
SEC("tc") int slice_rdwr_good(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice_rdwr(&p, 0, buf, 16);
  if (d) d[0] = 1;
  return 0;
}
SEC("socket") int slice_rdwr_type_bad(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice_rdwr(&p, 0, buf, 16);
  return d ? d[0] : 0;
}
SEC("tc") int slice_after_write_bad(struct __sk_buff *skb) {
  struct bpf_dynptr p; char buf[16]; char w = 1;
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, 16);
  if (!d) return 0;
  dynptr_write(&p, 0, &w, 1, 0);
  return d[0];
}
SEC("xdp") int xdp_slice_good(struct xdp_md *x) {
  struct bpf_dynptr p; char buf[14];
  if (bpf_dynptr_from_xdp(x, 0, &p)) return 1;
  u8 *d = bpf_dynptr_slice_rdwr(&p, 0, buf, sizeof(buf));
  if (!d) return 1;
  d[0] = d[1];
  return 2;
}
SEC("xdp") int xdp_from_skb_bad(struct xdp_md *x) {
  struct bpf_dynptr p;
  if (bpf_dynptr_from_skb((void *)x, 0, &p)) return 1;
  return 2;
}
SEC("xdp") int slice_variable_size_bad(struct xdp_md *x) {
  struct bpf_dynptr p; char buf[16];
  if (bpf_dynptr_from_xdp(x, 0, &p)) return 1;
  u8 *d = bpf_dynptr_slice(&p, 0, buf, prandom() & 15);
  return d ? 1 : 2;
}
SEC("raw_tp/sys_enter") int ringbuf_good(void *ctx) {
  struct bpf_dynptr p; u64 v = 1;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  dynptr_write(&p, 0, &v, 8, 0);
  ringbuf_submit_dynptr(&p, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int ringbuf_leak_bad(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  return 0;
}
SEC("raw_tp/sys_enter") int ringbuf_submit_twice_bad(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  ringbuf_submit_dynptr(&p, 0);
  ringbuf_submit_dynptr(&p, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int ringbuf_data_good(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  u64 *d = dynptr_data(&p, 0, 8);
  if (d) *d = 4;
  ringbuf_discard_dynptr(&p, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int ringbuf_data_late_bad(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  u64 *d = dynptr_data(&p, 0, 8);
  ringbuf_discard_dynptr(&p, 0);
  if (d) *d = 4;
  return 0;
}
SEC("raw_tp/sys_enter") int overwrite_referenced_bad(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  *(volatile u64 *)&p = 0;
  ringbuf_discard_dynptr(&p, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int from_mem_good(void *ctx) {
  struct bpf_dynptr p; u32 key = 0; u64 out = 0, *v = lookup(&counts, &key);
  if (!v) return 0;
  dynptr_from_mem(v, 8, 0, &p);
  dynptr_read(&out, 8, &p, 0, 0);
  *(volatile u64 *)&p = 0;
  return 0;
}
SEC("raw_tp/sys_enter") int from_mem_stack_bad(void *ctx) {
  struct bpf_dynptr p; u64 v = 0;
  dynptr_from_mem(&v, 8, 0, &p);
  return 0;
}
SEC("raw_tp/sys_enter") int from_mem_overwritten_bad(void *ctx) {
  struct bpf_dynptr p; u32 key = 0; u64 out = 0, *v = lookup(&counts, &key);
  if (!v) return 0;
  dynptr_from_mem(v, 8, 0, &p);
  *(volatile u8 *)&p = 0;
  dynptr_read(&out, 8, &p, 0, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int read_directly_bad(void *ctx) {
  struct bpf_dynptr p; u32 key = 0; u64 *v = lookup(&counts, &key);
  if (!v) return 0;
  dynptr_from_mem(v, 8, 0, &p);
  return *(volatile u64 *)&p;
}
SEC("raw_tp/sys_enter") int uninitialised_bad(void *ctx) {
  struct bpf_dynptr p; u64 out = 0;
  dynptr_read(&out, 8, &p, 0, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int half_way_bad(void *ctx) {
  struct bpf_dynptr p[2]; u32 key = 0; u64 out = 0, *v = lookup(&counts, &key);
  if (!v) return 0;
  dynptr_from_mem(v, 8, 0, p);
  dynptr_read(&out, 8, (void *)p + 8, 0, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int clone_good(void *ctx) {
  struct bpf_dynptr p, q; u64 v = 1;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  bpf_dynptr_clone(&p, &q);
  dynptr_write(&q, 0, &v, 8, 0);
  ringbuf_submit_dynptr(&p, 0);
  return 0;
}
SEC("raw_tp/sys_enter") int clone_after_release_bad(void *ctx) {
  struct bpf_dynptr p, q; u64 v = 1;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  bpf_dynptr_clone(&p, &q);
  ringbuf_submit_dynptr(&p, 0);
  dynptr_write(&q, 0, &v, 8, 0);
  return 0;
}
SEC("tc") int clone_slice_good(struct __sk_buff *skb) {
  struct bpf_dynptr p, q; char buf[8];
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  bpf_dynptr_clone(&p, &q);
  *(volatile u64 *)&p = 0;
  u8 *d = bpf_dynptr_slice(&q, 0, buf, 8);
  return d ? d[0] : bpf_dynptr_size(&q);
}
SEC("tc") int adjust_good(struct __sk_buff *skb) {
  struct bpf_dynptr p;
  if (bpf_dynptr_from_skb(skb, 0, &p)) return 0;
  bpf_dynptr_adjust(&p, 4, 20);
  return bpf_dynptr_size(&p);
}
static NOINLINE int fill(struct bpf_dynptr *p) {
  u64 v = 7;
  return dynptr_write(p, 0, &v, 8, 0);
}
SEC("raw_tp/sys_enter") int subprogram_good(void *ctx) {
  struct bpf_dynptr p;
  ringbuf_reserve_dynptr(&ring, 16, 0, &p);
  fill(&p);
  ringbuf_submit_dynptr(&p, 0);
  return 0;
}
struct { UINT(type, 31); UINT(max_entries, 4096); } user_ring SEC(".maps");
static long sample_good(struct bpf_dynptr *p, void *ctx) { u64 v = 0; dynptr_read(&v, 8, p, 0, 0); return 0; }
static long sample_bad(struct bpf_dynptr *p, void *ctx) { ringbuf_submit_dynptr(p, 0); return 0; }
static long sample_range(struct bpf_dynptr *p, void *ctx) { return 5; }
SEC("raw_tp/sys_enter") int drain_good(void *ctx) { user_ringbuf_drain(&user_ring, sample_good, NULL, 0); return 0; }
SEC("raw_tp/sys_enter") int drain_release_bad(void *ctx) { user_ringbuf_drain(&user_ring, sample_bad, NULL, 0); return 0; }
SEC("raw_tp/sys_enter") int drain_range_bad(void *ctx) { user_ringbuf_drain(&user_ring, sample_range, NULL, 0); return 0; }
