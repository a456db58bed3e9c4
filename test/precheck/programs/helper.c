// Helpers: prototypes that differ by program type, sizes that may be zero, sockets as map values, packets as arguments.
#include "common.h"
static long (*const delete)(void *, const void *) = (void *)3;
static u32 (*const cgroup_classid)(void *) = (void *)17;
static u32 (*const current_classid)(void) = (void *)17;
static u64 (*const socket_cookie)(void *) = (void *)46;
static long (*const setsockopt)(void *, int, int, void *, int) = (void *)49;
static void *(*const local_storage)(void *, u64) = (void *)81;
static void *(*const sk_lookup_tcp)(void *, void *, u32, u64, u64) = (void *)84;
static long (*const sk_release)(void *) = (void *)86;
static void *(*const get_listener_sock)(void *) = (void *)98;
static long (*const check_syncookie)(void *, void *, u32, void *, u32) = (void *)100;
static long (*const strtol)(const char *, u64, u64, s64 *) = (void *)105;
static void *(*const sk_storage_get)(void *, void *, void *, u64) = (void *)107;
static u64 (*const netns_cookie)(void *) = (void *)122;
static long (*const sk_assign)(void *, void *, u64) = (void *)124;
static long (*const seq_printf)(void *, const char *, u32, const void *, u32) = (void *)126;
static long (*const seq_write)(void *, const void *, u32) = (void *)127;
static long (*const snprintf)(char *, u32, const char *, u64 *, u32) = (void *)165;
struct { UINT(type, 15); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } sockets SEC(".maps");
struct { UINT(type, 19); UINT(key_size, 16); UINT(value_size, 8); } storage SEC(".maps");
struct { UINT(type, 24); UINT(map_flags, 1); TYPE(key, int); TYPE(value, u64); } by_socket SEC(".maps");
struct iter_task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct iter_tcp { struct bpf_iter_meta *meta; void *sk; u32 uid; };
struct tuple { u32 saddr, daddr; u16 sport, dport; };

SEC("tc") int classid_good(struct __sk_buff *s) { return cgroup_classid(s); }
SEC("cgroup/connect4") int classid_current_good(void *c) { return current_classid() & 1; }
SEC("cgroup/connect4") int cookie_context_good(void *c) { return socket_cookie(c) & 1; }
SEC("tp_btf/tcp_probe") int cookie_object_good(u64 *c) { return socket_cookie((void *)c[0]); }
SEC("tp_btf/tcp_probe") int cookie_context_bad(u64 *c) { return socket_cookie(c); }
SEC("tp_btf/kfree_skb") int storage_of_maybe_null_good(u64 *c) { struct sk_buff *b = (void *)c[0]; u64 *v = sk_storage_get(&by_socket, b->sk, 0, 0); return v ? *v : 0; }
SEC("cgroup/getsockopt") int netns_null_good(void *c) { return netns_cookie(NULL) & 1; }
SEC("cgroup/getsockopt") int netns_number_bad(void *c) { return netns_cookie((void *)8) & 1; }
SEC("sk_lookup") int assign_null_good(void *c) { sk_assign(c, NULL, 0); return 1; }
SEC("tc") int assign_null_bad(struct __sk_buff *s) { sk_assign(s, NULL, 0); return 0; }
SEC("sockops") int option_context_good(void *c) { int one = 1; setsockopt(c, 1, 9, &one, 4); return 1; }
SEC("iter/tcp") int option_iterator_good(struct iter_tcp *c) { int one = 1; if (c->sk) setsockopt(c->sk, 1, 9, &one, 4); return 0; }
SEC("iter/task") int option_iterator_bad(struct iter_task *c) { int one = 1; setsockopt(c->task, 1, 9, &one, 4); return 0; }
SEC("iter/task") int print_nothing_good(struct iter_task *c) { static const char f[] = "x\n"; seq_printf(c->meta->seq, f, sizeof(f), NULL, 0); return 0; }
SEC("iter/task") int print_null_bad(struct iter_task *c) { static const char f[] = "%d\n"; seq_printf(c->meta->seq, f, sizeof(f), NULL, 8); return 0; }
SEC("iter/task") int write_nothing_good(struct iter_task *c) { static const char f[] = "x"; seq_write(c->meta->seq, f, 0); return 0; }
SEC("tc") int format_nothing_good(struct __sk_buff *s) { static const char f[] = "x"; char b[8]; return snprintf(b, 8, f, NULL, 0) > 8; }
SEC("kprobe/x") int read_nothing_good(void *c) { char b[8]; probe_read(b, 0, c); return 0; }
SEC("kprobe/x") int read_to_null_bad(void *c) { probe_read(NULL, 0, c); return 0; }
SEC("kprobe/x") int read_nothing_beyond_bad(u32 *c) { char b[16]; probe_read(b + (*c & 63), 0, NULL); return 0; }
SEC("tc") int socket_update_good(struct __sk_buff *s) { u32 k = 0; void *v = lookup(&sockets, &k); if (!v) return 0; update(&sockets, &k, v, 0); sk_release(v); return 0; }
SEC("tc") int socket_update_number_bad(struct __sk_buff *s) { u32 k = 0; u64 v = 0; update(&sockets, &k, &v, 0); return 0; }
SEC("tc") int socket_delete_good(struct __sk_buff *s) { u32 k = 0; delete(&sockets, &k); return 0; }
SEC("raw_tp/sys_enter") int socket_delete_bad(void *c) { u32 k = 0; delete(&sockets, &k); return 0; }
SEC("sockops") int socket_delete_from_ops_good(void *c) { u32 k = 0; delete(&sockets, &k); return 1; }
SEC("cgroup_skb/ingress") int local_good(struct __sk_buff *s) { u64 *v = local_storage(&storage, 0); return *v & 1; }
SEC("cgroup_skb/ingress") int local_flags_bad(struct __sk_buff *s) { u64 *v = local_storage(&storage, 1); return *v & 1; }
SEC("cgroup/sysctl") int number_good(void *c) { s64 v; return strtol("12", 2, 0, &v) & 1; }
SEC("cgroup/sysctl") int number_misaligned_bad(void *c) { char b[24]; return strtol("12", 2, 0, (void *)(b + 4)) & 1; }
SEC("tc") int listener_outlives_good(struct __sk_buff *s) {
  struct tuple t = {}; u32 *sk = sk_lookup_tcp(s, &t, sizeof(t), -1, 0), *l; if (!sk) return 0;
  l = get_listener_sock(sk); if (!l) { sk_release(sk); return 0; } sk_release(sk); return l[0];
}
SEC("tc") int cookie_in_packet_good(struct __sk_buff *s) {
  char *d = (char *)(u64)s->data, *end = (char *)(u64)s->data_end; struct tuple t = {}; if (d + 60 > end) return 0;
  void *sk = sk_lookup_tcp(s, &t, sizeof(t), -1, 0); if (!sk) return 0; int r = check_syncookie(sk, d, 20, d + 20, 20); sk_release(sk); return r & 1;
}
static u64 (*const func_ip)(void *) = (void *)173;
SEC("kprobe/x") int function_good(void *c) { return func_ip(c) & 1; }
SEC("tracepoint/syscalls/sys_enter_read") int function_bad(void *c) { return func_ip(c) & 1; }
struct { UINT(type, 1); UINT(max_entries, 4); UINT(map_flags, 128); TYPE(key, u32); TYPE(value, u64); } constant SEC(".maps");
SEC("tc") int constant_read_good(struct __sk_buff *s) { u32 k = 0; u64 *v = lookup(&constant, &k); return v ? *v : 0; }
SEC("tc") int constant_delete_bad(struct __sk_buff *s) { u32 k = 0; delete(&constant, &k); return 0; }
