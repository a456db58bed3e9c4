// The program's own objects: made, dropped, shared, put into lists and trees; kptrs in map values.
#include "common.h"
struct node { u64 key; struct bpf_list_node list; };
struct leaf { u64 key; struct bpf_rb_node tree; };
struct shared { u64 key; struct bpf_refcount refs; struct bpf_rb_node tree; struct bpf_list_node list; };
struct plain { u64 a, b; };
#define HELD(type, member) TAG("contains:" #type ":" #member)
#define PRIVATE SEC(".data.A") __attribute__((aligned(8)))
struct bpf_spin_lock lock PRIVATE;
struct bpf_list_head head PRIVATE HELD(node, list);
struct bpf_spin_lock tree_lock SEC(".data.B");
struct bpf_rb_root tree SEC(".data.B") __attribute__((aligned(8))) HELD(leaf, tree);
struct bpf_spin_lock shared_lock SEC(".data.C");
struct bpf_rb_root shared_tree SEC(".data.C") __attribute__((aligned(8))) HELD(shared, tree);
static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) {
  return container_of(a, struct leaf, tree)->key < container_of(b, struct leaf, tree)->key;
}
static bool less_shared(struct bpf_rb_node *a, const struct bpf_rb_node *b) {
  return container_of(a, struct shared, tree)->key < container_of(b, struct shared, tree)->key;
}
static bool less_helper(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return prandom() & 1; }
#define push(h, n) bpf_list_push_front_impl(h, n, NULL, 0)
#define add(r, n, l) bpf_rbtree_add_impl(r, n, l, NULL, 0)

SEC("tc") int new_drop_good(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; p->a = 1; drop(p); return 0; }
SEC("tc") int new_leak_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; p->a = 1; return 0; }
SEC("tc") int new_unchecked_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); p->a = 1; drop(p); return 0; }
SEC("tc") int drop_twice_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; drop(p); drop(p); return 0; }
SEC("tc") int use_after_drop_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; drop(p); return p->a; }
SEC("tc") int beyond_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; ((u64 *)p)[2] = 1; drop(p); return 0; }
SEC("tc") int drop_moved_bad(struct __sk_buff *s) { struct plain *p = new(struct plain); if (!p) return 0; drop(&p->b); return 0; }
SEC("tc") int node_touched_bad(struct __sk_buff *s) { struct node *p = new(struct node); if (!p) return 0; *(volatile u64 *)&p->list = 1; drop(p); return 0; }
SEC("tc") int type_not_struct_bad(struct __sk_buff *s) { void *p = bpf_obj_new_impl(__builtin_btf_type_id(*(u64 *)0, 0), NULL); if (p) drop(p); return 0; }
SEC("tc") int push_good(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); spin_unlock(&lock); return 0; }
SEC("tc") int push_unlocked_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; push(&head, &n->list); return 0; }
SEC("tc") int push_other_lock_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&tree_lock); push(&head, &n->list); spin_unlock(&tree_lock); return 0; }
SEC("tc") int push_wrong_node_bad(struct __sk_buff *s) { struct shared *n = new(struct shared); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); spin_unlock(&lock); return 0; }
SEC("tc") int push_offset_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, (void *)n); spin_unlock(&lock); return 0; }
SEC("tc") int push_then_write_good(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); n->key = 4; spin_unlock(&lock); return 0; }
SEC("tc") int push_then_write_unlocked_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); spin_unlock(&lock); n->key = 4; return 0; }
SEC("tc") int push_twice_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); push(&head, &n->list); spin_unlock(&lock); return 0; }
SEC("tc") int push_then_drop_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push(&head, &n->list); spin_unlock(&lock); drop(n); return 0; }
SEC("tc") int pop_good(struct __sk_buff *s) { spin_lock(&lock); struct bpf_list_node *l = bpf_list_pop_front(&head); spin_unlock(&lock); if (!l) return 0; struct node *n = container_of(l, struct node, list); n->key++; drop(n); return 0; }
SEC("tc") int pop_leak_bad(struct __sk_buff *s) { spin_lock(&lock); struct bpf_list_node *l = bpf_list_pop_front(&head); spin_unlock(&lock); return l ? 1 : 0; }
SEC("tc") int pop_unchecked_bad(struct __sk_buff *s) { spin_lock(&lock); struct bpf_list_node *l = bpf_list_pop_front(&head); spin_unlock(&lock); drop(container_of(l, struct node, list)); return 0; }
SEC("tc") int pop_not_moved_back_bad(struct __sk_buff *s) { spin_lock(&lock); struct bpf_list_node *l = bpf_list_pop_front(&head); spin_unlock(&lock); if (!l) return 0; drop(l); return 0; }
SEC("tc") int tree_add_good(struct __sk_buff *s) { struct leaf *n = new(struct leaf); if (!n) return 0; spin_lock(&tree_lock); add(&tree, &n->tree, less); spin_unlock(&tree_lock); return 0; }
SEC("tc") int tree_add_unlocked_bad(struct __sk_buff *s) { struct leaf *n = new(struct leaf); if (!n) return 0; add(&tree, &n->tree, less); return 0; }
SEC("tc") int tree_less_helper_bad(struct __sk_buff *s) { struct leaf *n = new(struct leaf); if (!n) return 0; spin_lock(&tree_lock); add(&tree, &n->tree, less_helper); spin_unlock(&tree_lock); return 0; }
SEC("tc") int tree_remove_good(struct __sk_buff *s) { struct leaf *n = NULL; spin_lock(&tree_lock); struct bpf_rb_node *r = bpf_rbtree_first(&tree); if (r) r = bpf_rbtree_remove(&tree, r); spin_unlock(&tree_lock); if (!r) return 0; n = container_of(r, struct leaf, tree); drop(n); return 0; }
SEC("tc") int tree_first_after_unlock_bad(struct __sk_buff *s) { spin_lock(&tree_lock); struct bpf_rb_node *r = bpf_rbtree_first(&tree); spin_unlock(&tree_lock); if (!r) return 0; return container_of(r, struct leaf, tree)->key; }
SEC("tc") int tree_first_inside_good(struct __sk_buff *s) { u64 k = 0; spin_lock(&tree_lock); struct bpf_rb_node *r = bpf_rbtree_first(&tree); if (r) k = container_of(r, struct leaf, tree)->key; spin_unlock(&tree_lock); return k; }
SEC("tc") int tree_remove_leak_bad(struct __sk_buff *s) { spin_lock(&tree_lock); struct bpf_rb_node *r = bpf_rbtree_first(&tree); if (r) r = bpf_rbtree_remove(&tree, r); spin_unlock(&tree_lock); return 0; }
SEC("tc") int tree_of_lists_bad(struct __sk_buff *s) { struct node *n = new(struct node); if (!n) return 0; spin_lock(&lock); push((void *)&tree, &n->list); spin_unlock(&lock); return 0; }
SEC("tc") int refcount_good(struct __sk_buff *s) { struct shared *n = new(struct shared), *m; if (!n) return 0; m = bpf_refcount_acquire_impl(n, NULL); if (m) drop(m); drop(n); return 0; }
SEC("tc") int refcount_leak_bad(struct __sk_buff *s) { struct shared *n = new(struct shared), *m; if (!n) return 0; m = bpf_refcount_acquire_impl(n, NULL); drop(n); return m ? 1 : 0; }
SEC("tc") int refcount_tree_good(struct __sk_buff *s) { struct shared *n = new(struct shared), *m; if (!n) return 0; m = bpf_refcount_acquire_impl(n, NULL); spin_lock(&shared_lock); add(&shared_tree, &n->tree, less_shared); spin_unlock(&shared_lock); if (m) drop(m); return 0; }
SEC("kprobe/x") int tracing_list_bad(void *c) { spin_lock(&lock); spin_unlock(&lock); return 0; }

struct holder { struct task_struct PTR_TAG("kptr") *ref; struct task_struct PTR_TAG("kptr_untrusted") *unref; struct plain PTR_TAG("kptr") *own; u64 n; };
struct { UINT(type, 2); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct holder); } holders SEC(".maps");
#define HOLDER u32 key = 0; struct holder *h = lookup(&holders, &key); if (!h) return 0
SEC("tp_btf/task_newtask") int kptr_store_good(u64 *c) { HOLDER; struct task_struct *t = bpf_task_acquire((void *)c[0]); if (!t) return 0; t = kptr_xchg(&h->ref, t); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int kptr_old_leak_bad(u64 *c) { HOLDER; struct task_struct *t = bpf_task_acquire((void *)c[0]); if (!t) return 0; t = kptr_xchg(&h->ref, t); return t ? 1 : 0; }
SEC("tp_btf/task_newtask") int kptr_unreferenced_bad(u64 *c) { HOLDER; struct task_struct *t = kptr_xchg(&h->ref, (void *)c[0]); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int kptr_take_good(u64 *c) { HOLDER; struct task_struct *t = kptr_xchg(&h->ref, NULL); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int kptr_use_after_store_bad(u64 *c) { HOLDER; struct task_struct *t = bpf_task_acquire((void *)c[0]), *o; if (!t) return 0; o = kptr_xchg(&h->ref, t); if (o) bpf_task_release(o); return t->pid; }
SEC("tp_btf/task_newtask") int kptr_direct_store_bad(u64 *c) { HOLDER; *(void *volatile *)&h->ref = (void *)c[0]; return 0; }
SEC("tp_btf/task_newtask") int kptr_direct_load_good(u64 *c) { HOLDER; struct task_struct *t = h->ref; return t ? t->pid : 0; }
SEC("tp_btf/task_newtask") int kptr_direct_load_unchecked_bad(u64 *c) { HOLDER; return h->ref->pid; }
SEC("tp_btf/task_newtask") int kptr_rcu_acquire_good(u64 *c) { HOLDER; struct task_struct *t = h->ref; if (!t) return 0; t = bpf_task_acquire(t); if (t) bpf_task_release(t); return 0; }
SEC("syscall") int kptr_no_rcu_acquire_bad(u64 *c) { HOLDER; struct task_struct *t = h->ref; if (!t) return 0; t = bpf_task_acquire(t); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int kptr_untrusted_store_good(u64 *c) { HOLDER; h->unref = (void *)c[0]; return 0; }
SEC("tp_btf/task_newtask") int kptr_untrusted_type_bad(u64 *c) { HOLDER; struct task_struct *t = (void *)c[0]; h->unref = (void *)t->mm; return 0; }
SEC("tp_btf/task_newtask") int kptr_untrusted_acquire_bad(u64 *c) { HOLDER; struct task_struct *t = h->unref; if (!t) return 0; t = bpf_task_acquire(t); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int kptr_half_bad(u64 *c) { HOLDER; return *(volatile u32 *)&h->ref; }
SEC("tp_btf/task_newtask") int kptr_helper_bad(u64 *c) { HOLDER; probe_read(h, 16, NULL); return 0; }
SEC("tp_btf/task_newtask") int kptr_helper_beside_good(u64 *c) { HOLDER; probe_read(&h->n, 8, NULL); return 0; }
SEC("tp_btf/task_newtask") int kptr_not_one_bad(u64 *c) { HOLDER; void *t = kptr_xchg(&h->n, NULL); return t ? 1 : 0; }
SEC("tc") int kptr_own_good(struct __sk_buff *s) { HOLDER; struct plain *p = new(struct plain); if (!p) return 0; p = kptr_xchg(&h->own, p); if (p) { p->a++; drop(p); } return 0; }
SEC("tc") int kptr_own_type_bad(struct __sk_buff *s) { HOLDER; struct node *p = new(struct node); if (!p) return 0; p = kptr_xchg(&h->own, p); if (p) drop(p); return 0; }
struct counted { int x; struct bpf_list_node node; struct bpf_refcount uses; };
struct bpf_spin_lock lock_of_lists SEC(".data.lists");
struct bpf_list_head two_lists[2] SEC(".data.lists") TAG("contains:counted:node");
SEC("tc") int acquire_own_good(struct __sk_buff *s) {
  struct counted *c = new (struct counted), *more; if (!c) return 0;
  more = bpf_refcount_acquire_impl(c, NULL); more->x = 1; drop(more); drop(c); return 0;
}
SEC("tc") int second_list_good(struct __sk_buff *s) {
  struct counted *c = new (struct counted); if (!c) return 0;
  spin_lock(&lock_of_lists); bpf_list_push_front_impl(&two_lists[1], &c->node, NULL, 0); spin_unlock(&lock_of_lists); return 0;
}
SEC("tc") int beyond_lists_bad(struct __sk_buff *s) {
  struct counted *c = new (struct counted); if (!c) return 0;
  spin_lock(&lock_of_lists); bpf_list_push_front_impl((void *)two_lists + 8, &c->node, NULL, 0); spin_unlock(&lock_of_lists); return 0;
}
