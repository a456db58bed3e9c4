// Spin locks in map values and globals, RCU and preemption sections, interrupts.
ksym void bpf_rcu_read_lock(void); ksym void bpf_rcu_read_unlock(void);
ksym void bpf_preempt_disable(void); ksym void bpf_preempt_enable(void);
ksym void bpf_local_irq_save(unsigned long *flags); ksym void bpf_local_irq_restore(unsigned long *flags);
struct locked { struct bpf_spin_lock lock; __u32 n; __u64 sum; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct locked); } cells SEC(".maps");
SEC("tc") int locks(struct __sk_buff *skb) {
  __u8 b[2] = {}; bpf_skb_load_bytes(skb, 14, b, 2);
  __u32 k = b[0] & 3; struct locked fresh = {.n = b[1]};
  OUT(0, bpf_map_update_elem(&cells, &k, &fresh, b[1] & 1 ? BPF_NOEXIST : BPF_ANY));
  struct locked *c = bpf_map_lookup_elem(&cells, &k);
  if (c) { bpf_spin_lock(&c->lock); c->n++; c->sum += b[0]; bpf_spin_unlock(&c->lock); OUT(1, c->n); }
  fresh.n = 77; OUT(2, bpf_map_update_elem(&cells, &k, &fresh, BPF_F_LOCK | BPF_EXIST));
  bpf_rcu_read_lock(); out[3]++; bpf_rcu_read_unlock();
  bpf_preempt_disable(); out[4]++; bpf_preempt_enable();
  unsigned long f; bpf_local_irq_save(&f); out[5]++; bpf_local_irq_restore(&f);
  return 0;
}
