// Timers and work queues: started by a run, fired after it.
ksym int bpf_wq_init(struct bpf_wq *wq, void *map, unsigned int flags);
ksym int bpf_wq_start(struct bpf_wq *wq, unsigned int flags);
ksym int bpf_wq_set_callback_impl(struct bpf_wq *wq, int(cb)(void *map, int *key, void *value), unsigned int flags, void *aux);
struct cell { struct bpf_timer timer; __u64 fired; __u64 seen; };
struct job { struct bpf_wq work; __u64 done; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct cell); } cells SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct job); } jobs SEC(".maps");
static int fire(void *map, __u32 *key, struct cell *c) {
  c->fired++; c->seen = *key + 100; __sync_fetch_and_add(&out[20], 1);
  if (c->fired < 3) bpf_timer_start(&c->timer, 1000, 0);
  return 0;
}
static int work(void *map, int *key, void *value) { struct job *j = value; j->done++; __sync_fetch_and_add(&out[21], 1); return 0; }
SEC("tc") int timers(struct __sk_buff *skb) {
  __u32 one = 1, zero = 0; struct cell *c = bpf_map_lookup_elem(&cells, &one), *d = bpf_map_lookup_elem(&cells, &zero);
  if (!c || !d) return 1;
  OUT(0, bpf_timer_init(&c->timer, &cells, 1)); OUT(1, bpf_timer_init(&c->timer, &cells, 1)); OUT(2, bpf_timer_start(&d->timer, 0, 0)); OUT(3, bpf_timer_cancel(&d->timer));
  OUT(4, bpf_timer_init(&d->timer, &cells, 5)); OUT(5, bpf_timer_set_callback(&c->timer, fire)); OUT(6, bpf_timer_start(&c->timer, 1000, 0));
  OUT(7, bpf_timer_init(&d->timer, &cells, 1)); OUT(8, bpf_timer_set_callback(&d->timer, fire)); OUT(9, bpf_timer_start(&d->timer, 3000000000ull, 0)); OUT(10, bpf_timer_cancel(&d->timer)); OUT(11, bpf_timer_cancel(&d->timer));
  return 0;
}
SEC("tc") int queue(struct __sk_buff *skb) {
  __u32 zero = 0; struct job *j = bpf_map_lookup_elem(&jobs, &zero); if (!j) return 1;
  OUT(0, bpf_wq_init(&j->work, &jobs, 0)); OUT(1, bpf_wq_set_callback_impl(&j->work, work, 0, 0)); OUT(2, bpf_wq_start(&j->work, 0));
  return 0;
}
