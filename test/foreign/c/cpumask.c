// CPU masks.
struct cpumask { unsigned long bits[1]; }; struct bpf_cpumask { struct cpumask cpumask; int usage; };
ksym struct bpf_cpumask *bpf_cpumask_create(void); ksym void bpf_cpumask_release(struct bpf_cpumask *m); ksym struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *m);
ksym void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *m); ksym void bpf_cpumask_clear_cpu(__u32 cpu, struct bpf_cpumask *m);
ksym _Bool bpf_cpumask_test_cpu(__u32 cpu, const struct cpumask *m); ksym _Bool bpf_cpumask_test_and_set_cpu(__u32 cpu, struct bpf_cpumask *m); ksym _Bool bpf_cpumask_test_and_clear_cpu(__u32 cpu, struct bpf_cpumask *m);
ksym void bpf_cpumask_setall(struct bpf_cpumask *m); ksym void bpf_cpumask_clear(struct bpf_cpumask *m);
ksym _Bool bpf_cpumask_and(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b); ksym void bpf_cpumask_or(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b); ksym void bpf_cpumask_xor(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b);
ksym _Bool bpf_cpumask_equal(const struct cpumask *a, const struct cpumask *b); ksym _Bool bpf_cpumask_intersects(const struct cpumask *a, const struct cpumask *b); ksym _Bool bpf_cpumask_subset(const struct cpumask *a, const struct cpumask *b);
ksym _Bool bpf_cpumask_empty(const struct cpumask *m); ksym _Bool bpf_cpumask_full(const struct cpumask *m); ksym void bpf_cpumask_copy(struct bpf_cpumask *to, const struct cpumask *from);
ksym __u32 bpf_cpumask_first(const struct cpumask *m); ksym __u32 bpf_cpumask_first_zero(const struct cpumask *m); ksym __u32 bpf_cpumask_first_and(const struct cpumask *a, const struct cpumask *b); ksym __u32 bpf_cpumask_weight(const struct cpumask *m);
#define C(m) ((const struct cpumask *)(m))
SEC("syscall") int masks(void *ctx) {
  struct bpf_cpumask *a = bpf_cpumask_create(); if (!a) return 1;
  struct bpf_cpumask *b = bpf_cpumask_create(); if (!b) { bpf_cpumask_release(a); return 1; }
  OUT(0, bpf_cpumask_empty(C(a))); OUT(1, bpf_cpumask_first_zero(C(a)));
  bpf_cpumask_set_cpu(1, a); OUT(2, bpf_cpumask_first(C(a))); OUT(3, bpf_cpumask_test_cpu(1, C(a))); OUT(4, bpf_cpumask_test_cpu(0, C(a)));
  OUT(5, bpf_cpumask_test_and_set_cpu(0, b)); OUT(6, bpf_cpumask_test_and_set_cpu(0, b)); OUT(7, bpf_cpumask_intersects(C(a), C(b))); OUT(8, bpf_cpumask_weight(C(b)));
  bpf_cpumask_or(b, C(a), C(b)); OUT(9, bpf_cpumask_weight(C(b))); OUT(10, bpf_cpumask_subset(C(a), C(b))); OUT(11, bpf_cpumask_subset(C(b), C(a))); OUT(12, bpf_cpumask_and(b, C(a), C(b))); OUT(13, bpf_cpumask_equal(C(a), C(b)));
  bpf_cpumask_xor(b, C(a), C(b)); OUT(14, bpf_cpumask_empty(C(b))); bpf_cpumask_setall(b); OUT(15, bpf_cpumask_full(C(b))); OUT(16, bpf_cpumask_first_and(C(a), C(b)));
  bpf_cpumask_copy(a, C(b)); OUT(17, bpf_cpumask_equal(C(a), C(b))); OUT(18, bpf_cpumask_test_and_clear_cpu(0, a)); bpf_cpumask_clear_cpu(1, a); bpf_cpumask_clear(b); OUT(19, bpf_cpumask_empty(C(b)));
  OUT(20, bpf_cpumask_test_cpu(100000, C(a)));
  struct bpf_cpumask *again = bpf_cpumask_acquire(a); bpf_cpumask_release(a); bpf_cpumask_release(again); bpf_cpumask_release(b);
  return 0;
}
