// Objects made by programs: new, drop, linked lists, red-black trees, reference counts, kptrs in maps.
#include <stddef.h>
ksym void *bpf_obj_new_impl(__u64 local_type_id, void *meta);
ksym void bpf_obj_drop_impl(void *kptr, void *meta);
ksym void *bpf_refcount_acquire_impl(void *kptr, void *meta);
ksym int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off);
ksym int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off);
ksym struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head);
ksym struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head);
ksym struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node);
ksym int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node, _Bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 off);
ksym struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root);
#define container_of(p, t, m) ((t *)((void *)(p) - offsetof(t, m)))
#define contains(kind, node) tag("contains:" #kind ":" #node)
#define new(t) ((t *)bpf_obj_new_impl(__builtin_btf_type_id(*(t *)0, 0), 0))
#define drop(p) bpf_obj_drop_impl(p, 0)
struct item { __u64 value; struct bpf_list_node node; };
struct leaf { struct bpf_rb_node node; __u64 key; __u64 data; };
struct shared { __u64 n; struct bpf_refcount ref; };
#define private(name) SEC(".data." #name) __attribute__((visibility("hidden"))) __attribute__((aligned(8)))
private(L) struct bpf_spin_lock list_lock;
private(L) struct bpf_list_head list contains(item, node);
private(T) struct bpf_spin_lock tree_lock;
private(T) struct bpf_rb_root tree contains(leaf, node);
struct slot { struct leaf __attribute__((btf_type_tag("kptr"))) *held; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct slot); } slots SEC(".maps");

SEC("tc") int lists(struct __sk_buff *skb) {
  __u8 b[4] = {}; bpf_skb_load_bytes(skb, 14, b, 4);
  for (int i = 0; i < 3; i++) {
    struct item *it = new(struct item);
    if (!it) return 1;
    it->value = b[i & 3] + i;
    bpf_spin_lock(&list_lock);
    if (b[3] & (1 << i)) bpf_list_push_front_impl(&list, &it->node, 0, 0); else bpf_list_push_back_impl(&list, &it->node, 0, 0);
    bpf_spin_unlock(&list_lock);
  }
  for (int i = 0; i < 4; i++) {
    bpf_spin_lock(&list_lock);
    struct bpf_list_node *n = i & 1 ? bpf_list_pop_back(&list) : bpf_list_pop_front(&list);
    bpf_spin_unlock(&list_lock);
    if (!n) { OUT(i, -1); continue; }
    struct item *it = container_of(n, struct item, node);
    OUT(i, it->value);
    drop(it);
  }
  return 0;
}
static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct leaf, node)->key < container_of(b, struct leaf, node)->key; }
SEC("tc") int trees(struct __sk_buff *skb) {
  __u8 b[8] = {}; bpf_skb_load_bytes(skb, 14, b, 8);
  for (int i = 0; i < 6; i++) {
    struct leaf *l = new(struct leaf);
    if (!l) return 1;
    l->key = b[i] & 15; l->data = i;
    bpf_spin_lock(&tree_lock); bpf_rbtree_add_impl(&tree, &l->node, less, 0, 0); bpf_spin_unlock(&tree_lock);
  }
  for (int i = 0; i < 7; i++) {
    bpf_spin_lock(&tree_lock);
    struct bpf_rb_node *n = bpf_rbtree_first(&tree);
    if (!n) { bpf_spin_unlock(&tree_lock); OUT(i, -1); continue; }
    n = bpf_rbtree_remove(&tree, n);
    bpf_spin_unlock(&tree_lock);
    if (!n) return 1;
    struct leaf *l = container_of(n, struct leaf, node);
    OUT(i, l->key << 8 | l->data);
    drop(l);
  }
  return 0;
}
SEC("tc") int kptrs(struct __sk_buff *skb) {
  __u8 b[4] = {}; __u32 zero = 0; bpf_skb_load_bytes(skb, 14, b, 4);
  struct slot *s = bpf_map_lookup_elem(&slots, &zero);
  if (!s) return 1;
  struct leaf *l = new(struct leaf);
  if (!l) return 1;
  l->data = b[0];
  l = bpf_kptr_xchg(&s->held, l);
  OUT(0, l ? l->data : -1);
  if (l) drop(l);
  if (b[1] & 1) { l = bpf_kptr_xchg(&s->held, 0); if (l) { OUT(1, l->data); drop(l); } }
  struct shared *x = new(struct shared), *y;
  if (!x) return 1;
  x->n = b[2]; y = bpf_refcount_acquire_impl(x, 0); drop(x); if (y) { OUT(2, y->n); drop(y); }
  return 0;
}
