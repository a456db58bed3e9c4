// Open-coded iterators: made once, asked, destroyed on every path; loops over them converge.
#include "common.h"
#define EACH(i, from, to) bpf_iter_num_new(&it, from, to); for (int *i; (i = bpf_iter_num_next(&it));)
SEC("raw_tp/sys_enter") int sum_good(void *ctx) {
  struct bpf_iter_num it; u64 sum = 0;
  EACH(i, 0, 1000000) sum += *i;
  bpf_iter_num_destroy(&it);
  return sum;
}
SEC("raw_tp/sys_enter") int bounded_index_good(void *ctx) {
  struct bpf_iter_num it; u32 a[8] = {};
  EACH(i, 0, 8) { u32 k = *i; if (k < 8) a[k] = prandom(); }
  bpf_iter_num_destroy(&it);
  return a[prandom() & 7];
}
SEC("raw_tp/sys_enter") int element_unbounded_bad(void *ctx) {
  struct bpf_iter_num it; u32 key = 0; u8 *v = lookup(&counts, &key), s = 0;
  if (!v) return 0;
  EACH(i, 0, 8) s += v[*i];
  bpf_iter_num_destroy(&it);
  return s;
}
SEC("raw_tp/sys_enter") int not_destroyed_bad(void *ctx) {
  struct bpf_iter_num it; u64 sum = 0;
  EACH(i, 0, 10) sum += *i;
  return sum;
}
SEC("raw_tp/sys_enter") int not_destroyed_on_break_bad(void *ctx) {
  struct bpf_iter_num it;
  EACH(i, 0, 10) if (*i == 3) return 1;
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int next_without_new_bad(void *ctx) {
  struct bpf_iter_num it;
  int *i = bpf_iter_num_next(&it);
  return i ? *i : 0;
}
SEC("raw_tp/sys_enter") int element_unchecked_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  int v = *bpf_iter_num_next(&it);
  bpf_iter_num_destroy(&it);
  return v;
}
SEC("raw_tp/sys_enter") int element_after_destroy_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  int *v = bpf_iter_num_next(&it);
  bpf_iter_num_destroy(&it);
  return v ? *v : 0;
}
SEC("raw_tp/sys_enter") int element_written_bad(void *ctx) {
  struct bpf_iter_num it;
  EACH(i, 0, 3) *i = 1;
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int new_twice_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  bpf_iter_num_new(&it, 0, 3);
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int nested_good(void *ctx) {
  struct bpf_iter_num it, in; u64 n = 0;
  EACH(i, 0, 100) {
    bpf_iter_num_new(&in, 0, *i);
    for (int *j; (j = bpf_iter_num_next(&in));) n += *j;
    bpf_iter_num_destroy(&in);
  }
  bpf_iter_num_destroy(&it);
  return n;
}
SEC("raw_tp/sys_enter") int overwritten_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  *(volatile u64 *)&it = 0;
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int read_directly_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  u64 v = *(volatile u64 *)&it;
  bpf_iter_num_destroy(&it);
  return v;
}
SEC("raw_tp/sys_enter") int other_type_bad(void *ctx) {
  struct bpf_iter_num it;
  bpf_iter_num_new(&it, 0, 3);
  bpf_iter_bits_next((void *)&it);
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int bits_good(void *ctx) {
  struct bpf_iter_bits it; u64 word = 5; u32 n = 0;
  bpf_iter_bits_new(&it, &word, 1);
  while (bpf_iter_bits_next(&it)) n++;
  bpf_iter_bits_destroy(&it);
  return n;
}
SEC("raw_tp/sys_enter") int task_good(void *ctx) {
  struct bpf_iter_task it; struct task_struct *t; u32 n = 0;
  bpf_iter_task_new(&it, NULL, 0);
  while ((t = bpf_iter_task_next(&it))) n += t->pid;
  bpf_iter_task_destroy(&it);
  return n;
}
SEC("syscall") int task_without_rcu_bad(void *ctx) {
  struct bpf_iter_task it; struct task_struct *t; u32 n = 0;
  bpf_iter_task_new(&it, NULL, 0);
  while ((t = bpf_iter_task_next(&it))) n += t->pid;
  bpf_iter_task_destroy(&it);
  return n;
}
SEC("syscall") int task_with_rcu_good(void *ctx) {
  struct bpf_iter_task it; struct task_struct *t; u32 n = 0;
  bpf_rcu_read_lock();
  bpf_iter_task_new(&it, NULL, 0);
  while ((t = bpf_iter_task_next(&it))) n += t->pid;
  bpf_iter_task_destroy(&it);
  bpf_rcu_read_unlock();
  return n;
}
SEC("tp_btf/sys_enter") int acquire_in_loop_good(void *ctx) {
  struct bpf_iter_num it;
  EACH(i, 0, 10) {
    struct task_struct *t = bpf_task_from_pid(*i);
    if (t) bpf_task_release(t);
  }
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("syscall") int acquire_in_loop_syscall_good(void *ctx) {
  struct bpf_iter_num it;
  EACH(i, 0, 10) {
    struct task_struct *t = bpf_task_from_pid(*i);
    if (t) bpf_task_release(t);
  }
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("syscall") int acquire_in_loop_bad(void *ctx) {
  struct bpf_iter_num it;
  EACH(i, 0, 10) {
    struct task_struct *t = bpf_task_from_pid(*i);
    if (t && t->pid) bpf_task_release(t);
  }
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int grows_good(void *ctx) {
  struct bpf_iter_num it; u32 key = 0; u32 at = 0; u8 *v = lookup(&counts, &key);
  if (!v) return 0;
  EACH(i, 0, 100) { if (at >= 8) break; v[at] = 1; at++; }
  bpf_iter_num_destroy(&it);
  return 0;
}
SEC("raw_tp/sys_enter") int grows_bad(void *ctx) {
  struct bpf_iter_num it; u32 key = 0; u64 at = 0; u8 *v = lookup(&counts, &key);
  if (!v) return 0;
  EACH(i, 0, 100) { v[at] = 1; at++; }
  bpf_iter_num_destroy(&it);
  return 0;
}
