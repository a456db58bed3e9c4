// Open-coded iterators: numbers and bits.
ksym int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end);
ksym int *bpf_iter_num_next(struct bpf_iter_num *it);
ksym void bpf_iter_num_destroy(struct bpf_iter_num *it);
ksym int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *words__ign, __u32 nr_words);
ksym int *bpf_iter_bits_next(struct bpf_iter_bits *it);
ksym void bpf_iter_bits_destroy(struct bpf_iter_bits *it);

SEC("xdp") int numbers(struct xdp_md *ctx) {
  struct bpf_iter_num it, in; int *v; __u64 sum = 0, n = 0;
  int start = (int)byte_at(ctx, 14) - 128, end = (int)byte_at(ctx, 15) - 100;
  OUT(0, bpf_iter_num_new(&it, start, end));
  while ((v = bpf_iter_num_next(&it))) { sum += *v * 3; n++; bpf_iter_num_new(&in, 0, 4); while ((v = bpf_iter_num_next(&in))) sum ^= *v; bpf_iter_num_destroy(&in); if (n == 50) break; }
  bpf_iter_num_destroy(&it);
  OUT(1, sum); OUT(2, n);
  OUT(3, bpf_iter_num_new(&it, 5, 3)); OUT(4, bpf_iter_num_next(&it) != 0); bpf_iter_num_destroy(&it);
  OUT(5, bpf_iter_num_new(&it, 0, 9000000)); OUT(6, bpf_iter_num_next(&it) != 0); bpf_iter_num_destroy(&it);
  return XDP_PASS;
}
SEC("syscall") int bits(void *ctx) {
  static __u64 words[3] = {0x8000000000000011ull, 0, 0xf0};
  struct bpf_iter_bits it; int *v; __u64 sum = 0, n = 0;
  OUT(0, bpf_iter_bits_new(&it, words, 3));
  while ((v = bpf_iter_bits_next(&it))) { sum = sum * 7 + *v; n++; }
  bpf_iter_bits_destroy(&it); OUT(1, sum); OUT(2, n);
  OUT(3, bpf_iter_bits_new(&it, words, 1)); while ((v = bpf_iter_bits_next(&it))) n += *v; bpf_iter_bits_destroy(&it); OUT(4, n);
  OUT(5, bpf_iter_bits_new(&it, words, 0)); OUT(6, bpf_iter_bits_next(&it) != 0); bpf_iter_bits_destroy(&it);
  OUT(7, bpf_iter_bits_new(&it, words, 600)); OUT(8, bpf_iter_bits_next(&it) != 0); bpf_iter_bits_destroy(&it);
  return 0;
}
