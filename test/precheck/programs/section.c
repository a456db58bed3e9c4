// Sections and locks: RCU, preemption, IRQ flags, spin locks plain and resilient; what may happen inside them.
#include "common.h"
struct locked { struct bpf_spin_lock lock; u32 n; };
struct { UINT(type, 1); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, struct locked); } locks SEC(".maps");
struct resilient { struct bpf_res_spin_lock lock; u32 n; };
struct { UINT(type, 2); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, struct resilient); } res SEC(".maps");
struct bpf_spin_lock global_lock SEC(".data.A");
u32 guarded SEC(".data.A");
static NOINLINE u32 helper_call(void) { return prandom(); }
static NOINLINE int plain(struct locked *v) { v->n++; return 0; }
#define VALUE struct locked *v; u32 key = 0; v = lookup(&locks, &key); if (!v) return 0
#define RES struct resilient *v; u32 key = 9; v = lookup(&res, &key); if (!v) return 0

SEC("tc") int lock_good(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n++; spin_unlock(&v->lock); return 0; }
SEC("tc") int lock_kept_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n++; return 0; }
SEC("tc") int lock_twice_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); spin_lock(&v->lock); spin_unlock(&v->lock); return 0; }
SEC("tc") int unlock_alone_bad(struct __sk_buff *s) { VALUE; spin_unlock(&v->lock); return 0; }
SEC("tc") int lock_two_values_bad(struct __sk_buff *s) { VALUE; u32 k2 = 1; struct locked *w = lookup(&locks, &k2); if (!w) return 0;
  spin_lock(&v->lock); spin_unlock(&w->lock); return 0; }
SEC("tc") int lock_helper_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n = prandom(); spin_unlock(&v->lock); return 0; }
SEC("tc") int lock_static_good(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); plain(v); spin_unlock(&v->lock); return 0; }
SEC("tc") int lock_static_helper_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n = helper_call(); spin_unlock(&v->lock); return 0; }
SEC("tc") int lock_offset_bad(struct __sk_buff *s) { VALUE; spin_lock((void *)&v->n); return 0; }
SEC("tc") int lock_read_bad(struct __sk_buff *s) { VALUE; return *(volatile u32 *)&v->lock; }
SEC("tc") int lock_global_good(struct __sk_buff *s) { spin_lock(&global_lock); guarded++; spin_unlock(&global_lock); return 0; }
SEC("tc") int lock_branch_good(struct __sk_buff *s) { VALUE; u32 r = prandom(); if (r & 1) { spin_lock(&v->lock); v->n++; spin_unlock(&v->lock); } return 0; }
SEC("tc") int lock_branch_bad(struct __sk_buff *s) { VALUE; u32 r = prandom(); if (r & 1) spin_lock(&v->lock); v->n++; if (r & 2) spin_unlock(&v->lock); return 0; }
SEC("kprobe/x") int lock_tracing_bad(void *s) { VALUE; spin_lock(&v->lock); v->n++; spin_unlock(&v->lock); return 0; }
SEC("socket") int lock_filter_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n++; spin_unlock(&v->lock); return 0; }

SEC("tc") int res_good(struct __sk_buff *s) { RES; if (bpf_res_spin_lock(&v->lock)) return 1; v->n++; bpf_res_spin_unlock(&v->lock); return 0; }
SEC("tc") int res_unchecked_bad(struct __sk_buff *s) { RES; bpf_res_spin_lock(&v->lock); v->n++; bpf_res_spin_unlock(&v->lock); return 0; }
SEC("tc") int res_kept_bad(struct __sk_buff *s) { RES; if (bpf_res_spin_lock(&v->lock)) return 1; v->n++; return 0; }
SEC("tc") int res_twice_bad(struct __sk_buff *s) { RES; if (bpf_res_spin_lock(&v->lock)) return 1;
  if (!bpf_res_spin_lock(&v->lock)) bpf_res_spin_unlock(&v->lock); bpf_res_spin_unlock(&v->lock); return 0; }
SEC("tc") int res_two_good(struct __sk_buff *s) { RES; u32 k2 = 7; struct resilient *w = lookup(&res, &k2); if (!w) return 0;
  if (bpf_res_spin_lock(&v->lock)) return 1;
  if (!bpf_res_spin_lock(&w->lock)) bpf_res_spin_unlock(&w->lock);
  bpf_res_spin_unlock(&v->lock); return 0; }
SEC("tc") int res_order_bad(struct __sk_buff *s) { RES; u32 k2 = 7; struct resilient *w = lookup(&res, &k2); if (!w) return 0;
  if (bpf_res_spin_lock(&v->lock)) return 1;
  if (bpf_res_spin_lock(&w->lock)) { bpf_res_spin_unlock(&v->lock); return 1; }
  bpf_res_spin_unlock(&v->lock); bpf_res_spin_unlock(&w->lock); return 0; }
SEC("tc") int res_irq_good(struct __sk_buff *s) { RES; u64 f; if (bpf_res_spin_lock_irqsave(&v->lock, &f)) return 1; v->n++; bpf_res_spin_unlock_irqrestore(&v->lock, &f); return 0; }
SEC("tc") int res_irq_mixed_bad(struct __sk_buff *s) { RES; u64 f; if (bpf_res_spin_lock_irqsave(&v->lock, &f)) return 1; v->n++; bpf_res_spin_unlock(&v->lock); bpf_local_irq_restore(&f); return 0; }
SEC("kprobe/x") int res_tracing_bad(void *s) { RES; if (bpf_res_spin_lock(&v->lock)) return 1; v->n++; bpf_res_spin_unlock(&v->lock); return 0; }
SEC("tc") int res_helper_bad(struct __sk_buff *s) { RES; if (bpf_res_spin_lock(&v->lock)) return 1; v->n = prandom(); bpf_res_spin_unlock(&v->lock); return 0; }

SEC("tc") int irq_good(struct __sk_buff *s) { u64 f; bpf_local_irq_save(&f); prandom(); bpf_local_irq_restore(&f); return 0; }
SEC("tc") int irq_kept_bad(struct __sk_buff *s) { u64 f; bpf_local_irq_save(&f); return 0; }
SEC("tc") int irq_order_bad(struct __sk_buff *s) { u64 f, g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&f); bpf_local_irq_restore(&g); return 0; }
SEC("tc") int irq_nested_good(struct __sk_buff *s) { u64 f, g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&g); bpf_local_irq_restore(&f); return 0; }
SEC("tc") int irq_restore_alone_bad(struct __sk_buff *s) { u64 f = 0; bpf_local_irq_restore(&f); return 0; }
SEC("tc") int irq_same_flag_bad(struct __sk_buff *s) { u64 f; bpf_local_irq_save(&f); bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
SEC("tc") int irq_overwritten_bad(struct __sk_buff *s) { u64 f; bpf_local_irq_save(&f); *(volatile u64 *)&f = 1; bpf_local_irq_restore(&f); return 0; }
SEC("syscall") int irq_sleep_bad(void *c) { u64 f; char b[8]; bpf_local_irq_save(&f); copy_from_user(b, 8, NULL); bpf_local_irq_restore(&f); return 0; }

SEC("tc") int rcu_good(struct __sk_buff *s) { bpf_rcu_read_lock(); prandom(); bpf_rcu_read_unlock(); return 0; }
SEC("tc") int rcu_nested_bad(struct __sk_buff *s) { bpf_rcu_read_lock(); bpf_rcu_read_lock(); bpf_rcu_read_unlock(); bpf_rcu_read_unlock(); return 0; }
SEC("tc") int rcu_kept_bad(struct __sk_buff *s) { bpf_rcu_read_lock(); return 0; }
SEC("tc") int rcu_alone_bad(struct __sk_buff *s) { bpf_rcu_read_unlock(); return 0; }
SEC("tc") int rcu_branch_bad(struct __sk_buff *s) { if (prandom() & 1) bpf_rcu_read_lock(); prandom(); bpf_rcu_read_unlock(); return 0; }
SEC("syscall") int rcu_sleep_bad(void *c) { char b[8]; bpf_rcu_read_lock(); copy_from_user(b, 8, NULL); bpf_rcu_read_unlock(); return 0; }
SEC("syscall") int rcu_sleep_after_good(void *c) { char b[8]; bpf_rcu_read_lock(); bpf_rcu_read_unlock(); copy_from_user(b, 8, NULL); return 0; }
SEC("syscall") int rcu_sleep_kfunc_bad(void *c) { char b[8]; bpf_rcu_read_lock(); bpf_copy_from_user_str(b, 8, NULL, 0); bpf_rcu_read_unlock(); return 0; }
SEC("tc") int preempt_good(struct __sk_buff *s) { bpf_preempt_disable(); prandom(); bpf_preempt_enable(); return 0; }
SEC("tc") int preempt_kept_bad(struct __sk_buff *s) { bpf_preempt_disable(); return 0; }
SEC("tc") int preempt_alone_bad(struct __sk_buff *s) { bpf_preempt_enable(); return 0; }
SEC("syscall") int preempt_sleep_bad(void *c) { char b[8]; bpf_preempt_disable(); copy_from_user(b, 8, NULL); bpf_preempt_enable(); return 0; }
SEC("tc") int sleep_type_bad(struct __sk_buff *s) { char b[8]; copy_from_user(b, 8, NULL); return 0; }
SEC("kprobe/x") int sleep_kprobe_bad(void *s) { char b[8]; bpf_copy_from_user_str(b, 8, NULL, 0); return 0; }
SEC("uprobe.s/x") int sleep_uprobe_good(void *s) { char b[8]; copy_from_user(b, 8, NULL); bpf_copy_from_user_str(b, 8, NULL, 0); return 0; }
NOINLINE int global_sleeps(int x) { char b[8]; copy_from_user(b, 8, NULL); barrier(x); return x; }
NOINLINE int global_plain(int x) { barrier(x); return x + prandom(); }
SEC("syscall") int global_sleep_in_rcu_bad(void *c) { bpf_rcu_read_lock(); int r = global_sleeps(1); bpf_rcu_read_unlock(); return r; }
SEC("syscall") int global_plain_in_rcu_good(void *c) { bpf_rcu_read_lock(); int r = global_plain(1); bpf_rcu_read_unlock(); return r; }
SEC("syscall") int global_sleep_good(void *c) { return global_sleeps(1); }
SEC("tc") int global_in_lock_bad(struct __sk_buff *s) { VALUE; spin_lock(&v->lock); v->n = global_plain(1); spin_unlock(&v->lock); return 0; }
SEC("tc") int global_in_preempt_good(struct __sk_buff *s) { bpf_preempt_disable(); int r = global_plain(1); bpf_preempt_enable(); return r; }
static NOINLINE void enter(void) { bpf_rcu_read_lock(); }
static NOINLINE void leave(void) { bpf_rcu_read_unlock(); }
SEC("tc") int rcu_across_functions_good(struct __sk_buff *s) { enter(); prandom(); leave(); return 0; }
