// Functions: callbacks of every helper that calls back, global functions by their signature, exceptions, timers, work queues.
#include "common.h"
static u64 total;
static long add_one(u32 i, void *ctx) { *(u64 *)ctx += i; return 0; }
static long returns_two(u32 i, void *ctx) { return 2; }
static long leaks(u32 i, void *ctx) { struct task_struct *t = bpf_task_from_pid(i); return t ? 1 : 0; }
static long writes_far(u32 i, void *ctx) { ((u64 *)ctx)[i] = 1; return 0; }
static long bounded(u32 i, void *ctx) { if (i < 4) ((u32 *)ctx)[i] = 1; return 0; }
static long early(u32 i, void *ctx) { return i > 3; }
SEC("tc") int loop_good(struct __sk_buff *s) { u64 sum = 0; loop(1000000, add_one, &sum, 0); return sum; }
SEC("tc") int loop_range_bad(struct __sk_buff *s) { loop(10, returns_two, NULL, 0); return 0; }
SEC("syscall") int loop_leak_bad(void *c) { loop(10, leaks, NULL, 0); return 0; }
SEC("tc") int loop_unbounded_index_bad(struct __sk_buff *s) { u64 a[4]; loop(4, writes_far, a, 0); return 0; }
SEC("tc") int loop_bounded_index_good(struct __sk_buff *s) { u32 a[4] = {}; loop(4, bounded, a, 0); return a[0]; }
SEC("tc") int loop_early_good(struct __sk_buff *s) { loop(10, early, NULL, 0); return 0; }
SEC("tc") int loop_known_before_bad(struct __sk_buff *s) { u32 key = 9; u64 at = 0; u8 *v = lookup(&counts, &key); if (!v) return 0; loop(100, add_one, &at, 0); return v[at]; }
SEC("tc") int loop_not_function_bad(struct __sk_buff *s) { loop(10, (void *)1, NULL, 0); return 0; }
static long count(void *map, u32 *key, u64 *value, void *ctx) { *value += *key; return 0; }
static long key_written(void *map, u32 *key, u64 *value, void *ctx) { *key = 1; return 0; }
static long value_beyond(void *map, u32 *key, u64 *value, void *ctx) { value[1] = 1; return 0; }
SEC("tc") int each_good(struct __sk_buff *s) { for_each_map_elem(&counts, count, NULL, 0); return 0; }
SEC("tc") int each_key_written_bad(struct __sk_buff *s) { for_each_map_elem(&counts, key_written, NULL, 0); return 0; }
SEC("tc") int each_beyond_bad(struct __sk_buff *s) { for_each_map_elem(&counts, value_beyond, NULL, 0); return 0; }
SEC("tc") int each_ring_bad(struct __sk_buff *s) { for_each_map_elem(&ring, count, NULL, 0); return 0; }
struct timed { struct bpf_timer timer; struct bpf_wq work; u64 n; };
struct { UINT(type, 2); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct timed); } timers SEC(".maps");
static int fired(void *map, int *key, struct timed *v) { v->n++; return 0; }
static int fired_range(void *map, int *key, struct timed *v) { return 1; }
static int fired_sleeps(void *map, int *key, struct timed *v) { char b[8]; copy_from_user(b, 8, NULL); return 0; }
#define TIMED u32 key = 0; struct timed *v = lookup(&timers, &key); if (!v) return 0
SEC("tc") int timer_good(struct __sk_buff *s) { TIMED; timer_init(&v->timer, &timers, 1); timer_set_callback(&v->timer, fired); timer_start(&v->timer, 1000, 0); return 0; }
SEC("tc") int timer_range_bad(struct __sk_buff *s) { TIMED; timer_init(&v->timer, &timers, 1); timer_set_callback(&v->timer, fired_range); return 0; }
SEC("tc") int timer_sleeps_bad(struct __sk_buff *s) { TIMED; timer_set_callback(&v->timer, fired_sleeps); return 0; }
SEC("tc") int timer_other_map_bad(struct __sk_buff *s) { TIMED; timer_init(&v->timer, &counts, 1); return 0; }
SEC("tc") int timer_offset_bad(struct __sk_buff *s) { TIMED; timer_start((void *)&v->n, 1000, 0); return 0; }
SEC("tc") int timer_touched_bad(struct __sk_buff *s) { TIMED; return *(volatile u32 *)&v->timer; }
SEC("kprobe/x") int timer_tracing_bad(void *s) { TIMED; timer_init(&v->timer, &timers, 1); return 0; }
SEC("tc") int wq_good(struct __sk_buff *s) { TIMED; bpf_wq_init(&v->work, &timers, 0); bpf_wq_set_callback_impl(&v->work, (void *)fired, 0, NULL); bpf_wq_start(&v->work, 0); return 0; }
SEC("tc") int wq_sleeps_good(struct __sk_buff *s) { TIMED; bpf_wq_set_callback_impl(&v->work, (void *)fired_sleeps, 0, NULL); return 0; }
SEC("tc") int wq_offset_bad(struct __sk_buff *s) { TIMED; bpf_wq_start((void *)&v->n, 0); return 0; }

struct pair { u64 a, b; };
NOINLINE u64 takes_memory(struct pair *p) { barrier(p); return p ? p->a : 0; }
NOINLINE u64 takes_memory_unchecked(struct pair *p) { barrier(p); return p->a; }
NOINLINE u64 takes_nonnull(struct pair *p TAG("arg:nonnull")) { barrier(p); return p->a; }
NOINLINE u64 takes_context(struct __sk_buff *s) { barrier(s); return s->len; }
NOINLINE u64 takes_number(u32 n) { barrier(n); return n; }
NOINLINE u64 takes_unknown(void *p) { barrier(p); return 0; }
NOINLINE int takes_trusted(struct task_struct *t TAG("arg:trusted")) { barrier(t); return t->pid; }
NOINLINE int takes_trusted_nullable(struct task_struct *t TAG("arg:trusted") TAG("arg:nullable")) { barrier(t); return t ? t->pid : 0; }
NOINLINE int takes_trusted_nullable_unchecked(struct task_struct *t TAG("arg:trusted") TAG("arg:nullable")) { barrier(t); return t->pid; }
NOINLINE int takes_dynptr(struct bpf_dynptr *p) { u64 v = 0; return dynptr_read(&v, 8, p, 0, 0); }
NOINLINE void returns_nothing(int n) { barrier(n); }
SEC("tc") int memory_good(struct __sk_buff *s) { struct pair p = {prandom(), 2}; return takes_memory(&p); }
SEC("tc") int memory_null_good(struct __sk_buff *s) { return takes_memory(NULL); }
SEC("tc") int memory_small_bad(struct __sk_buff *s) { u32 key = 9; u64 *v = lookup(&counts, &key); if (!v) return 0; return takes_memory((void *)v); }
SEC("tc") int memory_number_bad(struct __sk_buff *s) { return takes_memory((void *)(long)prandom()); }
SEC("tc") int memory_unchecked_bad(struct __sk_buff *s) { struct pair p = {prandom(), 2}; return takes_memory_unchecked(&p); }
SEC("tc") int nonnull_good(struct __sk_buff *s) { struct pair p = {prandom(), 2}; return takes_nonnull(&p); }
SEC("tc") int nonnull_null_good(struct __sk_buff *s) { return takes_nonnull(NULL); }
SEC("tc") int context_good(struct __sk_buff *s) { return takes_context(s); }
SEC("tc") int context_other_bad(struct __sk_buff *s) { u64 a = 1; return takes_context((void *)&a); }
SEC("tc") int number_good(struct __sk_buff *s) { return takes_number(s->len); }
SEC("tc") int number_pointer_bad(struct __sk_buff *s) { return takes_number((u32)(long)s) + takes_unknown(s); }
SEC("tc") int void_result_bad(struct __sk_buff *s) { returns_nothing(1); u64 r; asm volatile("%0 = r0" : "=r"(r)); return r; }
SEC("tp_btf/task_newtask") int trusted_good(u64 *c) { return takes_trusted((void *)c[0]); }
SEC("tp_btf/task_newtask") int trusted_walked_good(u64 *c) { struct task_struct *t = (void *)c[0]; return takes_trusted(t->last_wakee); }
SEC("tp_btf/task_newtask") int trusted_nullable_good(u64 *c) { return takes_trusted_nullable(NULL) + takes_trusted_nullable((void *)c[0]); }
SEC("tp_btf/task_newtask") int trusted_null_bad(u64 *c) { return takes_trusted(NULL); }
SEC("tp_btf/task_newtask") int trusted_nullable_unchecked_bad(u64 *c) { return takes_trusted_nullable_unchecked((void *)c[0]); }
SEC("tc") int dynptr_good(struct __sk_buff *s) { struct bpf_dynptr p; bpf_dynptr_from_skb(s, 0, &p); return takes_dynptr(&p); }
SEC("tc") int dynptr_uninitialised_bad(struct __sk_buff *s) { struct bpf_dynptr p; return takes_dynptr(&p); }
SEC("tc") int dynptr_stack_bad(struct __sk_buff *s) { u64 p[2] = {}; return takes_dynptr((void *)p); }

static NOINLINE int may_throw(int x) { barrier(x); if (x == 3) bpf_throw(1); return x; }
NOINLINE int may_throw_global(int x) { barrier(x); if (x == 3) bpf_throw(1); return x; }
SEC("tc") int throw_good(struct __sk_buff *s) { return may_throw(s->len); }
SEC("tc") int throw_global_good(struct __sk_buff *s) { return may_throw_global(s->len); }
SEC("tc") int throw_leak_bad(struct __sk_buff *s) { struct pair *p = new(struct pair); if (!p) return 0; may_throw(s->len); drop(p); return 0; }
SEC("tc") int throw_global_leak_good(struct __sk_buff *s) { struct pair *p = new(struct pair); if (!p) return 0; may_throw_global(s->len); drop(p); return 0; }
SEC("tc") int throw_in_rcu_bad(struct __sk_buff *s) { bpf_rcu_read_lock(); may_throw(s->len); bpf_rcu_read_unlock(); return 0; }
static long throws(u32 i, void *ctx) { bpf_throw(0); return 0; }
SEC("tc") int throw_in_callback_bad(struct __sk_buff *s) { loop(3, throws, NULL, 0); return 0; }
SEC("cgroup_skb/ingress") int throw_range_bad(struct __sk_buff *s) { if (s->len > 3) bpf_throw(64); return 1; }
SEC("cgroup_skb/ingress") int throw_range_good(struct __sk_buff *s) { if (s->len > 3) bpf_throw(1); return 1; }
NOINLINE void sets_nothing(u64 *p) { if (p) asm volatile("*(u64 *)(%0 + 0) = %0" : : "r"(p)); }
SEC("tc") int void_function_bad(struct __sk_buff *s) { u64 v = 0; sets_nothing(&v); return 0; }
NOINLINE long global_add(u32 i, void *ctx) { return i > 5; }
SEC("tc") int loop_global_bad(struct __sk_buff *s) { loop(10, global_add, NULL, 0); return 0; }
