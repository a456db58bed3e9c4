// Kernel pointers: where they come from, what may be read through them, who takes them.
#include "common.h"
#define TP(name) SEC("tp_btf/" name) int
struct args { u64 a[12]; };
TP("task_newtask") read_member_good(u64 *c) { struct task_struct *t = (void *)c[0]; return t->pid; }
TP("task_newtask") walk_good(u64 *c) { struct task_struct *t = (void *)c[0]; return t->real_parent->pid; }
TP("task_newtask") walk_deep_good(u64 *c) { struct task_struct *t = (void *)c[0]; return t->group_leader->real_parent->real_parent->tgid; }
TP("task_newtask") write_bad(u64 *c) { struct task_struct *t = (void *)c[0]; t->pid = 1; return 0; }
TP("task_newtask") negative_bad(u64 *c) { char *t = (void *)c[0]; return t[-8]; }
TP("task_newtask") variable_bad(u64 *c) { char *t = (void *)c[0]; return t[prandom() & 63]; }
TP("task_newtask") half_pointer_bad(u64 *c) { struct task_struct *t = (void *)c[0]; return *(u32 *)&t->mm; }
TP("task_newtask") beyond_bad(u64 *c) { char *t = (void *)c[0]; return *(u64 *)(t + 65536); }
TP("task_newtask") argument_beyond_bad(u64 *c) { return c[2]; }
TP("task_newtask") argument_half_good(u64 *c) { return *(u32 *)&c[1]; }
TP("task_newtask") argument_write_bad(u64 *c) { c[0] = 0; return 0; }
TP("kfree_skb") nullable_bad(u64 *c) { struct sock *sk = (void *)c[3]; return sk->sk_mark; }
TP("kfree_skb") nullable_good(u64 *c) { struct sock *sk = (void *)c[3]; return sk ? sk->sk_mark : 0; }
TP("task_newtask") acquire_good(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[0]); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") acquire_leak_bad(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[0]); return t ? 1 : 0; }
TP("task_newtask") release_unchecked_bad(u64 *c) { bpf_task_release(bpf_task_acquire((void *)c[0])); return 0; }
TP("task_newtask") release_argument_bad(u64 *c) { bpf_task_release((void *)c[0]); return 0; }
TP("task_newtask") release_twice_bad(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[0]); if (!t) return 0; bpf_task_release(t); bpf_task_release(t); return 0; }
TP("task_newtask") release_moved_bad(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[0]); if (!t) return 0; bpf_task_release((void *)t + 8); return 0; }
TP("task_newtask") use_after_release_bad(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[0]); if (!t) return 0; bpf_task_release(t); return t->pid; }
TP("task_newtask") acquire_walked_bad(u64 *c) { struct task_struct *t = (void *)c[0]; t = bpf_task_acquire(t->last_wakee); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") acquire_parent_good(u64 *c) { struct task_struct *t = (void *)c[0]; t = bpf_task_acquire(t->real_parent); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") acquire_leader_good(u64 *c) { struct task_struct *t = (void *)c[0]; t = bpf_task_acquire(t->group_leader); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") cgroup_rcu_good(u64 *c) { struct task_struct *t = (void *)c[0]; struct cgroup *g = bpf_cgroup_acquire(t->cgroups->dfl_cgrp); if (g) bpf_cgroup_release(g); return 0; }
TP("task_newtask") acquire_wrong_type_bad(u64 *c) { struct cgroup *g = bpf_cgroup_acquire((void *)c[0]); if (g) bpf_cgroup_release(g); return 0; }
TP("task_newtask") acquire_scalar_bad(u64 *c) { struct task_struct *t = bpf_task_acquire((void *)c[1]); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") acquire_null_bad(u64 *c) { struct task_struct *t = bpf_task_acquire(NULL); if (t) bpf_task_release(t); return 0; }
TP("task_newtask") under_cgroup_good(u64 *c) { struct cgroup *g = bpf_cgroup_from_id(1); if (!g) return 0; long r = bpf_task_under_cgroup((void *)c[0], g); bpf_cgroup_release(g); return r; }
TP("task_newtask") under_cgroup_unchecked_bad(u64 *c) { struct cgroup *g = bpf_cgroup_from_id(1); long r = bpf_task_under_cgroup((void *)c[0], g); if (g) bpf_cgroup_release(g); return r; }
TP("task_newtask") cpumask_good(u64 *c) { struct task_struct *t = (void *)c[0]; return bpf_cpumask_test_cpu(0, t->cpus_ptr); }
TP("task_newtask") cpumask_own_good(u64 *c) { struct bpf_cpumask *m = bpf_cpumask_create(); if (!m) return 0; bpf_cpumask_set_cpu(1, m); int r = bpf_cpumask_test_cpu(1, (void *)m); bpf_cpumask_release(m); return r; }
TP("task_newtask") cpumask_kernel_written_bad(u64 *c) { struct task_struct *t = (void *)c[0]; bpf_cpumask_set_cpu(0, (void *)t->cpus_ptr); return 0; }
SEC("raw_tp/sys_enter") int current_good(void *c) { struct task_struct *t = current_task(); return t->real_parent->pid; }
SEC("syscall") int parent_outside_rcu_bad(void *c) { struct task_struct *t = current_task(); t = bpf_task_acquire(t->real_parent); if (t) bpf_task_release(t); return 0; }
SEC("syscall") int parent_inside_rcu_good(void *c) { bpf_rcu_read_lock(); struct task_struct *t = current_task(); t = bpf_task_acquire(t->real_parent); bpf_rcu_read_unlock(); if (t) bpf_task_release(t); return 0; }
SEC("syscall") int rcu_pointer_after_unlock_bad(void *c) { bpf_rcu_read_lock(); struct task_struct *t = current_task(), *p = t->real_parent; bpf_rcu_read_unlock(); p = bpf_task_acquire(p); if (p) bpf_task_release(p); return 0; }
SEC("syscall") int rcu_pointer_read_after_unlock_good(void *c) { bpf_rcu_read_lock(); struct task_struct *t = current_task(), *p = t->real_parent; bpf_rcu_read_unlock(); return p->pid; }
SEC("tc") int cast_good(struct __sk_buff *s) { struct sk_buff *k = bpf_cast_to_kern_ctx(s); return k->len; }
SEC("tc") int cast_member_good(struct __sk_buff *s) { struct sk_buff *k = bpf_cast_to_kern_ctx(s); struct sock *sk = k->sk; return sk ? sk->sk_mark : 0; }
SEC("tc") int cast_member_unchecked_bad(struct __sk_buff *s) { struct sk_buff *k = bpf_cast_to_kern_ctx(s); struct sock *sk = k->sk; return sk->sk_mark; }
SEC("raw_tp/sys_enter") int rdonly_cast_good(u64 *c) { struct task_struct *t = bpf_rdonly_cast((void *)c[1], __builtin_btf_type_id(*(struct task_struct *)0, 1)); return t->pid; }
SEC("raw_tp/sys_enter") int rdonly_cast_write_bad(u64 *c) { struct task_struct *t = bpf_rdonly_cast((void *)c[1], __builtin_btf_type_id(*(struct task_struct *)0, 1)); t->pid = 1; return 0; }
SEC("raw_tp/sys_enter") int rdonly_cast_void_good(u64 *c) { u64 *p = bpf_rdonly_cast((void *)c[1], 0); return p[77]; }
SEC("raw_tp/sys_enter") int rdonly_cast_acquired_bad(u64 *c) { struct task_struct *t = bpf_rdonly_cast((void *)c[1], __builtin_btf_type_id(*(struct task_struct *)0, 1)); t = bpf_task_acquire(t); if (t) bpf_task_release(t); return 0; }
SEC("raw_tp/sys_enter") int number_as_pointer_bad(u64 *c) { struct task_struct *t = (void *)c[1]; return t->pid; }
SEC("iter/task") int iter_good(u64 *c) { struct task_struct *t = (void *)c[1]; return t ? t->pid & 1 : 0; }
SEC("iter/task") int iter_unchecked_bad(u64 *c) { struct task_struct *t = (void *)c[1]; return t->pid & 1; }
SEC("iter/task") int iter_range_bad(u64 *c) { return 2; }
SEC("iter/task") int iter_meta_good(u64 *c) { struct bpf_iter_meta *m = (void *)c[0]; return m->seq_num & 1; }
static long (*const seq_write)(struct seq_file *, const void *, u32) = (void *)127;
SEC("iter/task") int iter_seq_good(u64 *c) { struct bpf_iter_meta *m = (void *)c[0]; u64 v = 1; seq_write(m->seq, &v, 8); return 0; }
SEC("tp_btf/task_newtask") int seq_type_bad(u64 *c) { u64 v = 1; seq_write((void *)c[0], &v, 8); return 0; }
SEC("iter/bpf_map_elem") int iter_elem_good(u64 *c) { u32 *k = (void *)c[2]; u64 *v = (void *)c[3]; if (!k || !v) return 0; *v = *k; return 0; }
SEC("iter/bpf_map_elem") int iter_key_written_bad(u64 *c) { u32 *k = (void *)c[2]; if (!k) return 0; *k = 1; return 0; }
SEC("iter/bpf_map_elem") int iter_elem_unchecked_bad(u64 *c) { u64 *v = (void *)c[3]; return *v & 1; }
static void *(*const task_storage_get)(void *, struct task_struct *, void *, u64) = (void *)156;
struct { UINT(type, 29); UINT(map_flags, 1); TYPE(key, int); TYPE(value, u64); } storage SEC(".maps");
TP("task_newtask") storage_good(u64 *c) { u64 *v = task_storage_get(&storage, (void *)c[0], NULL, 1); if (v) ++*v; return 0; }
TP("task_newtask") storage_member_bad(u64 *c) { struct task_struct *t = (void *)c[0]; u64 *v = task_storage_get(&storage, (void *)t->mm, NULL, 1); if (v) ++*v; return 0; }
TP("task_newtask") storage_parent_good(u64 *c) { struct task_struct *t = (void *)c[0]; u64 *v = task_storage_get(&storage, t->real_parent, NULL, 1); if (v) ++*v; return 0; }
TP("task_newtask") storage_unchecked_bad(u64 *c) { u64 *v = task_storage_get(&storage, (void *)c[0], NULL, 1); ++*v; return 0; }
static long vma_good(struct task_struct *t, void *v, void *ctx) { return 0; }
TP("task_newtask") find_vma_good(u64 *c) { find_vma((void *)c[0], 0, vma_good, NULL, 0); return 0; }
