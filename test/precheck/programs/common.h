// What the programs of this folder share: helpers, kernel functions, and the kernel's structs as far as they are used.
#define SEC(name) __attribute__((section(name), used))
#define NOINLINE __attribute__((noinline))
#define HIDDEN __attribute__((visibility("hidden")))
#define TAG(text) __attribute__((btf_decl_tag(text)))
#define PTR_TAG(text) __attribute__((btf_type_tag(text)))
#define CORE __attribute__((preserve_access_index))
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))
#define barrier(x) asm volatile("" : "+r"(x))
#define UINT(name, value) int (*name)[value]
#define TYPE(name, type) type *name
#define NULL ((void *)0)
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef _Bool bool;

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct __sk_buff { u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority,
  ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id; };
struct bpf_spin_lock { u32 val; };
struct bpf_res_spin_lock { u32 val; };
struct bpf_timer { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_wq { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_refcount { u32 opaque[1]; } __attribute__((aligned(4)));
struct bpf_iter_num { u64 opaque[1]; } __attribute__((aligned(8)));
struct bpf_iter_bits { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_iter_task { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_iter_css { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_iter_task_vma { u64 opaque[1]; } __attribute__((aligned(8)));

struct mm_struct { u64 total_vm; } CORE;
struct file { void *private_data; } CORE;
struct cgroup_subsys_state { void *cgroup; } CORE;
struct cgroup { struct cgroup_subsys_state self; int level; } CORE;
struct css_set { struct cgroup *dfl_cgrp; } CORE;
struct cpumask { u64 bits[1]; } CORE;
struct task_struct { int pid, tgid; u64 start_time; char comm[16]; struct mm_struct *mm; struct task_struct *real_parent,
  *group_leader; struct css_set *cgroups; struct cpumask *cpus_ptr; struct task_struct *last_wakee; } CORE;
struct bpf_cpumask { u64 bits[5]; } ;
struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; u64 session_id, seq_num; } CORE;
struct bpf_map { u32 id; u32 max_entries; } CORE;
struct sock { u32 sk_mark; } CORE;
struct sk_buff { u32 len; struct sock *sk; } CORE;

static void *(*const lookup)(void *, const void *) = (void *)1;
static long (*const update)(void *, const void *, const void *, u64) = (void *)2;
static long (*const probe_read)(void *, u32, const void *) = (void *)113;
static u32 (*const prandom)(void) = (void *)7;
static u64 (*const ktime)(void) = (void *)5;
static long (*const spin_lock)(struct bpf_spin_lock *) = (void *)93;
static long (*const spin_unlock)(struct bpf_spin_lock *) = (void *)94;
static void *(*const ringbuf_reserve)(void *, u64, u64) = (void *)131;
static void (*const ringbuf_submit)(void *, u64) = (void *)132;
static long (*const copy_from_user)(void *, u32, const void *) = (void *)148;
static struct task_struct *(*const current_task)(void) = (void *)158;
static long (*const for_each_map_elem)(void *, void *, void *, u64) = (void *)164;
static long (*const timer_init)(struct bpf_timer *, void *, u64) = (void *)169;
static long (*const timer_set_callback)(struct bpf_timer *, void *) = (void *)170;
static long (*const timer_start)(struct bpf_timer *, u64, u64) = (void *)171;
static long (*const find_vma)(struct task_struct *, u64, void *, void *, u64) = (void *)180;
static long (*const loop)(u32, void *, void *, u64) = (void *)181;
static void *(*const kptr_xchg)(void *, void *) = (void *)194;
static long (*const dynptr_from_mem)(void *, u32, u64, struct bpf_dynptr *) = (void *)197;
static long (*const ringbuf_reserve_dynptr)(void *, u32, u64, struct bpf_dynptr *) = (void *)198;
static void (*const ringbuf_submit_dynptr)(struct bpf_dynptr *, u64) = (void *)199;
static void (*const ringbuf_discard_dynptr)(struct bpf_dynptr *, u64) = (void *)200;
static long (*const dynptr_read)(void *, u32, const struct bpf_dynptr *, u32, u64) = (void *)201;
static long (*const dynptr_write)(const struct bpf_dynptr *, u32, void *, u32, u64) = (void *)202;
static void *(*const dynptr_data)(const struct bpf_dynptr *, u32, u32) = (void *)203;
static long (*const user_ringbuf_drain)(void *, void *, void *, u64) = (void *)209;

extern int bpf_dynptr_from_skb(struct __sk_buff *s, u64 flags, struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *x, u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 offset, void *buffer, u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u32 offset, void *buffer, u32 size) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, u32 start, u32 end) __ksym;
extern u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const u64 *ptr, u32 words) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym;
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, u32 flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(u64 *flags) __ksym;
extern void bpf_local_irq_restore(u64 *flags) __ksym;
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, u64 *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, u64 *flags) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern struct cgroup *bpf_cgroup_from_id(u64 id) __ksym;
extern struct cgroup *bpf_cgroup_acquire(struct cgroup *c) __ksym;
extern void bpf_cgroup_release(struct cgroup *c) __ksym;
extern long bpf_task_under_cgroup(struct task_struct *task, struct cgroup *ancestor) __ksym;
extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *m) __ksym;
extern void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *m) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *m) __ksym;
extern void *bpf_obj_new_impl(u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *p, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *p, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node, bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern void bpf_throw(u64 cookie) __ksym;
extern int bpf_wq_init(struct bpf_wq *wq, void *map, u32 flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, int(callback)(void *map, int *key, void *value), u32 flags, void *aux) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, u32 flags) __ksym;
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;
extern void *bpf_rdonly_cast(const void *obj, u32 type) __ksym;
extern int bpf_copy_from_user_str(void *dst, u32 size, const void *src, u64 flags) __ksym;
#define new(type) ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), NULL))
#define drop(p) bpf_obj_drop_impl(p, NULL)

char LICENSE[] SEC("license") = "GPL";
struct { UINT(type, 27); UINT(max_entries, 4096); } ring SEC(".maps");
struct { UINT(type, 1); UINT(max_entries, 16); TYPE(key, u32); TYPE(value, u64); } counts SEC(".maps");
struct { UINT(type, 2); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } slots SEC(".maps");
