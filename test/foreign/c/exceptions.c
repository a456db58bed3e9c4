// bpf_throw from the program and from a subprogram.
ksym void bpf_throw(__u64 cookie) __attribute__((noreturn));
static noinline __u64 check(__u32 v) { if (v & 1) bpf_throw(v); volatile __u64 x = v * 2; return x; }
SEC("tc") int plain(struct __sk_buff *skb) { out[0]++; __u8 b = 0; bpf_skb_load_bytes(skb, 14, &b, 1); __u64 r = check(b); out[1]++; return r; }
