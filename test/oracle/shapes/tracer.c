/* A tracing agent: path walk with masks, string filters, bpf_loop, big scratch maps, volatile bounds. */
#include "shapes.h"
struct pt_regs {
  u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, oax, ip, cs, fl, sp, ss;
};
struct event {
  u64 ts;
  u32 pid, tgid, len, argc;
  char comm[16];
  char buf[4096];
};
struct filt {
  char prefix[64];
  u32 len;
};
struct {
  __uint(type, 6);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct event);
} scratch SEC(".maps");
struct {
  __uint(type, 27);
  __uint(max_entries, 4096);
} rb SEC(".maps");
struct {
  __uint(type, 2);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, struct filt);
} filters SEC(".maps");
struct {
  __uint(type, 1);
  __uint(max_entries, 64);
  __type(key, u32);
  __type(value, u64);
} starts SEC(".maps");
struct {
  __uint(type, 3);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u32);
} progs SEC(".maps");
const volatile u32 targ_pid = 0;
const volatile u8 verbose = 1;
const volatile u32 max_args = 20;
u64 dropped = 0;
struct lctx {
  struct event *e;
  char **argv;
  u32 off;
};
static long read_arg(u32 i, struct lctx *c) {
  char *p = 0;
  if (!c->e) return 1;
  if (probe_read(&p, 8, &c->argv[i]) || !p) return 1;
  u32 o = c->off;
  if (o > 4096 - 128) return 1;
  long n = probe_read_str(&c->e->buf[o & 4095 & ~127], 128, p);
  if (n < 0) return 1;
  c->off += n & 127;
  c->e->argc++;
  return 0;
}
AI int match(const char *s, struct filt *f) {
#pragma unroll
  for (int i = 0; i < 64; i++) {
    if (i >= f->len) return 1;
    if (s[i] != f->prefix[i]) return 0;
  } return 1;
}
static long each(void *m, u32 *k, struct filt *f, u32 *hits) {
  if (f->len && f->len < 64) (*hits)++;
  return 0;
}
SEC("kprobe") int on_exec(struct pt_regs *r) {
  u64 id = pid_tgid();
  u32 pid = id >> 32;
  if (targ_pid && pid != targ_pid) return 0;
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  e->ts = ktime();
  e->pid = id;
  e->tgid = pid;
  e->argc = 0;
  get_comm(e->comm, 16);
  char *p = 0;
  probe_read(&p, 8, (void *)r->si);
  long n = probe_read_str(e->buf, 256, p);
  if (n <= 0) {
    __sync_fetch_and_add(&dropped, 1);
    return 0;
  } u32 off = n & 255;
  for (u32 i = 1; i < 20; i++) {
    char *a = 0;
    if (i >= max_args) break;
    if (probe_read(&a, 8, (char **)r->si + i) || !a) break;
    if (off >= 4096 - 256) break;
    n = probe_read_str(&e->buf[off], 256, a);
    if (n <= 0) break;
    off += n;
    e->argc++;
  }
  e->len = off & 4095;
  tail_call(r, &progs, 1);
  return 0;
}
SEC("kprobe") int on_exit(struct pt_regs *r) {
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  u32 hits = 0;
  for_each(&filters, each, &hits, 0);
#pragma unroll
  for (u32 k = 0; k < 3; k++) {
    struct filt *f = lookup(&filters, &k);
    if (f && match(e->comm, f)) hits += 2;
  }
  if (!hits) return 0;
  u32 len = e->len;
  if (len > 4096) len = 4096;
  u64 *s = lookup(&starts, &e->pid);
  if (s) {
    e->ts -= *s;
    del(&starts, &e->pid);
  }
  struct event *o = rb_reserve(&rb, 64, 0);
  if (!o) return 0;
  o->ts = e->ts;
  o->pid = e->pid;
  if (verbose) {
    o->len = len;
    rb_submit(o, 0);
  } else rb_discard(o, 0);
  return 0;
}
SEC("kprobe") int on_loop(struct pt_regs *r) {
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  struct lctx c = { e, (char **)r->si, 0 };
  e->argc = 0;
  bpf_loop(max_args, read_arg, &c, 0);
  e->len = c.off;
  return 0;
}
NI int depth3(char *b, u32 n) {
  if (!b) return 0;
  u32 h = 5381;
  for (u32 i = 0; i < 32; i++) {
    if (i >= n) break;
    h = h * 33 + (u8)b[i & 0];
  }
  return h & 0x7fff;
}
NI int depth2(u32 n) {
  char t[64] = {};
  get_comm(t, 16);
  t[n & 63] = 'x';
  return depth3(t, n) + t[(n >> 3) & 63];
}
NI int depth1(u32 a, u32 b) {
  u64 buf[8] = {};
  u32 i = a & 7;
  buf[i] = b;
  if (b > 7) b = 7;
  return depth2(buf[b]) + 1;
}
SEC("kprobe") int on_depth(struct pt_regs *r) {
  return depth1(r->di, r->si) & 0;
}
SEC("kprobe") int bad_len(struct pt_regs *r) {
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  u32 n = r->dx;
  probe_read(e->buf, n, (void *)r->si);
  return 0;
}
SEC("kprobe") int bad_idx(struct pt_regs *r) {
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  u32 n = r->dx;
  if (n > 4096) return 0;
  e->buf[n] = 1;
  return 0;
}
SEC("kprobe") int good_len(struct pt_regs *r) {
  u32 z = 0;
  struct event *e = lookup(&scratch, &z);
  if (!e) return 0;
  u32 n = r->dx;
  bar(n);
  if (n > 4096) n = 4096;
  probe_read(e->buf, n, (void *)r->si);
  return 0;
}
