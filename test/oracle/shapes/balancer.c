/* A load balancer in the shape of katran: parse v4/v6, options, fragments, hash ring, encapsulate. */
#include "shapes.h"
struct eth {
  u8 d[6], s[6];
  u16 proto;
} __attribute__((packed));
struct ip4 {
  u8 vihl, tos;
  u16 len, id, frag;
  u8 ttl, proto;
  u16 csum;
  u32 s, d;
};
struct ip6 {
  u32 vtc;
  u16 plen;
  u8 next, hop;
  u32 s[4], d[4];
};
struct flow {
  u32 s[4], d[4];
  u16 sp, dp;
  u8 proto;
  u8 pad[3];
};
struct vip {
  u32 d[4];
  u16 port;
  u8 proto;
  u8 pad;
};
struct vip_meta {
  u32 flags, num;
};
struct real {
  u32 dst[4];
  u8 flags;
  u8 pad[3];
};
struct lru_val {
  u32 pos;
  u64 at;
};
struct stats {
  u64 v1, v2;
};
struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, struct vip);
  __type(value, struct vip_meta);
} vips SEC(".maps");
struct {
  __uint(type, 2);
  __uint(max_entries, 4096);
  __type(key, u32);
  __type(value, u32);
} ring SEC(".maps");
struct {
  __uint(type, 2);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, struct real);
} reals SEC(".maps");
struct {
  __uint(type, 9);
  __uint(max_entries, 64);
  __type(key, struct flow);
  __type(value, struct lru_val);
} lru SEC(".maps");
struct {
  __uint(type, 6);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, struct stats);
} st SEC(".maps");
const volatile u32 ring_size = 4096 / 16;
const volatile u32 src_net = 0xac100000;
AI u32 rol(u32 x, int n) {
  return (x << n) | (x >> (32 - n));
}
AI u32 jhash2(u32 a, u32 b, u32 c) {
  a += 0xdeadbeef;
  b += 0xdeadbeef;
  c ^= b;
  c -= rol(b, 14);
  a ^= c;
  a -= rol(c, 11);
  b ^= a;
  b -= rol(a, 25);
  c ^= b;
  c -= rol(b, 16);
  a ^= c;
  a -= rol(c, 4);
  b ^= a;
  b -= rol(a, 14);
  c ^= b;
  c -= rol(b, 24);
  return c;
}
NI u32 hash_flow(struct flow *f) {
  if (!f) return 0;
  u32 h = 0;
#pragma unroll
  for (int i = 0; i < 4; i++) h = jhash2(f->s[i], f->d[i], h);
  return jhash2(h, f->sp << 16 | f->dp, f->proto);
}
AI int parse_ports(void *d, void *e, u64 off, u8 proto, struct flow *f) {
  u16 *p = d + off;
  if ((void *)(p + 2) > e) return -1;
  if (proto == 6) {
    u8 *t = d + off;
    if (t + 20 > (u8 *)e) return -1;
    if (t[13] & 4) return -2;
  }
  f->sp = p[0];
  f->dp = p[1];
  return 0;
}
AI int parse_exthdr(void *d, void *e, u64 *off, u8 *next) {
#pragma unroll
  for (int i = 0; i < 6; i++) {
    u8 n = *next;
    if (n != 0 && n != 43 && n != 60 && n != 44) return 0;
    u8 *h = d + *off;
    if (h + 8 > (u8 *)e) return -1;
    *next = h[0];
    *off += n == 44 ? 8 : (h[1] + 1) * 8;
    if (*off > 512) return -1;
  }
  return -1;
}
AI u16 fold(u64 c) {
#pragma unroll
  for (int i = 0; i < 4; i++) if (c >> 16) c = (c & 0xffff) + (c >> 16);
  return ~c;
}
AI int encap(struct xdp_md *c, struct real *r, u32 h) {
  if (adjust_head(c, -20)) return 1;
  void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end;
  struct eth *n = d, *o = d + 20;
  struct ip4 *ip = d + 14;
  if ((void *)(n + 1) > e || (void *)(o + 1) > e || (void *)(ip + 1) > e) return 1;
  __builtin_memcpy(n->d, o->s, 6);
  __builtin_memcpy(n->s, o->d, 6);
  n->proto = 8;
  ip->vihl = 0x45;
  ip->tos = 0;
  ip->len = 0;
  ip->proto = 4;
  ip->ttl = 64;
  ip->csum = 0;
  ip->d = r->dst[0];
  ip->s = src_net ^ (h & 0xffff);
  u32 s = 0;
  u16 *w = (u16 *)ip;
#pragma unroll
  for (int i = 0; i < 10; i++) s += w[i];
  ip->csum = fold(s);
  return 3;
}
SEC("xdp") int balancer(struct xdp_md *c) {
  void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end;
  struct eth *eth = d;
  if ((void *)(eth + 1) > e) return 1;
  struct flow f = {};
  u64 off = 14;
  u8 proto;
  struct vip v = {};
  u16 et = eth->proto;
#pragma unroll
  for (int i = 0; i < 2; i++) if (et == 0x81) {
    u16 *t = d + off;
    if ((void *)(t + 2) > e) return 1;
    et = t[1];
    off += 4;
  }
  if (et == 8) {
    struct ip4 *ip = d + off;
    if ((void *)(ip + 1) > e) return 1;
    u32 hl = (ip->vihl & 15) * 4;
    if (hl < 20) return 1;
    if (ip->frag & 0xff3f) return 1;
    proto = ip->proto;
    f.s[0] = ip->s;
    f.d[0] = ip->d;
    v.d[0] = ip->d;
    off += hl;
  }   else if (et == 0xdd86) {
    struct ip6 *ip = d + off;
    if ((void *)(ip + 1) > e) return 1;
    proto = ip->next;
    __builtin_memcpy(f.s, ip->s, 16);
    __builtin_memcpy(f.d, ip->d, 16);
    __builtin_memcpy(v.d, ip->d, 16);
    off += 40;
    if (parse_exthdr(d, e, &off, &proto)) return 1;
  }   else return 2;
  if (proto != 6 && proto != 17) return 2;
  int rc = parse_ports(d, e, off, proto, &f);
  if (rc) return 1;
  f.proto = proto;
  v.port = f.dp;
  v.proto = proto;
  struct vip_meta *m = lookup(&vips, &v);
  if (!m) {
    v.port = 0;
    m = lookup(&vips, &v);
    if (!m) return 2;
  }
  u32 h, pos;
  struct lru_val *l = lookup(&lru, &f);
  if (l && ktime() - l->at < 30000000000ull) {
    pos = l->pos;
    l->at = ktime();
    h = pos;
  } else {
    h = hash_flow(&f);
    u32 k = (m->num & 15) * ring_size + h % ring_size;
    k &= 4095;
    u32 *p = lookup(&ring, &k);
    if (!p) return 1;
    pos = *p;
    struct lru_val n = { pos, ktime() };
    update(&lru, &f, &n, 0);
  }
  pos &= 63;
  struct real *r = lookup(&reals, &pos);
  if (!r) return 1;
  u32 k0 = m->num & 63;
  struct stats *s = lookup(&st, &k0);
  if (s) {
    s->v1++;
    s->v2 += e - d;
  }
  return encap(c, r, h);
}
