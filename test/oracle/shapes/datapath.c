/* A tc data path in the shape of cilium: many tail calls, cb state, skb loads and stores, nat with rewriting, policy with LPM. */
#include "shapes.h"
struct ct_key {
  u32 s, d;
  u16 sp, dp;
  u8 proto, dir;
  u16 pad;
};
struct ct_val {
  u64 pkts, bytes, life;
  u32 flags, rev;
};
struct lpm {
  u32 plen;
  u32 addr;
};
struct pol {
  u32 id;
  u16 port;
  u8 proto, deny;
};
struct {
  __uint(type, 3);
  __uint(max_entries, 32);
  __uint(key_size, 4);
  __uint(value_size, 4);
} calls SEC(".maps");
struct {
  __uint(type, 9);
  __uint(max_entries, 64);
  __type(key, struct ct_key);
  __type(value, struct ct_val);
} ct SEC(".maps");
struct {
  __uint(type, 11);
  __uint(max_entries, 64);
  __uint(map_flags, 1);
  __type(key, struct lpm);
  __type(value, u32);
} cidr SEC(".maps");
struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, struct pol);
  __type(value, struct pol);
} policy SEC(".maps");
struct {
  __uint(type, 6);
  __uint(max_entries, 32);
  __type(key, u32);
  __type(value, u64);
} metrics SEC(".maps");
struct {
  __uint(type, 4);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __uint(value_size, 4);
} ev SEC(".maps");
const volatile u32 host_ip = 0x0100000a;
const volatile u32 debug = 0;
struct tup {
  u32 s, d;
  u16 sp, dp;
  u8 proto, ihl;
  u16 l4;
};
AI void count(u32 k) {
  k &= 31;
  u64 *v = lookup(&metrics, &k);
  if (v) *v += 1;
}
AI int drop(struct __sk_buff *s, u32 why) {
  struct {
    u32 why, len, hash, mark;
    u64 t;
  } n = { why, s->len, s->hash, s->mark, ktime() };
  perf_out(s, &ev, 0xffffffffull, &n, sizeof n);
  count(why);
  return 2;
}
AI int pull(struct __sk_buff *s, struct tup *t) {
  void *d = (void *)(long)s->data, *e = (void *)(long)s->data_end;
  u8 *p = d;
  if (p + 34 > (u8 *)e) {
    u8 b[34];
    if (skb_load(s, 0, b, 34)) return -1;
    t->ihl = b[14];
    t->proto = b[23];
    __builtin_memcpy(&t->s, b + 26, 4);
    __builtin_memcpy(&t->d, b + 30, 4);
  } else {
    t->ihl = p[14];
    t->proto = p[23];
    __builtin_memcpy(&t->s, p + 26, 4);
    __builtin_memcpy(&t->d, p + 30, 4);
  }
  t->l4 = 14 + (t->ihl & 15) * 4;
  if (t->l4 < 34) return -1;
  if (skb_load(s, t->l4, &t->sp, 4)) return -1;
  return 0;
}
AI int lookup_ct(struct tup *t, u8 dir, u32 len) {
  struct ct_key k = { t->s, t->d, t->sp, t->dp, t->proto, dir };
  struct ct_val *v = lookup(&ct, &k);
#pragma unroll
  for (int i = 0; i < 3; i++) {
    if (v) {
      __sync_fetch_and_add(&v->pkts, 1);
      v->bytes += len;
      v->life = ktime();
      return v->flags & 7 ? 1 : 2;
    }
    if (i == 0) {
      k.s = t->d;
      k.d = t->s;
      k.sp = t->dp;
      k.dp = t->sp;
      k.dir ^= 1;
    } else k.dp = 0;
    v = lookup(&ct, &k);
  } return 0;
}
AI int allowed(struct tup *t, u32 id) {
  struct pol k = { id, t->dp, t->proto, 0 };
#pragma unroll
  for (int i = 0; i < 4; i++) {
    struct pol *p = lookup(&policy, &k);
    if (p) return p->deny ? 0 : 1;
    if (i == 0) k.port = 0;
    else if (i == 1) k.proto = 0;
    else k.id = 0;
  } return 0;
}
SEC("tc") int from_netdev(struct __sk_buff *s) {
  s->cb[0] = s->cb[1] = s->cb[2] = s->cb[3] = 0;
  if (s->protocol != 8) {
    if (s->protocol == 0xdd86) {
      tail_call(s, &calls, 5);
      return drop(s, 3);
    } return 0;
  } struct tup t = {};
  if (pull(s, &t)) return drop(s, 1);
  struct lpm l = { 32, t.s };
  u32 *id = lookup(&cidr, &l);
  u32 src = id ? *id : 2;
  s->cb[0] = src;
  s->cb[1] = t.l4;
  if (t.d == host_ip) {
    tail_call(s, &calls, 1);
    return drop(s, 4);
  } int c = lookup_ct(&t, 0, s->len);
  if (c == 0) {
    if (!allowed(&t, src)) return drop(s, 5);
    struct ct_key k = { t.s, t.d, t.sp, t.dp, t.proto, 0 };
    struct ct_val n = { .pkts = 1, .bytes = s->len, .flags = src & 7 };
    update(&ct, &k, &n, 1);
  }
  if (c == 1) {
    tail_call(s, &calls, 2);
    return drop(s, 6);
  }
  count(7);
  return 0;
}
SEC("tc") int nat(struct __sk_buff *s) {
  struct tup t = {};
  if (pull(s, &t)) return 2;
  u32 o = t.d, n = host_ip;
  u32 off = t.proto == 6 ? t.l4 + 16 : t.proto == 17 ? t.l4 + 6 : 0;
  if (!off) return 2;
  if (skb_store(s, 30, &n, 4, 0)) return 2;
  s64 sum = csum_diff(&o, 4, &n, 4, 0);
  if (l4_csum(s, off, 0, sum, 0x10)) return 2;
  u16 port = 1024 + (prandom() & 0x3fff);
  for (int i = 0; i < 32; i++) {
    struct ct_key k = { t.s, n, t.sp, port, t.proto, 1 };
    if (!lookup(&ct, &k)) {
      struct ct_val v = { .rev = port };
      update(&ct, &k, &v, 0);
      if (skb_store(s, t.l4 + 2, &port, 2, 0)) return 2;
      return 0;
    }
    port++;
  }
  return drop(s, 9);
}
SEC("tc") int opts(struct __sk_buff *s) {
  void *d = (void *)(long)s->data, *e = (void *)(long)s->data_end;
  u8 *p = d;
  if (p + 54 > (u8 *)e) return 0;
  u32 ihl = (p[14] & 15) * 4;
  if (ihl < 20) return 0;
  u8 *tcp = p + 14 + ihl;
  if (tcp + 20 > (u8 *)e) return 0;
  u32 len = (tcp[12] >> 4) * 4;
  if (len < 20) return 0;
  u32 pos = 20, mss = 0;
  for (int i = 0; i < 20; i++) {
    if (pos >= len) break;
    u8 *o = tcp + pos;
    if (o + 1 > (u8 *)e) break;
    if (*o == 0) break;
    if (*o == 1) {
      pos++;
      continue;
    }
    if (o + 2 > (u8 *)e) break;
    u8 l = o[1];
    if (l < 2) break;
    if (*o == 2 && l == 4) {
      if (o + 4 > (u8 *)e) break;
      mss = o[2] << 8 | o[3];
    }
    pos += l;
  }
  s->mark = mss;
  return 0;
}
SEC("tc") int bad_off(struct __sk_buff *s) {
  void *d = (void *)(long)s->data, *e = (void *)(long)s->data_end;
  u8 *p = d;
  if (p + 34 > (u8 *)e) return 0;
  u32 ihl = (p[14] & 15) * 4;
  return p[14 + ihl];
}
SEC("tc") int bad_cmp(struct __sk_buff *s) {
  u8 *p = (void *)(long)s->data, *e = (void *)(long)s->data_end;
  if (e - p < 34) return 0;
  return p[20];
}
